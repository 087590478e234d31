//! Bodies and answers of FastSock's API: its own names under `/api/v1`. Bodies ignore what they do not know, as that
//! server did.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ws::fastsock::MessageType;
use crate::{Secret, Timestamp};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = FastSockUser)]
#[schemars(rename = "FastSockUser")]
pub struct User {
    /// One's own address; empty for everybody else, and where there is none.
    pub email: String,
    /// The username where there is no full name: never null.
    pub full_name: String,
    pub is_active: bool,
    pub id: i64,
}

/// The body of `POST /auth/signup`.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct SignUp {
    pub email: String,
    #[schema(value_type = String, format = Password, min_length = 6, max_length = 1024)]
    pub password: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
}

/// The form of `POST /auth/login/access-token`.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LoginForm {
    /// The address, or the username.
    pub username: String,
    #[schema(value_type = String, format = Password)]
    pub password: Secret,
}

/// What a login gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessToken {
    pub access_token: Secret,
    pub token_type: crate::rest::TokenType,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = FastSockRoom)]
#[schemars(rename = "FastSockRoom")]
pub struct Room {
    pub id: i64,
    pub name: String,
    /// Always true.
    pub is_group: bool,
}

/// The body of `POST /chat/rooms`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct NewRoom {
    pub name: String,
    /// Who else is a member from the beginning.
    #[schema(max_items = 100)]
    pub member_ids: Vec<i64>,
}

/// Unread messages: of users by the other side's id, of rooms by the room's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FastSockUnread)]
pub struct Unread {
    pub users: BTreeMap<String, u64>,
    pub rooms: BTreeMap<String, u64>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FastSockMessage)]
pub struct Message {
    /// Text, or the address of an image.
    pub content: String,
    /// The other side of a direct conversation.
    pub receiver_id: Option<i64>,
    pub room_id: Option<i64>,
    pub message_type: MessageType,
    pub id: i64,
    /// Null once the account was erased.
    pub sender_id: Option<i64>,
    pub timestamp: Timestamp,
    /// One's own message: by anybody else. Somebody else's: by oneself.
    pub is_read: bool,
    /// The message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<i64>,
    /// Ids of users, as text, by emoji.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<String, Vec<String>>,
}

/// The body of `PUT /chat/messages/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[schema(as = FastSockMessageUpdate)]
pub struct MessageUpdate {
    pub content: String,
}

/// It is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FastSockDone)]
pub struct Done {
    pub ok: bool,
}
