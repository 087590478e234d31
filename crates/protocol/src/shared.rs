//! What REST and frames have in common.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Rank in a room; a higher one includes the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Member,
    Moderator,
    Owner,
}

/// Who may find and enter a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    Public,
    Private,
    Direct,
}

/// Who may write in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Posting {
    #[default]
    Everyone,
    /// An announcement room: members read and react.
    Moderators,
}

impl Posting {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as the attribute of fields calls it")]
    pub(crate) const fn is_everyone(&self) -> bool {
        matches!(self, Self::Everyone)
    }
}

/// What a member wants to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotifyLevel {
    All,
    Mentions,
    Nothing,
}

/// What sort of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    Text,
}

/// What a reply shows of the message that it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Reply {
    pub message_id: i64,
    /// Username of its author; null once the account was erased.
    pub user: Option<String>,
    /// The first 140 characters; empty once deleted.
    pub message: String,
}

/// Everybody who gave a message the same emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Reaction {
    pub emoji: String,
    /// Usernames, in order of giving.
    pub users: Vec<String>,
}
