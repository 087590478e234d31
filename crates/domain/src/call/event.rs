//! What can happen to a call, and what follows.

use time::Duration;

use super::{DeviceId, Outcome, Party};

/// Something that happened to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// A device of one of the two sent something.
    From(Party, Step),
    /// A device of the callee came online.
    Online(DeviceId),
    /// A device of the callee was just calling the caller: this call wins, and it rings.
    Crossed(DeviceId),
    /// The callee is in another call.
    Taken,
    /// The connection of a device is gone. `grace`: how long an answered call waits for it.
    Lost { party: Party, grace: Duration },
    /// Time passed: ask at [`super::Call::deadline`], or whenever.
    Clock,
    /// The two may not talk any more: a block, a ban, a membership or an account that ended.
    Severed,
    /// One of them lost this call and is placing a new one.
    Recalled,
}

/// What a device sends. SDP and candidates travel beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `slot_free`: the callee is not in another call.
    Accept {
        slot_free: bool,
    },
    Reject,
    /// Sent by a client by itself while it shows another call.
    Busy,
    /// `force` lets a device end a call that another device of the same user is in.
    Hangup {
        reason: Option<HangupReason>,
        force: bool,
    },
    Ice,
    /// A later offer or answer.
    Negotiate {
        epoch: u32,
    },
    /// The page was reloaded, its peer connection is gone: a new offer over `base_epoch`.
    Rejoin {
        base_epoch: u32,
        take_over: bool,
    },
    /// The socket is back, the peer connection still lives.
    Resume,
    /// Media flows.
    Connected,
    /// Microphone or camera switched.
    Media,
}

/// What is to be done, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tell a device.
    Tell { to: Party, notice: Notice },
    /// Send the payload of the event on to a device.
    Relay { to: Party },
    /// Keep the payload of the event for later.
    Keep { from: Party, what: Kept },
    /// Send what was kept of `from` to `to`.
    Replay { from: Party, to: Party },
    /// Throw away what was kept of a device.
    Forget { from: Party },
    /// The call ended: write history, free the slots, throw away all that was kept. Comes once.
    Close(Outcome),
}

/// A message of the server's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Ring, with the offer that was kept and the time that is left.
    Invite,
    Reject,
    Busy,
    Hangup(HangupReason),
    /// The other side is not there for the moment.
    Reconnecting,
    /// The other side is back.
    Resumed,
    /// How the call stands.
    Sync,
}

/// What kind of payload is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kept {
    /// The newest offer; it replaces the one before, and its candidates.
    Offer,
    /// The answer to the newest offer.
    Answer,
    Candidate,
    /// The newest later offer or answer.
    Negotiation,
}

/// Why a device stops ringing or talking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HangupReason {
    Hangup,
    Cancelled,
    Timeout,
    AnsweredElsewhere,
    DeclinedElsewhere,
    /// Went on on another device of the same user.
    Moved,
    CallerLost,
    ConnectionLost,
    IceFailed,
    IceTimeout,
    UserMediaFailed,
    /// Ended by the server; does not say why.
    Ended,
    Recalled,
    Declined,
    Busy,
}

impl CallError {
    /// A stable word that clients may branch on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotRung => "not_rung",
            Self::AlreadyAnswered => "already_answered",
            Self::InAnotherCall => "in_another_call",
            Self::CallEnded => "call_ended",
            Self::BadState => "bad_state",
            Self::StaleEpoch(_) => "stale_epoch",
            Self::NotBound => "not_bound",
            Self::ActiveOnOtherDevice => "active_on_other_device",
        }
    }
}

/// Why a step was refused. What arrives late but is harmless is dropped without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("this device was not called")]
    NotRung,
    #[error("answered on another device")]
    AlreadyAnswered,
    #[error("in another call")]
    InAnotherCall,
    #[error("the call has ended")]
    CallEnded,
    #[error("not possible in this state of the call")]
    BadState,
    /// The offer that this one builds on has been replaced.
    #[error("stale epoch, the current one is {0}")]
    StaleEpoch(u32),
    #[error("not the device of this call")]
    NotBound,
    #[error("active on another device")]
    ActiveOnOtherDevice,
}
