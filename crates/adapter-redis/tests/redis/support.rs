//! Nodes, and what they heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hallway_adapter_redis::{RedisNode, RedisOptions};
use hallway_domain::ports::{BusItem, BusSink};
use hallway_domain::{
    ConnectionId, Epoch, Event, Fact, MessageId, NodeId, Revocation, RoomId, Seq, Timestamp, UserId, UserRef, Username,
};
use hallway_test_support::services::redis::{self, OwnServer};
use parking_lot::Mutex;
use uuid::Uuid;

/// Longer than anything that works takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Of another node on the shared server, with a prefix of its own.
pub(crate) fn options() -> RedisOptions {
    options_at(redis::url())
}

#[expect(clippy::disallowed_methods, reason = "names of nodes, not behaviour under test")]
pub(crate) fn options_at(url: &str) -> RedisOptions {
    let options = RedisOptions::new(url.to_owned().into(), NodeId(Uuid::new_v4()), Duration::from_mins(1));
    RedisOptions { prefix: redis::prefix(), ..options }
}

/// Another node with the same prefix.
#[expect(clippy::disallowed_methods, reason = "names of nodes, not behaviour under test")]
pub(crate) fn sibling(options: &RedisOptions) -> RedisOptions {
    RedisOptions { node: NodeId(Uuid::new_v4()), ..options.clone() }
}

pub(crate) async fn shared(options: &RedisOptions) -> RedisNode {
    RedisNode::connect(options).await.expect("Redis answers")
}

/// A server of the test's own.
pub(crate) fn own() -> OwnServer {
    OwnServer::start().expect("a server of the test's own")
}

pub(crate) fn user(name: &str) -> UserRef {
    let id = name.bytes().fold(0, |id, byte| id * 256 + i64::from(byte));
    UserRef { id: UserId(id), username: Username::from_stored(name.to_owned()) }
}

pub(crate) fn socket(n: u128) -> ConnectionId {
    ConnectionId(Uuid::from_u128(n))
}

pub(crate) fn event(room: i64, seq: i64) -> BusItem {
    let fact = Fact::MessageDeleted { message: MessageId(seq), author: None };
    BusItem::Event(Event { room: RoomId(room), epoch: Epoch(7), seq: Seq(seq), at: Timestamp::UNIX_EPOCH, fact })
}

pub(crate) fn granted(room: i64) -> BusItem {
    BusItem::Revocation(Revocation::Granted { room: RoomId(room), user: UserId(1) })
}

/// A sink that keeps what it gets.
#[derive(Default)]
pub(crate) struct Ear {
    items: Mutex<Vec<BusItem>>,
    interruptions: AtomicUsize,
}

impl BusSink for Ear {
    fn deliver(&self, items: Vec<BusItem>) {
        self.items.lock().extend(items);
    }

    fn interrupted(&self) {
        self.interruptions.fetch_add(1, Ordering::SeqCst);
    }
}

impl Ear {
    pub(crate) fn items(&self) -> Vec<BusItem> {
        self.items.lock().clone()
    }

    pub(crate) fn count(&self, item: &BusItem) -> usize {
        self.items.lock().iter().filter(|other| *other == item).count()
    }

    pub(crate) fn interruptions(&self) -> usize {
        self.interruptions.load(Ordering::SeqCst)
    }

    pub(crate) async fn hears(&self, item: &BusItem) {
        until(&format!("{item:?} arrives"), async || self.count(item) > 0).await;
    }

    pub(crate) async fn is_interrupted_after(&self, before: usize) {
        until("the sink is interrupted", async || self.interruptions() > before).await;
    }
}

/// Waits until it is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "not in {PATIENCE:?}: {what}");
}

/// A node whose bus is heard.
pub(crate) async fn listening(options: &RedisOptions) -> (RedisNode, Arc<Ear>) {
    let node = shared(options).await;
    let ear = Arc::new(Ear::default());
    node.bus().attach(Arc::clone(&ear) as _);
    (node, ear)
}
