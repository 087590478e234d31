//! Messages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Attachment;
use crate::{MessageKind, NotifyLevel, Reaction, Reply, Timestamp};

/// A message. Deleted ones are not listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    pub id: i64,
    /// Null once the account was erased.
    pub user_id: Option<i64>,
    pub username: Option<String>,
    pub content: String,
    pub created_at: Timestamp,
    pub room_id: i64,
    /// Place in the room's log.
    pub seq: i64,
    pub kind: MessageKind,
    pub edited_at: Option<Timestamp>,
    /// The message that this one answers.
    pub reply_to: Option<i64>,
    pub reply: Option<Reply>,
    pub reactions: Vec<Reaction>,
    /// Usernames of members whom it mentions.
    pub mentions: Vec<String>,
    /// It mentions everybody in the room.
    pub mentions_here: bool,
    pub pinned: bool,
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// The id that the sender's client made for it.
    pub client_id: Option<Uuid>,
}

/// The body of `PATCH /rooms/{id}/messages/{message_id}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessagePatch {
    #[schema(min_length = 1)]
    pub content: String,
}

/// A pinned message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pin {
    pub message: Message,
    /// Username; null once the account was erased.
    pub pinned_by: Option<String>,
    pub pinned_at: Timestamp,
}

/// Who of the other members has seen a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeenBy {
    pub items: Vec<Seen>,
}

/// How far a member has come with one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Seen {
    pub user_id: i64,
    pub username: String,
    pub read: bool,
    pub delivered: bool,
}

/// The optional body of `POST /rooms/{id}/read`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBody {
    /// Up to where; without it everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub seq: Option<u64>,
}

/// The body of `POST /rooms/{id}/unread`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadBody {
    /// The first message that is to count as unread.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub message_id: u64,
}

/// Where the caller's read mark is, and what is unread after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unread {
    pub read_seq: i64,
    pub unread: u64,
    /// How many of the unread messages mention the caller.
    pub mentions: u64,
}

/// The body of `PUT /rooms/{id}/notifications`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifyBody {
    pub level: NotifyLevel,
}
