//! Messages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{MessageKind, Reaction, Reply, Timestamp};

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
