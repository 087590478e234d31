//! Time that stands still and ids that repeat from run to run.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use hallway_domain::Timestamp;
use hallway_domain::ambient::{Clock, Ids};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A clock that moves when told to. Begins at 12:00 UTC on 1 March 2026.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        let clock = Self(AtomicI64::new(0));
        clock.set(now);
        clock
    }

    pub fn set(&self, now: Timestamp) {
        let micros = now.unix_timestamp_nanos() / 1000;
        self.0.store(i64::try_from(micros).expect("a year that fits"), Ordering::SeqCst);
    }

    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::at(datetime!(2026-03-01 12:00:00 UTC))
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let nanos = i128::from(self.0.load(Ordering::SeqCst)) * 1000;
        OffsetDateTime::from_unix_timestamp_nanos(nanos).expect("it was a timestamp before")
    }
}

/// Counts instead of rolling dice: every value is different, and the same in every run.
#[derive(Debug, Default)]
pub struct FakeIds(AtomicU64);

impl FakeIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Ids for FakeIds {
    fn uuid_v7(&self) -> Uuid {
        let n = self.next();
        let mut tail = [0; 10];
        tail[2..].copy_from_slice(&n.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(1_772_366_400_000 + n, &tail).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        let n = self.next();
        for (at, chunk) in (1_u64..).zip(secret.chunks_mut(8)) {
            // Spreads the count over all bits, so that secrets look different everywhere.
            chunk.copy_from_slice(
                &(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ at.wrapping_mul(0xD6E8_FEB8_6659_FD93)).to_le_bytes(),
            );
        }
        secret
    }
}
