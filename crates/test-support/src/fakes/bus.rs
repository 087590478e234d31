//! A bus that remembers what was published.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{BusError, BusItem, BusSink, EventBus};
use hallway_domain::{Event, Revocation, RoomId, Signal};
use parking_lot::Mutex;

/// Keeps everything that is published, in order, and hands it on to a sink if it was given one.
#[derive(Default)]
pub struct FakeBus {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    items: Vec<BusItem>,
    batches: usize,
    followed: BTreeSet<RoomId>,
    down: bool,
    sink: Option<Arc<dyn BusSink>>,
}

impl FakeBus {
    /// Where items go besides being kept. Following decides, as on a real bus.
    pub fn set_sink(&self, sink: Arc<dyn BusSink>) {
        self.inner.lock().sink = Some(sink);
    }

    /// From now on nothing gets through, or everything again.
    pub fn set_down(&self, down: bool) {
        self.inner.lock().down = down;
    }

    /// All that was published and not taken, oldest first.
    pub fn items(&self) -> Vec<BusItem> {
        self.inner.lock().items.clone()
    }

    /// As [`FakeBus::items`], and forgets them.
    pub fn take(&self) -> Vec<BusItem> {
        std::mem::take(&mut self.inner.lock().items)
    }

    /// How often something was published.
    pub fn batches(&self) -> usize {
        self.inner.lock().batches
    }

    pub fn events(&self) -> Vec<Event> {
        let only = |item| if let BusItem::Event(event) = item { Some(event) } else { None };
        self.items().into_iter().filter_map(only).collect()
    }

    pub fn signals(&self) -> Vec<Signal> {
        let only = |item| if let BusItem::Signal(signal) = item { Some(signal) } else { None };
        self.items().into_iter().filter_map(only).collect()
    }

    pub fn revocations(&self) -> Vec<Revocation> {
        let only = |item| if let BusItem::Revocation(revocation) = item { Some(revocation) } else { None };
        self.items().into_iter().filter_map(only).collect()
    }
}

#[async_trait]
impl EventBus for FakeBus {
    async fn publish(&self, items: Vec<BusItem>) -> Result<(), BusError> {
        let (sink, heard) = {
            let mut inner = self.inner.lock();
            if inner.down {
                return Err(BusError("told to be down".to_owned()));
            }
            inner.batches += 1;
            inner.items.extend(items.iter().cloned());
            let followed = |item: &BusItem| item.room().is_none_or(|room| inner.followed.contains(&room));
            (inner.sink.clone(), items.into_iter().filter(followed).collect::<Vec<_>>())
        };
        if let Some(sink) = sink.filter(|_| !heard.is_empty()) {
            sink.deliver(heard);
        }
        Ok(())
    }

    async fn follow(&self, room: RoomId) -> Result<(), BusError> {
        self.inner.lock().followed.insert(room);
        Ok(())
    }

    async fn unfollow(&self, room: RoomId) -> Result<(), BusError> {
        self.inner.lock().followed.remove(&room);
        Ok(())
    }

    async fn health(&self) -> Result<(), BusError> {
        if self.inner.lock().down { Err(BusError("told to be down".to_owned())) } else { Ok(()) }
    }
}
