//! Passwords and tokens.

use async_trait::async_trait;

use crate::{Password, PasswordHash, SessionId, Timestamp, TokenId, UserId, Username};

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// All hashing slots are taken and the queue is full: answer 503 with Retry-After.
    #[error("too many sign-ins at once")]
    Busy,
    #[error("password hashing failed: {0}")]
    Internal(String),
}

/// Slow by design (argon2id), so off the event loop and bounded in parallel.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError>;
    /// Whether the password is the stored one. Without a stored one it works as long and answers false, so that
    /// time does not tell which names exist.
    async fn verify(&self, password: &Password, stored: Option<PasswordHash>) -> Result<bool, HashError>;
}

/// The codes of a second factor.
pub trait OneTimeCodes: Send + Sync + 'static {
    /// Six digits, from a secret and the number of a step of time.
    fn code(&self, secret: &[u8], step: i64) -> u32;
}

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("token decode error")]
    Malformed,
    #[error("token expired")]
    Expired,
    /// A refresh token used as an access token, or the reverse.
    #[error("wrong token type")]
    WrongType,
}

/// What a login gives. Where paths are shared, it tells which API's answer its holder understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grant {
    /// A short-lived access token, and a refresh token for the next pair.
    #[default]
    Pair,
    /// One access token that lives as long as the session: for clients that cannot refresh.
    Single,
}

/// What a token says. Whether its session still lives is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub user: UserId,
    pub username: Username,
    pub session: SessionId,
    pub grant: Grant,
    pub id: TokenId,
    /// Whole seconds.
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

pub type AccessClaims = Claims;
pub type RefreshClaims = Claims;

/// Signs and checks tokens. Signing is deterministic: the same claims give the same token, which lets a repeated
/// refresh be answered with the same successor although only hashes are stored.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Tokens: Send + Sync + 'static {
    fn sign_access(&self, claims: &AccessClaims) -> String;
    fn sign_refresh(&self, claims: &RefreshClaims) -> String;
    /// # Errors
    /// When the token is not ours, is over at `now`, or is not an access token.
    fn verify_access(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError>;
    /// # Errors
    /// When the token is not ours, is over at `now`, or is not a refresh token.
    fn verify_refresh(&self, token: &str, now: Timestamp) -> Result<RefreshClaims, TokenError>;
    /// SHA-256 of a token: what is stored of it.
    fn fingerprint(&self, token: &str) -> [u8; 32];
}
