//! One-to-one calls: the pure state machine that decides who rings, who answers, and how a call ends.
//!
//! A [`Call`] knows devices, not sockets: a page that was refreshed is the same device. [`Call::apply`] takes what
//! happened and gives the call as it is then, with the [`Effect`]s that follow; it never looks at a clock by itself.
//! The payloads (SDP, ICE candidates) are not part of the state: effects say whom they go to, or that they are to be
//! kept for later.
//!
//! ```text
//! Ringing -> Active <-> Reconnecting -> Ended(outcome)
//!    \___________________________________^
//! ```
//!
//! Lessons of others that the rules follow: the first device that answers wins and the others are told (Matrix
//! MSC2746, `select_answer`); one device that declines does not end a call answered elsewhere (same); hang-ups say why
//! (Signal's RingRTC); a crossing call is decided by the server, once.

mod event;
mod frame;
mod happenings;
mod reach;
mod sdp;
mod transitions;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use time::Duration;
use uuid::Uuid;

pub use event::{CallError, CallEvent, Effect, HangupReason, Kept, Notice, Step};
pub use frame::{CallFrame, CallWord, MAX_CANDIDATES, MAX_KEPT, Payload, Trickle};
pub use reach::Reach;
pub use sdp::{IceCandidate, MAX_CANDIDATE_BYTES, MAX_SDP_BYTES, SdpKind, SessionDescription, relay_candidates_only};

use crate::{InvalidText, RoomId, Timestamp, UserId};

/// How long a call rings when nothing else is configured.
pub const RING: Duration = Duration::seconds(45);
/// How long a ringing call waits for a caller whose connection broke.
pub const CALLER_LOST: Duration = Duration::seconds(10);
/// How long an answered call waits for a side whose connection broke.
pub const GRACE: Duration = Duration::seconds(30);
/// The same for a device that cannot rejoin: it would come back as another one.
pub const LEGACY_GRACE: Duration = Duration::seconds(10);
/// Most devices of one user that ring.
pub const MAX_RUNG: usize = 20;

/// The client's name of a call: 1 to 36 of `A-Z a-z 0-9 - _`, as a rule a UUID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(String);

impl CallId {
    /// # Errors
    /// The text is empty, longer than 36 bytes, or has other characters.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.is_empty() || text.len() > 36 || !text.bytes().all(is_allowed) {
            return Err(InvalidText::new("call_id", "call_id must be 1 to 36 of A-Z a-z 0-9 - _"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes what an earlier `parse` accepted back out of storage, unchecked.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A browser or phone: it outlives the socket that it speaks through. A client that names no device is as long-lived
/// as its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub Uuid);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Caller,
    Callee,
}

impl Side {
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Caller => Self::Callee,
            Self::Callee => Self::Caller,
        }
    }
}

/// One device of one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    pub side: Side,
    pub device: DeviceId,
}

/// What the caller offered to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallMedia {
    pub audio: bool,
    pub video: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    Ringing,
    Active,
    /// Answered, and at least one side is not there at the moment.
    Reconnecting,
    Ended,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Completed,
    Missed,
    Declined,
    Busy,
    Cancelled,
    /// Answered, but no media ever flowed.
    Failed,
}

/// The end of a call, as history keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ending {
    pub outcome: Outcome,
    pub reason: HangupReason,
    pub at: Timestamp,
    /// Whose doing it was; none for timers and the server.
    pub by: Option<Side>,
}

/// The moment until which a side that is not there is waited for.
type LostUntil = Option<Timestamp>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallState {
    Ringing {
        rung: BTreeSet<DeviceId>,
        /// Devices of the callee that said they are busy: they are not rung again.
        busy: BTreeSet<DeviceId>,
        /// Devices whose next `busy` does not count: they were invited again while they still showed the call.
        excused: BTreeSet<DeviceId>,
        until: Timestamp,
        caller_lost: LostUntil,
    },
    Answered {
        callee_device: DeviceId,
        accepted_at: Timestamp,
        connected_at: Option<Timestamp>,
        caller_lost: LostUntil,
        callee_lost: LostUntil,
    },
    Ended {
        ending: Ending,
        callee_device: Option<DeviceId>,
        accepted_at: Option<Timestamp>,
        connected_at: Option<Timestamp>,
    },
}

