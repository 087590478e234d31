//! Bounds that hold over all nodes: rates, and tickets that work once.

use async_trait::async_trait;
use time::Duration;

use crate::{Timestamp, UserId};

#[derive(Debug, thiserror::Error)]
#[error("limits are not available: {0}")]
pub struct LimitError(pub String);

/// A token bucket: `burst` at once, refilled with `per_second`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
}

/// Too often: come back after this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    pub retry_after: Duration,
}

#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Takes one from the bucket of `key` (a stable prefix and whom it counts, such as `login:203.0.113.7`).
    async fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<Result<(), Limited>, LimitError>;
    /// Fills the bucket of `key` up again. A bucket that keys share stays as it is.
    async fn forget(&self, key: &str) -> Result<(), LimitError>;
}

/// Short-lived secrets that let a socket in once.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Tickets: Send + Sync + 'static {
    /// Keeps `value` under `ticket` until `expires_at`.
    async fn put(&self, ticket: &str, user: UserId, value: &str, expires_at: Timestamp) -> Result<(), LimitError>;
    /// Takes the value out; of many callers exactly one gets it, and nobody after `expires_at`.
    async fn take(&self, ticket: &str, now: Timestamp) -> Result<Option<String>, LimitError>;
}
