//! Messages: one path in, one log out.

mod batch;
mod delete;
mod edit;
mod files;
mod history;
mod marks;
mod mentions;
mod pin;
mod place;
mod react;
mod release;
mod search;
mod seen;
mod send;
mod writer;

use hallway_domain::{AttachmentId, Body, ClientId, MessageId, MessageView, RoomId, Seq, Timestamp};

use crate::context::Context;

pub use marks::Unread;
pub use place::ReadMarks;
pub(crate) use release::release;
pub use search::SearchMessages;
pub use seen::Seen;
pub use writer::MessageWriter;
pub(crate) use writer::{Outgoing, channel};

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct SendMessage {
    pub room: RoomId,
    pub body: Body,
    /// Makes the send repeatable: the same id gives the first message back, however often it is sent.
    pub client_id: Option<ClientId>,
    pub reply_to: Option<MessageId>,
    /// Uploads of the sender that wait for their message.
    pub attachments: Vec<AttachmentId>,
}

/// A message that is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub message: MessageId,
    pub seq: Seq,
    pub at: Timestamp,
    /// It had been sent before, under this client id.
    pub duplicate: bool,
}

/// Messages around one.
#[derive(Clone, Debug)]
pub struct Around {
    /// In ascending `seq`, the message itself among them.
    pub messages: Vec<MessageView>,
    /// Whether there are older ones.
    pub before: bool,
    /// Whether there are newer ones.
    pub after: bool,
}

/// Sending, editing, history, marks.
pub struct Messages<'a> {
    pub(crate) context: &'a Context,
}
