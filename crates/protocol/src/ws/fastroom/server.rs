//! What the server sends.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::parts::{is_false, is_zero};
use super::{Chat, ErrorFrame, HistoryItem, LossReason, Mark, MemberUpdate, ResetReason, RoomLabel, System};
use crate::ws::calls::{CallError, CallNotice};
use crate::{NotifyLevel, Posting, Role, RoomKind, Timestamp};

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
        /// Those of them that mention one.
        mentions: u64,
        is_muted: bool,
        /// When the mute ends; absent: until lifted, or not muted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        muted_until: Option<Timestamp>,
        /// How far each member has read, in rooms with few members, for clients that agreed the subprotocol.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        marks: Option<Vec<Mark>>,
        #[serde(default, skip_serializing_if = "Posting::is_everyone")]
        posting: Posting,
        /// Seconds between two messages of a member who does not moderate; absent: no slow mode.
        #[serde(default, skip_serializing_if = "is_zero")]
        slow_mode_seconds: u32,
        /// When slow mode lets one write again; absent: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_message_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "is_false")]
        archived: bool,
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
        /// Usernames of members whom the new text mentions.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<String>,
        /// The new text mentions everybody.
        #[serde(default, skip_serializing_if = "is_false")]
        mentions_here: bool,
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
    /// Messages were removed all at once: those that `user_id` wrote from place `from_seq` to place `to_seq`. Durable.
    MessagesPurged {
        #[serde(flatten)]
        label: RoomLabel,
        user_id: i64,
        username: String,
        from_seq: i64,
        to_seq: i64,
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
    /// A message was pinned, or is not any more. Durable.
    Pinned {
        #[serde(flatten)]
        label: RoomLabel,
        message_id: i64,
        user: String,
        user_id: i64,
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
        /// Put out by a moderator.
        #[serde(default, skip_serializing_if = "is_false")]
        kicked: bool,
        seq: i64,
        ts: Timestamp,
    },
    /// A member's role, mute or ban changed. Durable.
    MemberUpdate(Box<MemberUpdate>),
    /// Name, topic, kind of the room, or who may write in it and how often changed. Durable. The fields say what holds from now on.
    RoomUpdated {
        #[serde(flatten)]
        label: RoomLabel,
        name: Option<String>,
        topic: Option<String>,
        kind: RoomKind,
        is_private: bool,
        #[serde(default)]
        posting: Posting,
        #[serde(default)]
        slow_mode_seconds: u32,
        #[serde(default)]
        archived: bool,
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
        /// How many of the unread messages mention one.
        mentions: u64,
    },
    /// On another connection one marked everything after `seq` as unread again.
    MarkedUnread {
        #[serde(flatten)]
        label: RoomLabel,
        seq: i64,
        unread: u64,
        mentions: u64,
    },
    /// In a room that one moderates something was reported, or decided: so many reports wait.
    ReportOpened {
        #[serde(flatten)]
        label: RoomLabel,
        open: u64,
    },
    /// On another connection one chose what to be told of.
    NotifyChanged {
        #[serde(flatten)]
        label: RoomLabel,
        level: NotifyLevel,
    },
    /// Somebody with whom one has a direct conversation came online, or went.
    Online { user: String, user_id: i64, online: bool },
    /// Who of them is online, right after connecting; left out when nobody is.
    OnlineState { users: Vec<String> },
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
    /// Somebody calls.
    #[serde(rename = "call.invite")]
    CallInvite(CallNotice),
    /// A device of the other side shows the call.
    #[serde(rename = "call.ringing")]
    CallRinging(CallNotice),
    /// The call was answered.
    #[serde(rename = "call.accept")]
    CallAccept(CallNotice),
    /// The call was declined.
    #[serde(rename = "call.reject")]
    CallReject(CallNotice),
    /// The other side is in another call.
    #[serde(rename = "call.busy")]
    CallBusy(CallNotice),
    /// The call is over for this device.
    #[serde(rename = "call.hangup")]
    CallHangup(CallNotice),
    /// Candidates of the other side.
    #[serde(rename = "call.ice")]
    CallIce(CallNotice),
    /// A later offer or answer of the other side.
    #[serde(rename = "call.negotiate")]
    CallNegotiate(CallNotice),
    /// The other side begins anew: an offer to answer with `call.negotiate`.
    #[serde(rename = "call.rejoin")]
    CallRejoin(CallNotice),
    /// The other side is not there for the moment.
    #[serde(rename = "call.reconnecting")]
    CallReconnecting(CallNotice),
    /// The other side is back.
    #[serde(rename = "call.resumed")]
    CallResumed(CallNotice),
    /// How a call of the user stands.
    #[serde(rename = "call.sync")]
    CallSync(CallNotice),
    /// The other side switched microphone or camera.
    #[serde(rename = "call.media")]
    CallMedia(CallNotice),
    /// Something about a call was refused.
    #[serde(rename = "call.error")]
    CallError(CallError),
}
