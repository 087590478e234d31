//! A bus of one process that counts, and that can hold back what it gets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use hallway_adapter_local::LocalBus;
use hallway_domain::RoomId;
use hallway_domain::ports::{BusError, BusItem, BusSink, EventBus};
use parking_lot::Mutex;

use super::Counts;

#[derive(Default)]
pub(crate) struct CountingBus {
    inner: LocalBus,
    publishes: AtomicU64,
    items: AtomicU64,
    follows: AtomicU64,
    held: Mutex<Option<Vec<BusItem>>>,
}

impl CountingBus {
    pub(crate) fn attach(&self, sink: Arc<dyn BusSink>) {
        self.inner.attach(sink);
    }

    /// From now on nothing is delivered.
    pub(crate) fn hold(&self) {
        *self.held.lock() = Some(Vec::new());
    }

    /// What was held back; from now on everything is delivered again.
    pub(crate) fn take(&self) -> Vec<BusItem> {
        self.held.lock().take().unwrap_or_default()
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            publishes: self.publishes.load(Ordering::Relaxed),
            items: self.items.load(Ordering::Relaxed),
            follows: self.follows.load(Ordering::Relaxed),
            ..Counts::default()
        }
    }
}

#[async_trait]
impl EventBus for CountingBus {
    async fn publish(&self, items: Vec<BusItem>) -> Result<(), BusError> {
        self.publishes.fetch_add(1, Ordering::Relaxed);
        self.items.fetch_add(items.len() as u64, Ordering::Relaxed);
        if let Some(held) = self.held.lock().as_mut() {
            held.extend(items);
            return Ok(());
        }
        self.inner.publish(items).await
    }

    async fn follow(&self, room: RoomId) -> Result<(), BusError> {
        self.follows.fetch_add(1, Ordering::Relaxed);
        self.inner.follow(room).await
    }

    async fn unfollow(&self, room: RoomId) -> Result<(), BusError> {
        self.inner.unfollow(room).await
    }
}
