//! Rooms and their members.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::present;
use crate::{NotifyLevel, Posting, Role, RoomKind, Timestamp};

/// A room as the caller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    pub id: i64,
    /// Unique; `@username` of the other side for a direct conversation.
    pub name: String,
    pub is_private: bool,
    pub created_at: Timestamp,
    pub kind: RoomKind,
    pub topic: Option<String>,
    /// The caller's role; null when not a member.
    pub role: Option<Role>,
    pub member_count: u64,
    /// The other side of a direct conversation, oneself in a note to oneself; null for other rooms.
    pub peer: Option<Peer>,
    /// Messages of others that the caller has not read; 0 when not a member.
    pub unread: u64,
    /// Those of them that mention the caller or everybody.
    pub mentions: u64,
    /// What the caller wants to be told of; `all` when not a member.
    pub notify: NotifyLevel,
    /// Place of the newest event in the room's log.
    pub last_seq: i64,
    /// Names the life of the log that `last_seq` counts in.
    pub epoch: i64,
    /// When the newest message was sent, deleted ones passed over; null when there is none.
    pub last_message_at: Option<Timestamp>,
    pub posting: Posting,
    /// Seconds between two messages of a member who does not moderate; 0 is off.
    pub slow_mode_seconds: u32,
    /// Since when nobody writes or joins; null: not archived.
    pub archived_at: Option<Timestamp>,
}

/// The other side of a direct conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Peer {
    pub id: i64,
    pub username: String,
    pub full_name: Option<String>,
}

/// The body of `POST /direct`: one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectCreate {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub user_id: Option<i64>,
}

/// The body of `POST /rooms/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomCreate {
    /// 1 to 100 characters, not beginning with `@`.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[serde(default)]
    pub is_private: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 250)]
    pub topic: Option<String>,
    /// Usernames of members besides the caller. One that does not exist stops the making.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub members: Vec<String>,
}

/// The body of `PATCH /rooms/{id}`. What is absent stays; null removes the topic and changes nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomPatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 250)]
    pub topic: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting: Option<Posting>,
    /// Seconds between two messages of a member who does not moderate; 0 switches it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 21_600)]
    pub slow_mode_seconds: Option<u32>,
    /// True: nobody writes or joins any more, until false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// A user's place in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    pub user_id: i64,
    pub username: String,
    pub full_name: Option<String>,
    /// Null for somebody who left but whose mute or ban stands.
    pub role: Option<Role>,
    /// Moderator or owner.
    pub is_moderator: bool,
    pub is_banned: bool,
    pub is_muted: bool,
    /// Null for somebody who left.
    pub joined_at: Option<Timestamp>,
    /// Null: not muted, or until lifted.
    pub muted_until: Option<Timestamp>,
    /// Null: not banned, or until lifted.
    pub banned_until: Option<Timestamp>,
}

/// The body of `POST /rooms/{id}/members`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    pub username: String,
}

/// The optional body of `POST /rooms/{id}/members/{user_id}/moderator`. Without `on` the route toggles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModeratorBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
}

/// The optional body of `POST /rooms/{id}/members/{user_id}/{ban|mute}`. Without `on` the route toggles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToggleBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
    /// Kept in the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// How long a mute or ban lasts; without it until lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub seconds: Option<u64>,
}

/// Who is in a room now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Presence {
    pub room_id: i64,
    pub room: String,
    /// Usernames, sorted.
    pub users: Vec<String>,
    pub count: u64,
}
