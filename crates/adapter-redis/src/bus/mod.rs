//! The bus of many nodes: Redis' publish and subscribe.
//!
//! Nothing here is acknowledged by a receiver, so anything may be lost, and nothing is lost in silence: after every
//! reconnect, every lag and every item of a newer release the sink is told that it was interrupted, and compares what it
//! has with the database. A node also hears itself once a second; a connection that looks fine and brings nothing is made
//! anew.

mod deliver;
mod listen;
mod publish;
mod watch;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use fred::interfaces::{ClientLike as _, EventInterface as _, PubsubInterface as _};
use fred::types::Value;
use hallway_domain::RoomId;
use hallway_domain::ports::{BusError, BusItem, BusSink, EventBus};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::deliver::Delivery;
use crate::link::Link;
use crate::meter;
use crate::names::Names;

/// Hands what is published to every node that follows the rooms, this one included.
///
/// Hub and bus know each other, so the sink is attached after both were made. What arrives before that goes to nobody,
/// as nobody is connected.
pub struct RedisBus {
    shared: Arc<Shared>,
}

/// What the bus and its two tasks work with.
struct Shared {
    node: String,
    names: Names,
    /// Whether channels of rooms are sharded.
    clustered: bool,
    /// One connection, so that what is published first arrives first.
    publisher: Link,
    subscriber: Link,
    delivery: Delivery,
    followed: Mutex<HashSet<RoomId>>,
    /// Held together by those who follow and let go, and alone by whoever subscribes everything again.
    turns: tokio::sync::RwLock<()>,
    /// What is subscribed at the server is not certain.
    doubt: Notify,
    /// The last batch could not be published; told once, not for every batch.
    failing: AtomicBool,
    /// Another node runs a newer release; told once.
    newer: AtomicBool,
    /// Something was passed over that the log may have. Looked for twice a second at most, as a newer release may send
    /// it all the time.
    missed: AtomicBool,
}

/// The connections of a bus.
pub(crate) struct Lines {
    pub(crate) publisher: Link,
    pub(crate) subscriber: Link,
    pub(crate) clustered: bool,
}

impl RedisBus {
    /// Listens for what concerns every node. The tasks run on `tasks` until `stopping` is cancelled.
    pub(crate) async fn start(
        lines: Lines,
        names: Names,
        node: String,
        tasks: &TaskTracker,
        stopping: &CancellationToken,
    ) -> Result<Arc<Self>, String> {
        let Lines { publisher, subscriber, clustered } = lines;
        let shared = Arc::new(Shared {
            node,
            names,
            clustered,
            publisher,
            subscriber,
            delivery: Delivery::default(),
            followed: Mutex::default(),
            turns: tokio::sync::RwLock::default(),
            doubt: Notify::new(),
            failing: AtomicBool::new(false),
            newer: AtomicBool::new(false),
            missed: AtomicBool::new(false),
        });
        let client = shared.subscriber.pool().next();
        let (messages, reconnects) = (client.message_rx(), client.reconnect_rx());
        shared.subscribe_common().await?;
        tasks.spawn(listen::run(Arc::clone(&shared), messages, stopping.clone()));
        shared.hear_oneself().await?;
        tasks.spawn(watch::run(Arc::clone(&shared), reconnects, stopping.clone()));
        Ok(Arc::new(Self { shared }))
    }

    /// From now on this sink gets the items, and no other.
    pub fn attach(&self, sink: Arc<dyn BusSink>) {
        self.shared.delivery.attach(sink);
    }
}

#[async_trait]
impl EventBus for RedisBus {
    /// Bounded to a second. What could not be published is given to this node's own sink and counted: whoever is
    /// connected here misses nothing, and the other nodes look at the database once they hear again. An event may then
    /// come twice and is dropped by its place; a signal may come twice too, and says the same as before; a revocation
    /// takes away what is gone already.
    async fn publish(&self, items: Vec<BusItem>) -> Result<(), BusError> {
        self.shared.publish(items).await;
        Ok(())
    }

    /// While Redis does not answer, the room is subscribed as soon as it does, and the sink told to look at its log.
    async fn follow(&self, room: RoomId) -> Result<(), BusError> {
        let shared = &self.shared;
        let _turn = shared.turns.read().await;
        // First, so that what arrives at once is let through.
        shared.note(room, true);
        if let Err(error) = shared.subscribe_room(room).await {
            tracing::warn!(room.id = room.0, error, "room {room} is followed as soon as Redis answers");
            shared.doubt.notify_one();
        }
        Ok(())
    }

    async fn unfollow(&self, room: RoomId) -> Result<(), BusError> {
        let shared = &self.shared;
        let _turn = shared.turns.read().await;
        shared.note(room, false);
        let channel = shared.names.room_channel(room);
        let clustered = shared.clustered;
        let done = shared.subscriber.ask(async |client| {
            if clustered { client.sunsubscribe(channel).await } else { client.unsubscribe(channel).await }
        });
        done.await.map_err(BusError)
    }

    async fn health(&self) -> Result<(), BusError> {
        let shared = &self.shared;
        shared.publisher.ask(async |client| client.ping::<()>(None).await).await.map_err(BusError)?;
        if shared.delivery.is_live() { Ok(()) } else { Err(BusError("this node does not hear itself".to_owned())) }
    }
}

impl Shared {
    fn note(&self, room: RoomId, follows: bool) {
        let mut followed = self.followed.lock();
        if follows {
            followed.insert(room);
        } else {
            followed.remove(&room);
        }
        meter::followed(followed.len());
    }

    /// What this node takes in: of rooms only those that it follows, as others may still be on their way.
    fn wanted(&self, mut items: Vec<BusItem>) -> Vec<BusItem> {
        let followed = self.followed.lock();
        items.retain(|item| item.room().is_none_or(|room| followed.contains(&room)));
        items
    }

    async fn subscribe_room(&self, room: RoomId) -> Result<(), String> {
        let channel = self.names.room_channel(room);
        if self.clustered {
            return self.subscriber.ask(async |client| client.ssubscribe(channel).await).await;
        }
        self.subscribe(vec![channel]).await
    }

    /// The channel of everybody, and the one on which this node hears itself.
    async fn subscribe_common(&self) -> Result<(), String> {
        self.subscribe(vec![self.names.all_channel(), self.names.probe_channel(&self.node)]).await
    }

    /// The client library takes a plain subscription for done when it is written. The server answers in order, so what it
    /// answers to the ping comes after it has subscribed, or is its refusal.
    async fn subscribe(&self, channels: Vec<String>) -> Result<(), String> {
        let clustered = self.clustered;
        let subscribing = self.subscriber.ask(async |client| {
            client.subscribe(channels).await?;
            // On a cluster it could be another member that answers; there the probe tells.
            if !clustered {
                client.ping::<Value>(None).await?;
            }
            Ok(())
        });
        subscribing.await
    }
}
