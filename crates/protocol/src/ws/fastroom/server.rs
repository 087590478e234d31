//! What the server sends.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Chat, ErrorFrame, HistoryItem, LossReason, MemberUpdate, ResetReason, RoomLabel, System};
use crate::{Role, RoomKind, Timestamp};

/// A frame from the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The banner, first frame of every connection (without `room`), or a notice in a room.
    System(System),
    /// The answer to `join`: from now on the room is followed.
    Joined {
        #[serde(flatten)]
        label: RoomLabel,
        role: Option<Role>,
        /// Names the life of the room's log; give it back with `since`.
        epoch: i64,
        /// The newest place of the log.
        head: i64,
        read_seq: i64,
        /// Messages of others after `read_seq`.
        unread: u64,
        is_muted: bool,
        /// When the mute ends; absent: until lifted, or not muted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        muted_until: Option<Timestamp>,
    },
    /// Who is in the room, after `joined`.
    PresenceState {
        #[serde(flatten)]
        label: RoomLabel,
        /// Usernames, sorted.
        users: Vec<String>,
        ts: Timestamp,
    },
    /// The newest messages, oldest first; not sent when there are none.
    History {
        #[serde(flatten)]
        label: RoomLabel,
        messages: Vec<HistoryItem>,
    },
    /// The answer to `history_more`, oldest first.
    HistoryMore {
        #[serde(flatten)]
        label: RoomLabel,
        messages: Vec<HistoryItem>,
        /// There are older ones.
        more: bool,
    },
    /// The answer to `history_around`, oldest first.
    HistoryAround {
        #[serde(flatten)]
        label: RoomLabel,
        /// The message in the middle.
        message_id: i64,
        messages: Vec<HistoryItem>,
        /// There are older ones.
        before: bool,
        /// There are newer ones.
        after: bool,
    },
    /// A message. Durable.
    Chat(Box<Chat>),
    /// The text of a message changed. Durable.
    MessageUpdated {
        #[serde(flatten)]
        label: RoomLabel,
        message_id: i64,
        content: String,
        edited_at: Timestamp,
        seq: i64,
        ts: Timestamp,
    },
    /// A message was removed. Durable.
    MessageDeleted {
        #[serde(flatten)]
        label: RoomLabel,
        message_id: i64,
        seq: i64,
        ts: Timestamp,
    },
    /// A reaction was added or removed. Durable.
    Reaction {
        #[serde(flatten)]
        label: RoomLabel,
        message_id: i64,
        user: String,
        user_id: i64,
        emoji: String,
        on: bool,
        seq: i64,
        ts: Timestamp,
    },
    /// Somebody became a member. Durable.
    MemberJoined {
        #[serde(flatten)]
        label: RoomLabel,
        user_id: i64,
        username: String,
        seq: i64,
        ts: Timestamp,
    },
    /// Somebody is not a member any more. Durable.
    MemberLeft {
        #[serde(flatten)]
        label: RoomLabel,
        user_id: i64,
        username: String,
        seq: i64,
        ts: Timestamp,
    },
    /// A member's role, mute or ban changed. Durable.
    MemberUpdate(Box<MemberUpdate>),
    /// Name, topic or kind of the room changed. Durable. The fields say what holds from now on.
    RoomUpdated {
        #[serde(flatten)]
        label: RoomLabel,
        name: Option<String>,
        topic: Option<String>,
        kind: RoomKind,
        is_private: bool,
        seq: i64,
        ts: Timestamp,
    },
    /// First connections of users came, last connections went.
    PresenceDiff {
        #[serde(flatten)]
        label: RoomLabel,
        join: Vec<String>,
        leave: Vec<String>,
        ts: Timestamp,
    },
    /// Somebody is typing, or stopped.
    Typing {
        #[serde(flatten)]
        label: RoomLabel,
        user: String,
        #[serde(rename = "isTyping")]
        is_typing: bool,
        ts: Timestamp,
    },
    /// Somebody has read everything up to `seq`.
    Read {
        #[serde(flatten)]
        label: RoomLabel,
        user: String,
        seq: i64,
    },
    /// Somebody's device has everything up to `seq`.
    Delivered {
        #[serde(flatten)]
        label: RoomLabel,
        user: String,
        seq: i64,
    },
    /// Something happened in a room that one is a member of but has not joined on this connection.
    RoomActivity {
        #[serde(flatten)]
        label: RoomLabel,
        seq: i64,
        unread: u64,
    },
    /// One became a member of a room elsewhere.
    RoomAdded {
        #[serde(flatten)]
        label: RoomLabel,
    },
    /// A room was taken away: nothing more comes from it.
    RoomRemoved {
        #[serde(flatten)]
        label: RoomLabel,
        reason: LossReason,
    },
    /// The answer to `leave`, for clients that agreed the subprotocol.
    Left {
        #[serde(flatten)]
        label: RoomLabel,
        reason: LossReason,
    },
    /// After the events that `fetch` asked for.
    Fetched {
        #[serde(flatten)]
        label: RoomLabel,
        from: i64,
        to: i64,
    },
    /// After all that `join` had to send: the next durable frame has `seq + 1`.
    Synced {
        #[serde(flatten)]
        label: RoomLabel,
        seq: i64,
    },
    /// The log cannot be resumed from where the client stands: forget what is held of the room. History follows.
    Reset {
        #[serde(flatten)]
        label: RoomLabel,
        reason: ResetReason,
        epoch: i64,
        head: i64,
    },
    /// The frame with this `id` is done and stored.
    Ack {
        id: Uuid,
        #[serde(flatten)]
        label: RoomLabel,
        message_id: i64,
        /// Its place in the log; absent when nothing had to change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<i64>,
        ts: Timestamp,
        /// It had been done before.
        duplicate: bool,
    },
    /// The answer to `ping`.
    Pong {
        /// Seconds since the Unix epoch.
        ts: f64,
        /// The newest place of every joined room, by room number; for clients that agreed the subprotocol.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heads: Option<BTreeMap<String, i64>>,
    },
    /// The token was taken.
    AuthOk { expires_at: Timestamp },
    /// Present a fresh token with `auth` before this moment, or the connection ends.
    AuthExpiring { expires_at: Timestamp },
    /// Something failed. The connection goes on, unless a close frame follows.
    Error(ErrorFrame),
    /// The connection is about to end. Come back after a random part of `after_ms`.
    Bye { after_ms: u64, resume: bool },
}
