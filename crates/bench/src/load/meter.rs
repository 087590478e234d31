//! What a run counts while it measures.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;
use tokio::sync::Semaphore;

/// Longest time that is told apart: two minutes, in microseconds.
const LONGEST: u64 = 120_000_000;

/// Times in microseconds.
pub(super) struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST, 3).expect("these bounds are valid"))
    }
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    pub count: u64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

impl Times {
    pub(super) fn add(&mut self, nanoseconds: u64) {
        self.0.saturating_record((nanoseconds / 1000).max(1));
    }

    #[expect(clippy::cast_precision_loss, reason = "at most two minutes")]
    pub(super) fn quantiles(&self) -> Quantiles {
        let at = |quantile| self.0.value_at_quantile(quantile) as f64 / 1000.0;
        Quantiles {
            count: self.0.len(),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max() as f64 / 1000.0,
        }
    }
}

/// One delivery, as a receiver notes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery {
    pub sender: u32,
    pub number: u64,
    /// From when it was to be sent until it was read; none for what was sent again after a reconnection.
    pub took: Option<u64>,
}

/// Messages of a sender that have not reached everybody.
pub(super) struct Flight {
    /// The room of this place in the list of rooms.
    pub room: usize,
    /// How many receive each.
    need: u32,
    sent: AtomicU64,
    /// The number of the first that is under way, and how many have each.
    way: parking_lot::Mutex<(u64, VecDeque<u32>)>,
    /// Free places of a closed loop.
    free: Semaphore,
}

impl Flight {
    pub(super) fn new(room: usize, need: u32, places: usize) -> Self {
        let way = parking_lot::Mutex::default();
        Self { room, need, sent: AtomicU64::new(0), way, free: Semaphore::new(places) }
    }

    /// Waits for a free place of the closed loop.
    pub(super) async fn place(&self) {
        // Never closed.
        if let Ok(permit) = self.free.acquire().await {
            permit.forget();
        }
    }

    /// The next number.
    pub(super) fn next(&self) -> u64 {
        self.sent.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Somebody got it. True for the last one.
    fn arrived(&self, number: u64) -> bool {
        let mut way = self.way.lock();
        let (base, counts) = &mut *way;
        let Some(place) = number.checked_sub(*base).and_then(|place| usize::try_from(place).ok()) else { return false };
        if counts.len() <= place {
            counts.resize(place + 1, 0);
        }
        counts[place] += 1;
        let whole = counts[place] == self.need;
        while counts.front().is_some_and(|count| *count >= self.need) {
            counts.pop_front();
            *base += 1;
        }
        drop(way);
        if whole {
            self.free.add_permits(1);
        }
        whole
    }
}

#[derive(Default)]
struct Counted {
    deliveries: u64,
    /// Messages that reached everybody.
    messages: u64,
    /// Until each receiver had it.
    each: Times,
    /// Until the last receiver had it.
    last: Times,
}

/// What a stretch of a run came to.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Tally {
    pub deliveries: u64,
    pub messages: u64,
    pub each: Quantiles,
    pub last: Quantiles,
}

/// Shared by everything of a run.
pub(super) struct Run {
    /// Tells its messages from others'.
    pub id: u32,
    begin: Instant,
    pub flights: Arc<Vec<Flight>>,
    measuring: AtomicBool,
    counted: parking_lot::Mutex<Counted>,
    pub frames: AtomicU64,
    pub bytes: AtomicU64,
    /// Errors that the server told of.
    pub refused: AtomicU64,
    /// Connections that ended before they were meant to.
    pub cut: AtomicU64,
    /// Whether who is present is counted: it costs.
    pub counts_presence: bool,
    /// Whether pages of history are looked into: it costs.
    pub reads_pages: bool,
}

impl Run {
    pub(super) fn new(id: u32, flights: Vec<Flight>, counts_presence: bool) -> Self {
        Self {
            id,
            begin: Instant::now(),
            flights: Arc::new(flights),
            measuring: AtomicBool::new(false),
            counted: parking_lot::Mutex::default(),
            frames: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            cut: AtomicU64::new(0),
            counts_presence,
            reads_pages: false,
        }
    }

    /// The same senders and clock, with counts of its own: for a crowd that is not to be counted with the rest.
    #[must_use]
    pub(super) fn beside(&self) -> Self {
        Self { begin: self.begin, flights: Arc::clone(&self.flights), ..Self::new(self.id, Vec::new(), false) }
    }

    #[must_use]
    pub(crate) fn reading_pages(mut self) -> Self {
        self.reads_pages = true;
        self
    }

    /// Nanoseconds of the run's clock.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// The moment that the run's clock calls so.
    pub(super) fn moment(&self, at: u64) -> Instant {
        self.begin + Duration::from_nanos(at)
    }

    /// Notes what one read brought.
    pub(super) fn note(&self, deliveries: &[Delivery]) {
        let measuring = self.measuring.load(Ordering::Relaxed);
        let mut counted = measuring.then(|| self.counted.lock());
        for delivery in deliveries {
            let Some(flight) = self.flights.get(delivery.sender as usize) else { continue };
            let whole = flight.arrived(delivery.number);
            if let Some(counted) = &mut counted {
                counted.deliveries += 1;
                counted.messages += u64::from(whole);
                let Some(took) = delivery.took else { continue };
                counted.each.add(took);
                if whole {
                    counted.last.add(took);
                }
            }
        }
    }

    /// Begins to count, from nothing.
    pub(super) fn measure(&self) {
        *self.counted.lock() = Counted::default();
        self.measuring.store(true, Ordering::Relaxed);
    }

    /// Stops counting.
    pub(super) fn rest(&self) -> Tally {
        self.measuring.store(false, Ordering::Relaxed);
        self.tally()
    }

    pub(super) fn tally(&self) -> Tally {
        let counted = self.counted.lock();
        let Counted { deliveries, messages, each, last } = &*counted;
        Tally { deliveries: *deliveries, messages: *messages, each: each.quantiles(), last: last.quantiles() }
    }

    /// What was sent to a room: each sender and how many.
    pub(super) fn sent_to(&self, room: usize) -> Vec<(u32, u64)> {
        let senders = (0..).zip(self.flights.iter()).filter(|(_, flight)| flight.room == room);
        senders.map(|(sender, flight)| (sender, flight.sent())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_whole_with_its_last_receiver_whatever_the_order() {
        let flight = Flight::new(0, 2, 1);
        assert!(!flight.arrived(1) && !flight.arrived(0));
        assert!(flight.arrived(1), "before the one before it");
        assert!(flight.arrived(0));
        assert!(!flight.arrived(0), "a repeat is no second receiver");
        assert_eq!(flight.free.available_permits(), 3);
    }

    #[test]
    fn only_what_is_measured_counts() {
        let run = Run::new(1, vec![Flight::new(0, 1, 1)], false);
        let delivery = |number| Delivery { sender: 0, number, took: Some(5_000_000) };
        run.note(&[delivery(0)]);
        run.measure();
        run.note(&[delivery(1), delivery(2)]);
        let tally = run.rest();
        run.note(&[delivery(3)]);
        assert_eq!((tally.deliveries, tally.messages, tally.each.count), (2, 2, 2));
        assert!((tally.each.p50 - 5.0).abs() < 0.1, "{:?}", tally.each);
        assert_eq!(run.tally().deliveries, 2);
    }
}
