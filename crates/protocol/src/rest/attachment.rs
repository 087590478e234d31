//! Files of messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// A file of a message, or one that waits for its message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Attachment {
    pub id: i64,
    /// What it is called, for people.
    pub name: String,
    /// What it is, by its content.
    pub content_type: String,
    pub size: i64,
    /// Images only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// A blurred preview, to be shown until the image is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blurhash: Option<String>,
    /// Where to get it. With `?token=` good for some minutes and for the caller only. Without, as in live frames, which
    /// are the same for everybody: send the access token, or ask `GET /attachments/{id}` for an address with one.
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    pub created_at: Timestamp,
}

/// What FastSock's clients get for a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    pub filename: String,
    /// Whole, with host.
    pub url: String,
    pub content_type: String,
    pub size: i64,
}

/// A form with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadForm {
    #[schema(value_type = String, format = Binary)]
    pub file: String,
}
