//! What events say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ws::fastroom::ErrorCode;

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MessageType {
    #[default]
    Text,
    /// `content` is the address of an image.
    Image,
    /// From the server; clients may not send it.
    System,
}

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Online,
    Offline,
}

/// A message, as it arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Received {
    pub id: i64,
    pub content: String,
    /// Null once the account was erased.
    pub sender_id: Option<i64>,
    /// The other side of a direct conversation; null in a room.
    pub receiver_id: Option<i64>,
    /// Null in a direct conversation.
    pub room_id: Option<i64>,
    pub message_type: MessageType,
    pub timestamp: Timestamp,
    /// The message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<i64>,
}

/// The one word of an ack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SentStatus {
    Sent,
}

/// A message is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    pub message_id: i64,
    pub status: SentStatus,
    pub timestamp: Timestamp,
}

/// Somebody has a message, or has read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    pub message_id: i64,
    /// Who is meant to know: the sender of the message.
    pub receiver_id: i64,
    pub timestamp: Timestamp,
    /// Who has read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_id: Option<i64>,
}

/// The text of a message is another now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageUpdate {
    pub id: i64,
    pub content: String,
    pub room_id: Option<i64>,
    pub sender_id: Option<i64>,
    pub receiver_id: Option<i64>,
}

/// A message is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageDelete {
    pub id: i64,
    pub room_id: Option<i64>,
    pub sender_id: Option<i64>,
    pub receiver_id: Option<i64>,
}

/// Somebody is typing, or stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TypingNotice {
    pub sender_id: i64,
    pub receiver_id: Option<i64>,
    /// Where it is a room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<i64>,
}

/// A frame of the client was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageError {
    pub message: String,
    /// For programs.
    pub code: ErrorCode,
    /// The event that it answers.
    pub context_event: String,
}

/// The answer to what is no event at all: the only frame without `event`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorFrame {
    pub error: String,
}
