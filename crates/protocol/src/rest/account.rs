//! Accounts, tokens and sessions.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::present;
use crate::{Secret, Timestamp};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    pub id: i64,
    pub username: String,
    /// Shown to its owner and to administrators; null to everybody else.
    pub email: Option<String>,
    pub full_name: Option<String>,
    pub disabled: bool,
    /// The opposite of `disabled`.
    pub is_active: bool,
    /// Shown to its owner and to administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
    pub created_at: Timestamp,
}

/// `POST /register` with query parameters, as FastRoom's clients do. Prefer the JSON body: a URL may be logged.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RegisterQuery {
    /// Folded to lower case; 3 to 32 of a-z, 0-9, `_` and `.`.
    pub username: String,
    #[param(value_type = String, format = Password)]
    pub password: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
}

/// `POST /register` with a JSON body.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// Folded to lower case; 3 to 32 of a-z, 0-9, `_` and `.`.
    #[schema(min_length = 3, max_length = 64)]
    pub username: String,
    /// At least 8 characters, unless the server is configured otherwise; at most 1024 bytes.
    #[schema(value_type = String, format = Password, min_length = 6, max_length = 1024)]
    pub password: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
}

impl From<RegisterQuery> for RegisterBody {
    fn from(query: RegisterQuery) -> Self {
        let RegisterQuery { username, password, email, full_name } = query;
        Self { username, password, email, full_name }
    }
}

/// The one OAuth 2 grant that `/token` knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    #[default]
    #[serde(alias = "")]
    Password,
}

/// The form of `POST /token`: an OAuth 2 password grant. `scope`, `client_id` and `client_secret` are taken, because
/// OAuth libraries send them, and not used.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenForm {
    pub username: String,
    pub password: Secret,
    /// The code of the authenticator, or a recovery code, for accounts with a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<Secret>,
    #[serde(default)]
    pub grant_type: GrantType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
}

/// How to present the access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    Bearer,
}

/// What a login or a refresh gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenPair {
    pub access_token: Secret,
    /// Works once; the answer has the next one.
    pub refresh_token: Secret,
    pub token_type: TokenType,
    /// Seconds that the access token lives.
    pub expires_in: i64,
    pub session_id: Uuid,
}

/// The body of `POST /refresh` and `POST /logout`.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    pub refresh_token: Secret,
}

/// The body of `PATCH /users/me`. What is absent stays; null removes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfilePatch {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub full_name: Option<Option<String>>,
}

/// A login on one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    pub id: Uuid,
    pub user_agent: Option<String>,
    pub ip: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    /// This is the session that asks.
    pub current: bool,
}

/// How many sessions were ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revoked {
    pub revoked: u64,
}

/// Lets one WebSocket in: `/ws?ticket=..`. Works once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    pub ticket: Secret,
    pub expires_at: Timestamp,
}
