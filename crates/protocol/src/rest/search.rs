//! Finding messages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Message;
use crate::RoomKind;

/// A page of messages that were found, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundMessages {
    pub items: Vec<FoundMessage>,
    /// The `cursor` of the next page; null at the end. A page before that may be short.
    pub next_cursor: Option<String>,
}

/// A message that was found, where it is, and what to mark in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundMessage {
    pub message: Message,
    pub room: FoundRoom,
    /// `[start, end)` in `message.content`, in order and apart from each other: UTF-16 code units, as
    /// `String.prototype.slice` takes them.
    pub highlights: Vec<[u32; 2]>,
    /// The part of `message.content` around the first mark, as it is there.
    pub snippet: String,
    /// Where it begins in `message.content`, in UTF-16 code units.
    pub snippet_start: u32,
}

/// The room of a message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundRoom {
    pub id: i64,
    /// A direct conversation is called by the name of the other side: `@alice`.
    pub name: String,
    pub kind: RoomKind,
}
