//! What a client may ask for, in parsed values.

use crate::ws::calls::CallCommand;
use hallway_domain::{Body, Emoji, MessageId, RoomId, UserId};

/// Whom a message or a typing signal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The direct conversation with this user.
    User(UserId),
    Room(RoomId),
}

/// Which of the two receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    Delivered,
    Read,
}

/// Which event an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Send,
    React,
    /// One whose failure is not worth an answer.
    Silent,
}

impl Event {
    /// The event as the wire calls it; none where nothing is answered.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Send => Some("message.send"),
            Self::React => Some("message.reaction"),
            Self::Silent => None,
        }
    }
}

/// One event of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Send {
        to: Target,
        body: Body,
        /// The client says that the text is the address of an image.
        image: bool,
        reply_to: Option<MessageId>,
    },
    Receipt {
        message: MessageId,
        receipt: Receipt,
    },
    ReadRoom {
        room: RoomId,
    },
    React {
        message: MessageId,
        emoji: Emoji,
    },
    Typing {
        to: Target,
        typing: bool,
    },
    Call(CallCommand),
}

impl Command {
    #[must_use]
    pub const fn event(&self) -> Event {
        match self {
            Self::Send { .. } => Event::Send,
            Self::React { .. } => Event::React,
            // Calls answer for themselves.
            Self::Receipt { .. } | Self::ReadRoom { .. } | Self::Typing { .. } | Self::Call(_) => Event::Silent,
        }
    }
}
