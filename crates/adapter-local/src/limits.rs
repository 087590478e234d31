//! Token buckets in memory.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use hallway_domain::Timestamp;
use hallway_domain::ports::{LimitError, Limited, Rate, RateLimiter};
use parking_lot::Mutex;
use time::Duration;

/// Keeps a bucket per key while it is not full, at most `max_keys` of them.
///
/// When there are more, new keys share a bucket per kind of key (the part before the first `:`) until others have
/// filled up again. So a flood of addresses is neither let through nor remembered one by one, and does not touch
/// buckets that are there already, nor limits of another kind.
pub struct LocalRateLimiter {
    max_keys: usize,
    buckets: Mutex<Buckets>,
}

struct Buckets {
    by_key: HashMap<String, Bucket>,
    shared: [Bucket; LocalRateLimiter::SHARED],
    /// So many keys are worth looking for full buckets.
    sweep_at: usize,
    swept: Timestamp,
}

/// The bucket is full again at this moment; every token taken moves it on. (The generic cell rate algorithm.)
#[derive(Clone, Copy)]
struct Bucket(Timestamp);

impl LocalRateLimiter {
    pub const DEFAULT_MAX_KEYS: usize = 100_000;
    const SHARED: usize = 64;
    const SWEEP_AT_LEAST: usize = 1024;
    /// A full table is not searched again before.
    const SWEEP_EVERY: Duration = Duration::SECOND;

    pub fn new(max_keys: usize) -> Self {
        Self {
            max_keys,
            buckets: Mutex::new(Buckets {
                by_key: HashMap::new(),
                shared: [Bucket(Timestamp::UNIX_EPOCH); Self::SHARED],
                sweep_at: Self::SWEEP_AT_LEAST.min(max_keys),
                swept: Timestamp::UNIX_EPOCH,
            }),
        }
    }
}

impl Default for LocalRateLimiter {
    fn default() -> Self {
        Self::new(Self::DEFAULT_MAX_KEYS)
    }
}

impl Bucket {
    fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), Limited> {
        let interval = interval(rate);
        let room = interval.saturating_mul(i32::try_from(rate.burst).unwrap_or(i32::MAX));
        let full_at = self.0.max(now).saturating_add(interval);
        let excess = full_at - now - room;
        if excess > Duration::ZERO {
            return Err(Limited { retry_after: excess });
        }
        self.0 = full_at;
        Ok(())
    }
}

/// From one token to the next: at least a microsecond, at most a day.
fn interval(rate: Rate) -> Duration {
    let seconds = if rate.per_second > 0.0 { 1.0 / rate.per_second } else { f64::INFINITY };
    Duration::saturating_seconds_f64(seconds.clamp(1e-6, 86_400.0))
}

impl Buckets {
    /// Forgets full buckets, if it is time to look for them.
    fn sweep(&mut self, now: Timestamp, max_keys: usize) {
        let rested = now - self.swept >= LocalRateLimiter::SWEEP_EVERY || now < self.swept;
        if self.by_key.len() < self.sweep_at || !rested {
            return;
        }
        self.swept = now;
        self.by_key.retain(|_, bucket| bucket.0 > now);
        self.by_key.shrink_to(self.by_key.len() * 2);
        self.sweep_at = (self.by_key.len() * 2).max(LocalRateLimiter::SWEEP_AT_LEAST).min(max_keys);
    }

    fn shared(&mut self, key: &str) -> &mut Bucket {
        let kind = key.split_once(':').map_or(key, |(kind, _)| kind);
        let mut hasher = DefaultHasher::new();
        kind.hash(&mut hasher);
        let places = LocalRateLimiter::SHARED as u64;
        let place = usize::try_from(hasher.finish() % places).unwrap_or(0);
        &mut self.shared[place]
    }
}

#[async_trait]
impl RateLimiter for LocalRateLimiter {
    async fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<Result<(), Limited>, LimitError> {
        let mut buckets = self.buckets.lock();
        if let Some(bucket) = buckets.by_key.get_mut(key) {
            return Ok(bucket.take(rate, now));
        }
        buckets.sweep(now, self.max_keys);
        if buckets.by_key.len() >= self.max_keys {
            return Ok(buckets.shared(key).take(rate, now));
        }
        let mut bucket = Bucket(now);
        let outcome = bucket.take(rate, now);
        if outcome.is_ok() {
            buckets.by_key.insert(key.to_owned(), bucket);
        }
        Ok(outcome)
    }

    async fn forget(&self, key: &str) -> Result<(), LimitError> {
        self.buckets.lock().by_key.remove(key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = time::macros::datetime!(2026-01-01 00:00 UTC);
    const RATE: Rate = Rate { per_second: 1.0, burst: 2 };

    #[tokio::test]
    async fn a_flood_of_keys_is_limited_together_and_not_remembered() {
        let limiter = LocalRateLimiter::new(10);
        let mut let_in = 0;
        for n in 0..100 {
            let_in += i32::from(limiter.take(&format!("login:{n}"), RATE, NOW).await.unwrap().is_ok());
        }
        assert_eq!(let_in, 10 + 2);
        assert_eq!(limiter.buckets.lock().by_key.len(), 10);
        assert!(limiter.take("login:3", RATE, NOW).await.unwrap().is_ok(), "a known key keeps its own bucket");
        assert!(limiter.take("chat:1", RATE, NOW).await.unwrap().is_ok(), "another kind has its own");
    }

    #[tokio::test]
    async fn full_buckets_make_room() {
        let limiter = LocalRateLimiter::new(10);
        for n in 0..10 {
            assert!(limiter.take(&format!("a:{n}"), RATE, NOW).await.unwrap().is_ok());
        }
        let later = NOW + Duration::seconds(5);
        for n in 10..20 {
            assert!(limiter.take(&format!("a:{n}"), RATE, later).await.unwrap().is_ok());
        }
        assert_eq!(limiter.buckets.lock().by_key.len(), 10);
    }

    #[tokio::test]
    async fn odd_rates_do_not_overflow() {
        let limiter = LocalRateLimiter::default();
        for per_second in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 1e-300] {
            for burst in [0, 1, u32::MAX] {
                let key = format!("odd:{per_second}:{burst}");
                for _ in 0..3 {
                    let outcome = limiter.take(&key, Rate { per_second, burst }, NOW).await.unwrap();
                    assert!(burst == 1 || outcome.is_ok() == (burst > 0), "{key}");
                }
            }
        }
    }
}
