//! Token buckets that all nodes share.

use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::Timestamp;
use hallway_domain::ports::{LimitError, Limited, Rate, RateLimiter};
use time::Duration;

use crate::link::{Link, script};
use crate::names::Names;

script!(TAKE, "lua/take.lua");

/// Buckets are counted by the callers' clocks, which the nodes of one installation keep in step: a node that is ahead
/// by some time is that much stricter to whoever comes by another node next, never more generous. A bucket is forgotten
/// when it is full again.
pub struct RedisRateLimiter {
    link: Arc<Link>,
    names: Names,
}

impl RedisRateLimiter {
    pub(crate) const fn new(link: Arc<Link>, names: Names) -> Self {
        Self { link, names }
    }
}

/// Microseconds from one token to the next: at least one, at most a day.
fn interval(rate: Rate) -> f64 {
    let seconds = if rate.per_second > 0.0 { 1.0 / rate.per_second } else { f64::INFINITY };
    seconds.clamp(1e-6, 86_400.0) * 1e6
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<Result<(), Limited>, LimitError> {
        let now = now.unix_timestamp_nanos() / 1000;
        let arguments = vec![now.to_string(), format!("{:.0}", interval(rate)), rate.burst.to_string()];
        let excess: i64 = self.link.run(&TAKE, vec![self.names.rate(key)], arguments).await.map_err(LimitError)?;
        Ok(if excess > 0 { Err(Limited { retry_after: Duration::microseconds(excess) }) } else { Ok(()) })
    }
}
