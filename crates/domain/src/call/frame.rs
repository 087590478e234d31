//! What the devices of a call are told, and what of it is kept for those that are not there.

use super::{CallId, CallMedia, DeviceId, HangupReason, IceCandidate, Phase, SessionDescription};
use crate::{RoomId, Timestamp, UserId};

/// Most candidates of one message.
pub const MAX_CANDIDATES: usize = 20;
/// Most kept pieces of one device in one call; further ones are dropped.
pub const MAX_KEPT: usize = 64;

/// A candidate, and the part of the description that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trickle {
    pub candidate: IceCandidate,
    /// `sdpMid`.
    pub mid: Option<String>,
    /// `sdpMLineIndex`.
    pub line: Option<u16>,
    /// `usernameFragment`.
    pub fragment: Option<String>,
}

/// What travels beside a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    pub sdp: Option<SessionDescription>,
    pub candidates: Vec<Trickle>,
    pub media: Option<CallMedia>,
}

impl Payload {
    /// The same without the addresses of the sender.
    #[must_use]
    pub fn relay_only(mut self) -> Self {
        self.sdp = self.sdp.map(|sdp| sdp.relay_only());
        self.candidates.retain_mut(|trickle| trickle.candidate.strip());
        self
    }
}

/// What a device is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallWord {
    Invite,
    /// A device of the callee rings.
    Ringing,
    Accept,
    Reject,
    Busy,
    Hangup,
    Ice,
    Negotiate,
    Rejoin,
    Reconnecting,
    Resumed,
    Sync,
    Media,
}

/// One message to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFrame {
    pub word: CallWord,
    pub call: CallId,
    /// None: all devices of the user.
    pub to: Option<DeviceId>,
    /// The other side.
    pub from: UserId,
    pub room: Option<RoomId>,
    pub epoch: u32,
    pub payload: Payload,
    pub reason: Option<HangupReason>,
    /// How the call stands.
    pub phase: Phase,
    /// When it stops ringing.
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// The call that won over the one that the receiver was placing.
    pub glare: bool,
}
