//! The bus of one process.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::RoomId;
use hallway_domain::ports::{BusError, BusItem, BusSink, EventBus};
use parking_lot::Mutex;

/// Hands what is published to one sink: items of followed rooms, and every revocation. Publishing ends when the sink
/// has taken the items, so whoever was told of a commit knows that this node's mailboxes have it too.
///
/// Hub and bus know each other, so the sink is attached after both were made. What is published before that goes to
/// nobody, as nobody is connected.
#[derive(Default)]
pub struct LocalBus {
    line: Mutex<Line>,
}

/// Locked while the sink takes a batch: that is what keeps the order.
#[derive(Default)]
struct Line {
    sink: Option<Arc<dyn BusSink>>,
    followed: HashSet<RoomId>,
}

impl LocalBus {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// From now on this sink gets the items, and no other.
    pub fn attach(&self, sink: Arc<dyn BusSink>) {
        self.line.lock().sink = Some(sink);
    }
}

#[async_trait]
impl EventBus for LocalBus {
    async fn publish(&self, mut items: Vec<BusItem>) -> Result<(), BusError> {
        let line = self.line.lock();
        items.retain(|item| item.room().is_none_or(|room| line.followed.contains(&room)));
        if let Some(sink) = &line.sink
            && !items.is_empty()
        {
            sink.deliver(items);
        }
        Ok(())
    }

    async fn follow(&self, room: RoomId) -> Result<(), BusError> {
        self.line.lock().followed.insert(room);
        Ok(())
    }

    async fn unfollow(&self, room: RoomId) -> Result<(), BusError> {
        self.line.lock().followed.remove(&room);
        Ok(())
    }
}
