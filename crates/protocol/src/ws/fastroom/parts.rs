//! What the larger frames of the server are made of.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ErrorCode;
use crate::rest::Attachment;
use crate::{MessageKind, Reaction, Reply, Role, Timestamp};

/// Which room a frame is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoomLabel {
    /// Its name; `@username` of the other side for a direct conversation.
    pub room: String,
    pub room_id: i64,
}

/// The banner's fields, but for `message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Banner {
    /// Send `ping` at least this often, in seconds.
    #[serde(rename = "heartbeatInterval")]
    pub heartbeat_interval: u64,
    #[serde(rename = "presenceMode")]
    pub presence_mode: PresenceMode,
    pub user: BannerUser,
    pub connection_id: Uuid,
    /// Which server this is.
    pub server: String,
    /// Version of these frames.
    pub protocol: u32,
    /// The server's clock.
    pub time: Timestamp,
    pub limits: Limits,
    pub retry: RetryHint,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceMode {
    Heartbeat,
}

/// Who is connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BannerUser {
    pub id: i64,
    pub username: String,
    pub full_name: Option<String>,
}

/// What this server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Bytes of one frame.
    pub frame_bytes: u64,
    /// Characters of one message.
    pub message_chars: u64,
    /// Rooms joined on one connection.
    pub rooms: u64,
    /// Events in one resume or fetch.
    pub replay: u64,
    /// Bytes of one uploaded file.
    pub upload_bytes: u64,
}

/// How long to wait between attempts to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetryHint {
    pub min_ms: u64,
    pub max_ms: u64,
}

/// The banner, or a notice in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct System {
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<Timestamp>,
    /// In the banner only, and then all of them.
    #[serde(flatten)]
    pub banner: Option<Banner>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chat {
    #[serde(flatten)]
    pub label: RoomLabel,
    /// Username of the author; empty once the account was erased.
    pub user: String,
    pub user_id: Option<i64>,
    /// The text; empty once deleted.
    pub message: String,
    pub message_id: i64,
    /// Its place in the room's log.
    pub seq: i64,
    pub ts: Timestamp,
    /// The id that the sender's client made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    pub kind: MessageKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Files of the message. Addresses in live frames have no token; those in a history do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Usernames of members whom it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// It mentions everybody in the room.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mentions_here: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub pinned: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the attribute of the fields calls it")]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the attribute of the fields calls it")]
pub(super) const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How far a member has read, and how far their devices have received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    pub user: String,
    pub user_id: i64,
    pub read_seq: i64,
    pub delivered_seq: i64,
}

/// What a history is made of: the same frames that came live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HistoryItem {
    Chat(Box<Chat>),
}

/// The schema of the frame of that type, by the name that the documents give it.
impl JsonSchema for HistoryItem {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ChatFrame".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Schema::new_ref(format!("#{}/ChatFrame", generator.settings().definitions_path))
    }
}

/// How a member's standing changed. What did not change is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberUpdate {
    #[serde(flatten)]
    pub label: RoomLabel,
    pub user_id: i64,
    pub username: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_moderator: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_banned: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_muted: Option<bool>,
    /// With `is_muted: true`: when it ends; absent: until lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// With `is_banned: true`: when it ends; absent: until lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banned_until: Option<Timestamp>,
    pub seq: i64,
    pub ts: Timestamp,
}

/// Why a room is not followed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossReason {
    Left,
    Kicked,
    Banned,
    MadePrivate,
    Deleted,
}

/// Why a resume was not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The log began a new life.
    EpochChanged,
    /// More events are missing than are replayed.
    TooFar,
    /// Retention removed events that are missing.
    LogCut,
}

/// Whether trying again makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    Never,
    /// After `after_ms`.
    After,
    /// With a fresh token.
    Reauth,
    /// After joining the room again.
    Resync,
}

/// Something failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorFrame {
    /// For people.
    pub message: String,
    /// For programs.
    pub code: ErrorCode,
    /// The `id` of the frame that failed, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The room that the failed frame named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<i64>,
    pub retry: Retry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<u64>,
}
