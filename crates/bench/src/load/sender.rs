//! Who sends, and when.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::dialect::Dialect;
use super::mark::Mark;
use super::meter::Run;
use super::socket::Writer;

/// One who sends.
pub(super) struct Sender {
    /// The place among the run's senders.
    pub number: u32,
    pub room: String,
    pub writer: Arc<Writer>,
    pub dialect: Dialect,
    pub chars: usize,
}

impl Sender {
    /// As fast as messages reach everybody.
    pub(super) async fn closed(self, run: Arc<Run>, stop: CancellationToken) {
        let Some(flight) = run.flights.get(self.number as usize) else { return };
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = flight.place() => {}
            }
            if !self.send(&run, run.now()).await {
                return;
            }
        }
    }

    /// At a steady rate, whatever has arrived. Times count from when a message was to be sent, so that a server that
    /// holds up the sender does not look fast.
    pub(super) async fn paced(self, run: Arc<Run>, rate: f64, stop: CancellationToken) {
        let interval = Duration::from_secs_f64(1.0 / rate.max(0.001)).as_nanos();
        let interval = u64::try_from(interval).unwrap_or(u64::MAX);
        // Spread over the first interval, so that senders do not beat in time.
        let spread = u64::from(self.number).wrapping_mul(0x9e37_79b9_7f4a_7c15) % interval.max(1);
        let mut at = run.now() + spread;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(run.moment(at).into()) => {}
            }
            if !self.send(&run, at).await {
                return;
            }
            at += interval;
        }
    }

    /// One message; false when the connection is gone.
    pub(super) async fn send(&self, run: &Run, at: u64) -> bool {
        let Some(flight) = run.flights.get(self.number as usize) else { return false };
        let mark = Mark { run: run.id, sender: self.number, number: flight.next(), at };
        let frame = self.dialect.chat(&self.room, mark.text(self.chars));
        self.writer.send(frame.as_bytes()).await.is_ok()
    }
}
