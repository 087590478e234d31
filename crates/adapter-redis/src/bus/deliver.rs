//! The way to the sink.

use std::sync::Arc;
use std::time::Duration;

use hallway_domain::ports::{BusItem, BusSink};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::meter;

/// So many times the node published to itself and did not hear it: the subscribing connection is deaf.
const DEAF: u32 = 3;

/// Locked while the sink takes a batch: that is what keeps the order.
#[derive(Default)]
pub(super) struct Delivery {
    sink: Mutex<Option<Arc<dyn BusSink>>>,
    ear: Mutex<Ear>,
}

struct Ear {
    /// Anything at all yet.
    ever: bool,
    heard: Instant,
    unheard: u32,
}

impl Default for Ear {
    fn default() -> Self {
        Self { ever: false, heard: Instant::now(), unheard: 0 }
    }
}

impl Delivery {
    pub(super) fn attach(&self, sink: Arc<dyn BusSink>) {
        *self.sink.lock() = Some(sink);
    }

    pub(super) fn deliver(&self, items: Vec<BusItem>) {
        if items.is_empty() {
            return;
        }
        if let Some(sink) = &*self.sink.lock() {
            sink.deliver(items);
        }
    }

    pub(super) fn interrupted(&self) {
        meter::interrupted();
        if let Some(sink) = &*self.sink.lock() {
            sink.interrupted();
        }
    }

    /// This node heard itself.
    pub(super) fn heard(&self) {
        *self.ear.lock() = Ear { ever: true, ..Ear::default() };
    }

    pub(super) fn has_heard(&self) -> bool {
        self.ear.lock().ever
    }

    /// This node published to itself; true when it has not heard itself for too long.
    pub(super) fn probed(&self) -> bool {
        let mut ear = self.ear.lock();
        ear.unheard += 1;
        ear.unheard > DEAF
    }

    /// Another connection gets as much time.
    pub(super) fn start_over(&self) {
        self.ear.lock().unheard = 0;
    }

    pub(super) fn is_live(&self) -> bool {
        self.ear.lock().heard.elapsed() < Duration::from_secs(5)
    }
}
