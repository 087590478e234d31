//! Counting here while nobody answers who counts for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use hallway_domain::Timestamp;
use hallway_domain::ports::{LimitError, Limited, Rate, RateLimiter};

use crate::LocalRateLimiter;

/// Asks the limiter that all nodes share, and this process's own while that one does not answer. People can go on
/// signing in, and nobody can try passwords without end: each node then counts for itself, so what is let through is at
/// most the rate times the number of nodes.
///
/// `hallway_limits_alone_total` counts what was decided here alone.
pub struct FallbackLimiter {
    shared: Arc<dyn RateLimiter>,
    own: LocalRateLimiter,
    alone: AtomicBool,
}

impl FallbackLimiter {
    pub fn new(shared: Arc<dyn RateLimiter>, own: LocalRateLimiter) -> Self {
        Self { shared, own, alone: AtomicBool::new(false) }
    }
}

#[async_trait]
impl RateLimiter for FallbackLimiter {
    async fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<Result<(), Limited>, LimitError> {
        match self.shared.take(key, rate, now).await {
            Ok(outcome) => {
                if self.alone.swap(false, Ordering::Relaxed) {
                    tracing::info!("rates are counted with the other nodes again");
                }
                Ok(outcome)
            }
            Err(error) => {
                if !self.alone.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "rates are counted by each node for itself");
                }
                metrics::counter!("hallway_limits_alone_total").increment(1);
                self.own.take(key, rate, now).await
            }
        }
    }

    async fn forget(&self, key: &str) -> Result<(), LimitError> {
        self.own.forget(key).await?;
        // While it does not answer, what it counted stands: forgetting is a kindness, not a promise.
        if let Err(error) = self.shared.forget(key).await {
            tracing::debug!(%error, "a bucket could not be emptied");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = time::macros::datetime!(2026-01-01 00:00 UTC);
    const RATE: Rate = Rate { per_second: 0.01, burst: 3 };

    /// Answers, or not.
    #[derive(Default)]
    struct Far {
        inner: LocalRateLimiter,
        away: AtomicBool,
    }

    #[async_trait]
    impl RateLimiter for Far {
        async fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<Result<(), Limited>, LimitError> {
            if self.away.load(Ordering::Relaxed) {
                return Err(LimitError("away".to_owned()));
            }
            self.inner.take(key, rate, now).await
        }

        async fn forget(&self, key: &str) -> Result<(), LimitError> {
            self.inner.forget(key).await
        }
    }

    async fn let_in(limiter: &FallbackLimiter) -> usize {
        let mut let_in = 0;
        for _ in 0..10 {
            let_in += usize::from(limiter.take("login:ann", RATE, NOW).await.expect("somebody answers").is_ok());
        }
        let_in
    }

    #[tokio::test]
    async fn an_outage_neither_shuts_people_out_nor_lets_everything_through() {
        let far = Arc::new(Far::default());
        let limiter = FallbackLimiter::new(Arc::<Far>::clone(&far), LocalRateLimiter::default());
        assert_eq!(let_in(&limiter).await, 3, "as the shared one says");
        far.away.store(true, Ordering::Relaxed);
        assert_eq!(let_in(&limiter).await, 3, "the own one begins with a full bucket, and ends there");
        assert_eq!(let_in(&limiter).await, 0);
        far.away.store(false, Ordering::Relaxed);
        assert_eq!(let_in(&limiter).await, 0, "what the shared one has counted still counts");
    }
}
