//! Token buckets that all nodes share.

use std::sync::Arc;

use async_trait::async_trait;
use fred::interfaces::KeysInterface as _;
use hallway_domain::Timestamp;
use hallway_domain::ports::{LimitError, Limited, Rate, RateLimiter};
use parking_lot::Mutex;
use time::Duration;
use tokio::time::Instant;

use crate::link::{Link, script};
use crate::names::Names;

script!(TAKE, "lua/take.lua");

/// Buckets are counted by the callers' clocks, which the nodes of one installation keep in step: a node that is ahead
/// by some time is that much stricter to whoever comes by another node next, never more generous. A bucket is forgotten
/// when it is full again.
///
/// A node makes a bounded number of buckets a minute. On top of that, keys that are not known share a bucket per kind of
/// key (the part before the first `:`), as in one process: a flood of addresses is neither let through nor remembered one
/// by one, and does not touch buckets that are there already, nor limits of another kind.
pub struct RedisRateLimiter {
    link: Arc<Link>,
    names: Names,
    made: Mutex<Made>,
}

/// Buckets that this node made in this minute.
struct Made {
    most: u32,
    count: u32,
    since: Instant,
}

/// What the script answers beside times.
const NONE_MADE: i64 = -1;
const ONE_MADE: i64 = -2;
const MINUTE: std::time::Duration = std::time::Duration::from_mins(1);

impl Made {
    fn may_make(&mut self) -> bool {
        if self.since.elapsed() >= MINUTE {
            (self.count, self.since) = (0, Instant::now());
        }
        self.count < self.most
    }
}

impl RedisRateLimiter {
    /// `most`: new keys a minute.
    pub(crate) fn new(link: Arc<Link>, names: Names, most: u32) -> Self {
        Self { link, names, made: Mutex::new(Made { most, count: 0, since: Instant::now() }) }
    }

    async fn ask(&self, key: String, rate: Rate, now: Timestamp, may_make: bool) -> Result<i64, LimitError> {
        let now = now.unix_timestamp_nanos() / 1000;
        let make = u8::from(may_make).to_string();
        let arguments = vec![now.to_string(), format!("{:.0}", interval(rate)), rate.burst.to_string(), make];
        self.link.run(&TAKE, vec![key], arguments).await.map_err(LimitError)
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
        let may_make = self.made.lock().may_make();
        let mut excess = self.ask(self.names.rate(key), rate, now, may_make).await?;
        if excess == ONE_MADE {
            self.made.lock().count += 1;
        } else if excess == NONE_MADE {
            let kind = key.split_once(':').map_or(key, |(kind, _)| kind);
            excess = self.ask(self.names.rates_of(kind), rate, now, true).await?;
        }
        Ok(if excess > 0 { Err(Limited { retry_after: Duration::microseconds(excess) }) } else { Ok(()) })
    }

    async fn forget(&self, key: &str) -> Result<(), LimitError> {
        let key = self.names.rate(key);
        self.link.ask(async |client| client.del::<(), _>(key).await).await.map_err(LimitError)
    }
}
