//! Logins. A session is a family of refresh tokens, of which only the newest may be used.

use time::Duration;

use crate::{SessionId, Timestamp, TokenId, UserId};

/// A login on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    /// As the client named itself, cut to 255 characters.
    pub user_agent: Option<String>,
    pub ip: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

impl Session {
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// One link in a session's chain of refresh tokens. The token itself is never stored, only its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    pub id: TokenId,
    pub session: SessionId,
    /// The token that was exchanged for this one; none for the first of a session.
    pub parent: Option<TokenId>,
    pub hash: [u8; 32],
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

impl RefreshToken {
    /// How long a used token still answers with its successor: a lost response or two tabs are no theft.
    /// Source: the reuse interval of [RFC 9700](https://www.rfc-editor.org/rfc/rfc9700) implementations, section 4.14.
    pub const GRACE: Duration = Duration::seconds(10);

    /// Whether using this token now is the harmless repeat of its one use, its `successor` not having been used yet.
    #[must_use]
    pub fn is_repeat(&self, successor: &Self, now: Timestamp) -> bool {
        successor.parent == Some(self.id)
            && successor.used_at.is_none()
            && self.used_at.is_some_and(|used| now - used <= Self::GRACE)
    }
}
