//! How well a connection behaves. Rates of use cases are the application's; this is about what costs without any.

use tokio::time::Instant;

/// A bucket that refills by itself.
#[derive(Debug)]
struct Bucket {
    level: f64,
    burst: f64,
    per_second: f64,
    seen: Instant,
}

impl Bucket {
    fn new(burst: f64, per_second: f64, now: Instant) -> Self {
        Self { level: burst, burst, per_second, seen: now }
    }

    /// False when it is empty.
    fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        self.level = self.per_second.mul_add(passed, self.level).min(self.burst);
        self.seen = now;
        let enough = self.level >= 1.0;
        if enough {
            self.level -= 1.0;
        }
        enough
    }
}

/// Counts frames of any sort, and those that had to be refused.
#[derive(Debug)]
pub(super) struct Manners {
    frames: Option<Bucket>,
    refusals: Bucket,
}

impl Manners {
    /// Frames at once and per second: enough for an outbox that was filled offline, and for every chatty client.
    const FRAMES: (f64, f64) = (1000.0, 200.0);
    /// Frames that could not be read, or came too often, before the connection is closed.
    const REFUSALS: (f64, f64) = (100.0, 1.0);

    pub(super) fn new(rates: bool) -> Self {
        let now = Instant::now();
        Self {
            frames: rates.then(|| Bucket::new(Self::FRAMES.0, Self::FRAMES.1, now)),
            refusals: Bucket::new(Self::REFUSALS.0, Self::REFUSALS.1, now),
        }
    }

    /// Counts a frame; false when that is too many.
    pub(super) fn frame(&mut self) -> bool {
        self.frames.as_mut().is_none_or(|bucket| bucket.take(Instant::now()))
    }

    /// Counts a frame that was refused; false when that is too many.
    pub(super) fn refused(&mut self) -> bool {
        self.refusals.take(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let start = Instant::now();
        let mut bucket = Bucket::new(3.0, 2.0, start);
        let taken = (0..5).filter(|_| bucket.take(start)).count();
        assert_eq!(taken, 3);
        assert!(bucket.take(start + Duration::from_millis(500)));
        assert!(!bucket.take(start + Duration::from_millis(500)));
        let later = start + Duration::from_mins(1);
        assert_eq!((0..9).filter(|_| bucket.take(later)).count(), 3, "never more than the burst");
    }

    #[test]
    fn frames_are_counted_only_with_rates_and_refusals_always() {
        let mut free = Manners::new(false);
        assert!((0..5000).all(|_| free.frame()));
        assert!(!(0..200).all(|_| free.refused()));
        let mut bound = Manners::new(true);
        assert!(!(0..5000).all(|_| bound.frame()));
    }
}
