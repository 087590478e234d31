//! What clients send.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Secret;
use crate::ws::calls::CallRequest;

/// Which room a frame is about: by its name, or as `@username` one's conversation with that user. One of the two fields is
/// needed; `room_id` wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoomRef {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub room_id: Option<i64>,
}

impl RoomRef {
    pub fn name(name: impl Into<String>) -> Self {
        Self { room: Some(name.into()), room_id: None }
    }

    #[must_use]
    pub const fn id(id: i64) -> Self {
        Self { room: None, room_id: Some(id) }
    }
}

/// A frame from a client. `id`, where there is one, is a UUID that the client makes: the `ack` or `error` that answers
/// the frame carries it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Follow a room, becoming a member of a public one. With `since` the events after that place are sent again
    /// instead of the newest history.
    Join {
        #[serde(flatten)]
        room: RoomRef,
        /// The last `seq` seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0))]
        since: Option<i64>,
        /// The `epoch` that `since` belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<i64>,
    },
    /// Stop following a room. Membership stays.
    Leave {
        #[serde(flatten)]
        room: RoomRef,
    },
    /// Send a message.
    Chat {
        #[serde(flatten)]
        room: RoomRef,
        message: String,
        /// Makes the send repeatable: however often it is sent, it is stored once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
        /// The message that this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<i64>,
        /// Uploads of one's own that wait for their message. With any, `message` may be blank.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = 10))]
        attachments: Vec<i64>,
    },
    /// Change the text of one's own message.
    Edit {
        #[serde(flatten)]
        room: RoomRef,
        message_id: i64,
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
    },
    /// Remove a message: its author, or a moderator.
    Delete {
        #[serde(flatten)]
        room: RoomRef,
        message_id: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
    },
    /// Add or remove one's own reaction.
    React {
        #[serde(flatten)]
        room: RoomRef,
        message_id: i64,
        emoji: String,
        on: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
    },
    /// Pin a message, or unpin it: moderators, and both sides of a direct conversation.
    Pin {
        #[serde(flatten)]
        room: RoomRef,
        message_id: i64,
        on: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
    },
    /// Older messages.
    HistoryMore {
        #[serde(flatten)]
        room: RoomRef,
        before_id: i64,
        /// 50 without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 100))]
        limit: Option<u32>,
    },
    /// Messages before and after one.
    HistoryAround {
        #[serde(flatten)]
        room: RoomRef,
        message_id: i64,
        /// 50 without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 100))]
        limit: Option<u32>,
    },
    /// The events of a stretch of the log, both ends included, once more.
    Fetch {
        #[serde(flatten)]
        room: RoomRef,
        #[schemars(range(min = 1))]
        from: i64,
        #[schemars(range(min = 1))]
        to: i64,
    },
    /// One is typing, or stopped.
    Typing {
        #[serde(flatten)]
        room: RoomRef,
        #[serde(rename = "isTyping")]
        is_typing: bool,
    },
    /// One has read everything up to `seq`.
    Read {
        #[serde(flatten)]
        room: RoomRef,
        #[schemars(range(min = 0))]
        seq: i64,
    },
    /// One counts this message and all after it as unread again.
    MarkUnread {
        #[serde(flatten)]
        room: RoomRef,
        message_id: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
    },
    /// One's device has everything up to `seq`.
    Delivered {
        #[serde(flatten)]
        room: RoomRef,
        #[schemars(range(min = 0))]
        seq: i64,
    },
    /// Still there. Answered with `pong`.
    Ping,
    /// Present an access token: as the first frame of a connection that brought none, or to replace one that is about
    /// to expire.
    Auth { token: Secret },
    /// Call somebody.
    #[serde(rename = "call.invite")]
    CallInvite(CallRequest),
    /// Answer a call.
    #[serde(rename = "call.accept")]
    CallAccept(CallRequest),
    /// Decline a call.
    #[serde(rename = "call.reject")]
    CallReject(CallRequest),
    /// This device is in another call.
    #[serde(rename = "call.busy")]
    CallBusy(CallRequest),
    /// End a call, or stop calling.
    #[serde(rename = "call.hangup")]
    CallHangup(CallRequest),
    /// Candidates for the other side.
    #[serde(rename = "call.ice")]
    CallIce(CallRequest),
    /// This device shows the call.
    #[serde(rename = "call.ringing")]
    CallRinging(CallRequest),
    /// A later offer or answer.
    #[serde(rename = "call.negotiate")]
    CallNegotiate(CallRequest),
    /// The page was loaded again: a new offer for a call that goes on.
    #[serde(rename = "call.rejoin")]
    CallRejoin(CallRequest),
    /// The socket is back, and the call goes on.
    #[serde(rename = "call.resume")]
    CallResume(CallRequest),
    /// Media flows.
    #[serde(rename = "call.connected")]
    CallConnected(CallRequest),
    /// Microphone or camera were switched.
    #[serde(rename = "call.media")]
    CallMedia(CallRequest),
}
