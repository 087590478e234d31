//! Passwords, blocks, and leaving with one's data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Attachment, Session, User};
use crate::{NotifyLevel, Role, Secret, Timestamp};

/// The body of `POST /users/me/password`.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub current_password: Secret,
    /// At least 8 characters, unless the server is configured otherwise; at most 1024 bytes.
    #[schema(value_type = String, format = Password, min_length = 6, max_length = 1024)]
    pub new_password: Secret,
}

/// One's own password once more, for what cannot be taken back.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub password: Secret,
}

/// What an authenticator needs to make codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TotpSecret {
    /// In Base32, to be typed in.
    pub secret: Secret,
    /// `otpauth://..`, to be shown as a QR code.
    pub uri: Secret,
}

/// A code of the authenticator.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    pub code: Secret,
}

/// Whether an account asks for codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TotpState {
    pub enabled: bool,
    pub recovery_codes_left: u64,
}

/// Each lets in once where there is no authenticator. They are shown this one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodes {
    pub recovery_codes: Vec<Secret>,
}

/// Somebody whom the caller does not want to hear from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Block {
    pub user_id: i64,
    pub username: String,
    pub since: Timestamp,
}

/// All that the server has of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Export {
    pub exported_at: Timestamp,
    pub user: User,
    pub sessions: Vec<Session>,
    pub memberships: Vec<ExportedMembership>,
    pub messages: Vec<ExportedMessage>,
    pub reactions: Vec<ExportedReaction>,
    pub files: Vec<ExportedFile>,
    pub blocks: Vec<Block>,
    pub activity: Vec<ExportedActivity>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportedMembership {
    pub room_id: i64,
    /// Null for a direct conversation.
    pub room: Option<String>,
    pub role: Role,
    pub joined_at: Timestamp,
    pub read_seq: i64,
    pub notify: NotifyLevel,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportedMessage {
    pub id: i64,
    pub room_id: i64,
    /// Null for a direct conversation.
    pub room: Option<String>,
    pub seq: i64,
    pub content: String,
    pub reply_to: Option<i64>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportedReaction {
    pub message_id: i64,
    pub emoji: String,
    pub at: Timestamp,
}

/// A file, with the address to get it from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportedFile {
    pub message_id: Option<i64>,
    pub file: Attachment,
}

/// Something that the caller did and that the server keeps a record of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportedActivity {
    pub at: Timestamp,
    pub action: String,
    pub room_id: Option<i64>,
    /// Another user whom it was about.
    pub target_id: Option<i64>,
    pub reason: Option<String>,
}
