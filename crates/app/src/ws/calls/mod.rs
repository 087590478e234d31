//! Calls on the wire: the same in both dialects, but for how an event is wrapped.

mod decode;
mod encode;

use hallway_application::CallStep;
use hallway_domain::call::{CallId, Payload};
use hallway_domain::{RoomId, UserId};
use hallway_protocol::ws::calls::CallError;

pub(crate) use decode::{decode, peek};
pub(crate) use encode::{error, events, frames};

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCommand {
    pub word: CallEvent,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Invite {
        /// None: the server is to make one.
        call: Option<CallId>,
        to: UserId,
        room: Option<RoomId>,
        payload: Payload,
    },
    Step {
        call: CallId,
        step: CallStep,
    },
}

/// An event of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEvent {
    Invite,
    Accept,
    Reject,
    Busy,
    Hangup,
    Ice,
    Ringing,
    Negotiate,
    Rejoin,
    Resume,
    Connected,
    Media,
}

impl CallEvent {
    const ALL: [(Self, &'static str); 12] = [
        (Self::Invite, "call.invite"),
        (Self::Accept, "call.accept"),
        (Self::Reject, "call.reject"),
        (Self::Busy, "call.busy"),
        (Self::Hangup, "call.hangup"),
        (Self::Ice, "call.ice"),
        (Self::Ringing, "call.ringing"),
        (Self::Negotiate, "call.negotiate"),
        (Self::Rejoin, "call.rejoin"),
        (Self::Resume, "call.resume"),
        (Self::Connected, "call.connected"),
        (Self::Media, "call.media"),
    ];

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == word).map(|(event, _)| event)
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(event, _)| *event == self).map_or("call", |(_, word)| word)
    }

    /// Whether its refusal is told. FastSock's client tears its call down on any error, so what may come late or more
    /// than once never gets one.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Invite | Self::Accept | Self::Negotiate | Self::Rejoin | Self::Resume)
    }
}

const UNKNOWN_EVENT: &str = "unknown_event";

/// Why an event cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFault {
    pub message: &'static str,
    pub code: &'static str,
    /// As the client called it.
    pub word: String,
    pub call: Option<String>,
}

impl CallFault {
    /// There is no such event.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.code == UNKNOWN_EVENT
    }

    #[must_use]
    pub fn error(&self) -> CallError {
        CallError {
            message: self.message.to_owned(),
            context_event: self.word.clone(),
            call_id: self.call.clone(),
            code: Some(self.code.to_owned()),
            winning_call_id: None,
            epoch: None,
        }
    }
}
