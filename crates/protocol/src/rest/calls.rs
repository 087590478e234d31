//! Calls: the servers that browsers need, and what was.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// One address or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum IceUrls {
    One(String),
    Several(Vec<String>),
}

impl IceUrls {
    #[must_use]
    pub fn all(&self) -> Vec<&str> {
        match self {
            Self::One(url) => vec![url],
            Self::Several(urls) => urls.iter().map(String::as_str).collect(),
        }
    }
}

/// A STUN or TURN server, as `RTCPeerConnection` takes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IceServer {
    pub urls: IceUrls,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub credential: Option<String>,
}

// A password: not for logs.
impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// Which servers to use for a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IceServers {
    pub ice_servers: Vec<IceServer>,
    /// Seconds that the credentials can be used to begin a call or to reconnect. Absent: they do not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ttl: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_at: Option<Timestamp>,
    /// `relay`: users are not to learn each other's addresses. Give it to `RTCPeerConnection`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ice_transport_policy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    Incoming,
    Outgoing,
}

/// A call that is over, as the caller of this API sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PastCall {
    pub call_id: String,
    pub direction: CallDirection,
    /// The other side.
    pub user_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub room_id: Option<i64>,
    pub audio: bool,
    pub video: bool,
    /// `completed`, `missed`, `declined`, `busy`, `cancelled` or `failed`. What its caller cancelled, the other side has
    /// missed.
    pub outcome: String,
    pub reason: String,
    pub created_at: Timestamp,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accepted_at: Option<Timestamp>,
    pub ended_at: Timestamp,
    /// Seconds from the answer to the end; 0 where nobody answered.
    pub seconds: u64,
}

/// Calls that are over, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PastCalls {
    pub items: Vec<PastCall>,
    /// Give it as `cursor` to go on; null: that was all.
    pub next_cursor: Option<String>,
}
