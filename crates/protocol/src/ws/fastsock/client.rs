//! What clients send.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MessageType;
use crate::ws::calls::CallRequest;

/// `message.send`. Exactly one of `receiver_id` and `room_id` is to be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Send {
    /// Text, or the address of an uploaded image.
    pub content: String,
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub receiver_id: Option<i64>,
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub room_id: Option<i64>,
    #[serde(default)]
    pub message_type: MessageType,
    /// The message that this one answers.
    #[serde(default)]
    pub reply_to: Option<i64>,
}

/// `message.delivered`. Whose message it is the server knows better; what else a client says of it is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivered {
    pub message_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<i64>,
}

/// `message.read`: one has read up to a message, or, without one, the whole room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Read {
    #[serde(default)]
    pub message_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<i64>,
    #[serde(default)]
    pub room_id: Option<i64>,
}

/// `message.reaction`: adds one's own reaction, or takes it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct React {
    pub message_id: i64,
    pub emoji: String,
}

/// `typing.start` and `typing.stop`. With neither of the two nobody is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Typing {
    #[serde(default)]
    pub receiver_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<i64>,
}

/// A frame from a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", content = "data")]
pub enum ClientEvent {
    /// Send a message. Answered with `message.ack`, then with `message.receive` like everybody.
    #[serde(rename = "message.send")]
    Send(Send),
    /// One's device has a message.
    #[serde(rename = "message.delivered")]
    Delivered(Delivered),
    /// One has read a message, and what was before it.
    #[serde(rename = "message.read")]
    Read(Read),
    /// Add or take back one's own reaction.
    #[serde(rename = "message.reaction")]
    React(React),
    /// One is typing.
    #[serde(rename = "typing.start")]
    TypingStart(Typing),
    /// One stopped typing.
    #[serde(rename = "typing.stop")]
    TypingStop(Typing),
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

impl ClientEvent {
    /// Names of events whose refusal is told with `message.error`.
    pub const ANSWERED: [&str; 2] = ["message.send", "message.reaction"];
}
