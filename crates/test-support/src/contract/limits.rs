//! What every [`RateLimiter`] must do.
//!
//! ```ignore
//! async fn fresh() -> Arc<dyn RateLimiter> { .. }
//! hallway_test_support::limits_contract!(fresh);
//! ```

/// Makes one test per case. `$fresh` names an `async fn() -> Arc<dyn RateLimiter>` in scope; every call gives one
/// that knows no key.
#[macro_export]
macro_rules! limits_contract {
    ($fresh:ident) => {
        $crate::contract_cases! { limits, $fresh;
            allows_the_burst_and_no_more, refills_with_time, never_holds_more_than_the_burst, keys_are_apart,
            says_when_to_come_back, asking_too_early_costs_nothing, a_clock_that_goes_back_gives_nothing_away,
            of_many_at_once_the_burst_gets_in, a_forgotten_bucket_is_full_again,
        }
    };
}

use std::sync::Arc;

use hallway_domain::Timestamp;
use hallway_domain::ports::{Limited, Rate, RateLimiter};
use time::Duration;

const NOW: Timestamp = time::macros::datetime!(2026-03-01 12:00 UTC);
/// One per half second, four at once.
const RATE: Rate = Rate { per_second: 2.0, burst: 4 };

async fn take(limiter: &dyn RateLimiter, key: &str, now: Timestamp) -> Result<(), Limited> {
    limiter.take(key, RATE, now).await.expect("the limiter answers")
}

/// How many of `tries` get in.
async fn allowed(limiter: &dyn RateLimiter, key: &str, now: Timestamp, tries: usize) -> usize {
    let mut allowed = 0;
    for _ in 0..tries {
        allowed += usize::from(take(limiter, key, now).await.is_ok());
    }
    allowed
}

pub async fn allows_the_burst_and_no_more(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    assert_eq!(allowed(&*limiter, "a:1", NOW, 10).await, 4);
}

pub async fn refills_with_time(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    assert_eq!(allowed(&*limiter, "a:1", NOW, 10).await, 4);
    assert_eq!(allowed(&*limiter, "a:1", NOW + Duration::milliseconds(490), 10).await, 0);
    assert_eq!(allowed(&*limiter, "a:1", NOW + Duration::milliseconds(510), 10).await, 1);
    assert_eq!(allowed(&*limiter, "a:1", NOW + Duration::milliseconds(1510), 10).await, 2);
}

pub async fn never_holds_more_than_the_burst(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    assert_eq!(allowed(&*limiter, "a:1", NOW, 1).await, 1);
    assert_eq!(allowed(&*limiter, "a:1", NOW + Duration::hours(3), 10).await, 4);
}

pub async fn keys_are_apart(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    assert_eq!(allowed(&*limiter, "a:1", NOW, 10).await, 4);
    for key in ["a:11", "a:2", "b:1", "a", "a:1 ", "a:1:x"] {
        assert_eq!(allowed(&*limiter, key, NOW, 10).await, 4, "{key:?}");
    }
}

pub async fn says_when_to_come_back(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    allowed(&*limiter, "a:1", NOW, 4).await;
    let Limited { retry_after } = take(&*limiter, "a:1", NOW).await.expect_err("the burst is used up");
    assert!((Duration::milliseconds(490)..=Duration::milliseconds(510)).contains(&retry_after), "{retry_after}");
    // A limiter may count in whole milliseconds.
    let then = NOW + retry_after + Duration::milliseconds(1);
    assert_eq!(take(&*limiter, "a:1", then).await, Ok(()));
}

pub async fn asking_too_early_costs_nothing(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    assert_eq!(allowed(&*limiter, "a:1", NOW, 100).await, 4);
    assert_eq!(allowed(&*limiter, "a:1", NOW + Duration::milliseconds(510), 1).await, 1);
}

pub async fn a_clock_that_goes_back_gives_nothing_away(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    assert_eq!(allowed(&*limiter, "a:1", NOW, 10).await, 4);
    assert_eq!(allowed(&*limiter, "a:1", NOW - Duration::seconds(30), 10).await, 0);
    assert_eq!(allowed(&*limiter, "a:1", NOW, 10).await, 0);
}

pub async fn of_many_at_once_the_burst_gets_in(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    let mut takes = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let limiter = Arc::clone(&limiter);
        takes.spawn(async move { take(&*limiter, "a:1", NOW).await.is_ok() });
    }
    let allowed = takes.join_all().await.into_iter().filter(|allowed| *allowed).count();
    assert_eq!(allowed, 4);
}

pub async fn a_forgotten_bucket_is_full_again(fresh: impl AsyncFn() -> Arc<dyn RateLimiter>) {
    let limiter = fresh().await;
    assert_eq!(allowed(&*limiter, "a:1", NOW, 10).await, 4);
    assert_eq!(allowed(&*limiter, "a:2", NOW, 10).await, 4);
    limiter.forget("a:1").await.expect("the limiter answers");
    limiter.forget("a:3").await.expect("forgetting what is not known is fine");
    assert_eq!(allowed(&*limiter, "a:1", NOW, 10).await, 4);
    assert_eq!(allowed(&*limiter, "a:2", NOW, 10).await, 0, "and no other");
}