/// A call between two users.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub id: CallId,
    /// The room in which it was placed, if any: both must stay members.
    pub room: Option<RoomId>,
    pub caller: UserId,
    pub callee: UserId,
    pub media: CallMedia,
    pub created_at: Timestamp,
    /// Counts the offers that replaced the first one.
    pub epoch: u32,
    pub caller_device: DeviceId,
    pub state: CallState,
}

/// A call to be placed.
#[derive(Clone, Debug)]
pub struct NewCall {
    pub id: CallId,
    pub room: Option<RoomId>,
    pub caller: UserId,
    pub callee: UserId,
    pub media: CallMedia,
    pub device: DeviceId,
}

/// What a new invitation means while the same two have a call already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// The other one is calling right now: that call wins.
    Glare,
    /// The inviter lost the old call and calls again: the old one ends.
    Recall,
    /// There is a call.
    Exists,
}

impl Call {
    /// Rings the devices of the callee that are there; it rings on those that come within `ring`, too.
    #[must_use]
    pub fn place(new: NewCall, devices: BTreeSet<DeviceId>, now: Timestamp, ring: Duration) -> (Self, Vec<Effect>) {
        let devices: BTreeSet<_> = devices.into_iter().take(MAX_RUNG).collect();
        let invite = |device: &DeviceId| Effect::Relay { to: Party { side: Side::Callee, device: *device } };
        let caller = Party { side: Side::Caller, device: new.device };
        let mut effects = vec![Effect::Keep { from: caller, what: Kept::Offer }];
        effects.extend(devices.iter().map(invite));
        let state = CallState::Ringing {
            rung: devices,
            busy: BTreeSet::new(),
            excused: BTreeSet::new(),
            until: now + ring,
            caller_lost: None,
        };
        let NewCall { id, room, caller, callee, media, device } = new;
        (Self { id, room, caller, callee, media, created_at: now, epoch: 0, caller_device: device, state }, effects)
    }

    /// Which side the user is on; none: it is not their call.
    #[must_use]
    pub fn side_of(&self, user: UserId) -> Option<Side> {
        if user == self.caller { Some(Side::Caller) } else { (user == self.callee).then_some(Side::Callee) }
    }

    #[must_use]
    pub const fn user(&self, side: Side) -> UserId {
        match side {
            Side::Caller => self.caller,
            Side::Callee => self.callee,
        }
    }

    #[must_use]
    pub const fn phase(&self) -> Phase {
        match &self.state {
            CallState::Ringing { .. } => Phase::Ringing,
            CallState::Answered { caller_lost: None, callee_lost: None, .. } => Phase::Active,
            CallState::Answered { .. } => Phase::Reconnecting,
            CallState::Ended { .. } => Phase::Ended,
        }
    }

    /// The device that speaks for a side; none while it still rings.
    #[must_use]
    pub const fn bound(&self, side: Side) -> Option<DeviceId> {
        match (side, &self.state) {
            (Side::Caller, _) => Some(self.caller_device),
            (Side::Callee, CallState::Ringing { .. }) => None,
            (Side::Callee, CallState::Answered { callee_device, .. }) => Some(*callee_device),
            (Side::Callee, CallState::Ended { callee_device, .. }) => *callee_device,
        }
    }

    #[must_use]
    pub fn is_lost(&self, side: Side) -> bool {
        match (side, &self.state) {
            (Side::Caller, CallState::Ringing { caller_lost, .. } | CallState::Answered { caller_lost, .. }) => {
                caller_lost.is_some()
            }
            (Side::Callee, CallState::Answered { callee_lost, .. }) => callee_lost.is_some(),
            _ => false,
        }
    }

    /// When the clock has to be asked next ([`CallEvent::Clock`]); none: nothing is waited for.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match &self.state {
            CallState::Ringing { until, caller_lost, .. } => Some(caller_lost.map_or(*until, |lost| lost.min(*until))),
            CallState::Answered { caller_lost, callee_lost, .. } => {
                caller_lost.iter().chain(callee_lost).min().copied()
            }
            CallState::Ended { .. } => None,
        }
    }

    /// What it means that `inviter` calls the other one while this call lives.
    #[must_use]
    pub fn crossing(&self, inviter: UserId) -> Crossing {
        match (self.phase(), self.side_of(inviter)) {
            (Phase::Ringing, Some(Side::Callee)) => Crossing::Glare,
            (Phase::Reconnecting, Some(side)) if self.is_lost(side) => Crossing::Recall,
            _ => Crossing::Exists,
        }
    }
}
