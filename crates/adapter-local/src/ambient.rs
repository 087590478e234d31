//! The real clock and the real randomness. Everything else gets them through these ports.

use hallway_domain::Timestamp;
use hallway_domain::ambient::{Clock, Ids};
use rand::TryRng;
use rand::rngs::SysRng;
use uuid::Uuid;

/// The system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the adapter of the clock port")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now_utc();
        now.replace_nanosecond(now.microsecond() * 1000).unwrap_or(now)
    }
}

/// UUIDv7 by the system's clock, secrets from the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the adapter of the id port")]
    fn uuid_v7(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// # Panics
    /// When the operating system has no randomness to give: going on would mean guessable secrets.
    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        SysRng.try_fill_bytes(&mut secret).expect("the operating system gives randomness");
        secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_in_whole_microseconds_and_goes_on() {
        let (first, second) = (SystemClock.now(), SystemClock.now());
        assert_eq!(first.nanosecond() % 1000, 0);
        assert_eq!(first.offset(), time::UtcOffset::UTC);
        assert!(first <= second && first.year() >= 2026);
    }

    #[test]
    fn ids_sort_by_time_and_secrets_differ() {
        let ids: Vec<Uuid> = (0..100).map(|_| SystemIds.uuid_v7()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_ne!(SystemIds.secret(), SystemIds.secret());
        assert!((1..1 << 53).contains(&SystemIds.epoch().0));
    }
}
