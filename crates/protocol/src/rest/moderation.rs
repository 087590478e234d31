//! Sanctions, and links into rooms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Secret, Timestamp};

/// The optional body of `PUT /rooms/{id}/{bans|mutes}/{user_id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SanctionBody {
    /// For moderators and the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// How long it lasts; without it until lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub seconds: Option<u64>,
    /// Removes what the user wrote in the room in the last hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 168)]
    pub purge_hours: Option<u32>,
}

/// The optional body of `DELETE /rooms/{id}/members/{user_id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KickBody {
    /// For the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// The body of `PUT /rooms/{id}/owner`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerBody {
    /// A member.
    #[schema(minimum = 1)]
    pub user_id: i64,
}

/// A mute or ban in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sanction {
    pub id: i64,
    pub user_id: i64,
    pub username: String,
    pub full_name: Option<String>,
    pub reason: Option<String>,
    /// Username of who imposed it; null once the account was erased.
    pub by: Option<String>,
    pub created_at: Timestamp,
    /// Null: until lifted.
    pub expires_at: Option<Timestamp>,
}

/// The optional body of `POST /rooms/{id}/invites`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteCreate {
    /// How long the link holds; without it until revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31_536_000)]
    pub seconds: Option<u64>,
    /// How many it lets in; without it any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100_000)]
    pub max_uses: Option<u32>,
}

/// A link into a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    pub id: i64,
    /// What the link holds. Told once, when it is made; null later.
    #[schema(value_type = Option<String>)]
    pub code: Option<Secret>,
    pub room_id: i64,
    /// Username of who made it; null once the account was erased.
    pub by: Option<String>,
    pub created_at: Timestamp,
    /// Null: until revoked.
    pub expires_at: Option<Timestamp>,
    /// Null: any number.
    pub max_uses: Option<u32>,
    pub uses: u32,
}

/// What the holder of a link sees of the room before joining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitePreview {
    pub room_id: i64,
    /// Name of the room.
    pub room: String,
    pub member_count: u64,
    pub expires_at: Option<Timestamp>,
    /// One is a member already.
    pub is_member: bool,
}
