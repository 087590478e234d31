//! What every [`EventBus`] must do for one node. What it may lose or repeat is healed by `seq` and not asked for here;
//! a bus that works loses nothing.
//!
//! ```ignore
//! async fn node(sink: Arc<dyn BusSink>) -> Arc<dyn EventBus> { .. }
//! hallway_test_support::bus_contract!(node);
//! ```

/// Makes one test per case. `$node` names an `async fn(Arc<dyn BusSink>) -> Arc<dyn EventBus>` in scope; every call
/// gives a node on a medium of its own.
#[macro_export]
macro_rules! bus_contract {
    ($node:ident) => {
        $crate::contract_cases! { bus, $node;
            gives_back_what_was_published, keeps_the_order_of_publishing, brings_only_followed_rooms,
            brings_revocations_to_everybody, following_twice_is_following_once, follows_again_after_letting_go,
            letting_go_of_what_is_not_followed_is_fine, concurrent_publishers_lose_nothing,
        }
    };
}

use std::sync::Arc;
use std::time::Duration;

use hallway_domain::ports::{BusItem, BusSink, EventBus};
use hallway_domain::{
    Epoch, Event, Fact, Revocation, RoomId, RoomKind, RoomMode, RoomName, Seq, Signal, SignalKind, Timestamp, UserId,
    UserRef, Username,
};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Longer than any bus that works takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A sink that keeps what it gets.
#[derive(Default)]
pub struct Recorder {
    items: Mutex<Vec<BusItem>>,
    arrived: Notify,
}

impl BusSink for Recorder {
    fn deliver(&self, items: Vec<BusItem>) {
        self.items.lock().extend(items);
        self.arrived.notify_one();
    }

    fn interrupted(&self) {}
}

impl Recorder {
    /// Everything so far, as soon as `marker` is among it.
    async fn until(&self, marker: &BusItem) -> Vec<BusItem> {
        let wait = async {
            loop {
                let items = self.items.lock().clone();
                if items.contains(marker) {
                    return items;
                }
                self.arrived.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{marker:?} did not arrive"))
    }
}

fn user(id: i64) -> UserRef {
    UserRef { id: UserId(id), username: Username::from_stored(format!("user{id}")) }
}

fn event(room: i64, seq: i64) -> BusItem {
    let fact = Fact::RoomUpdated {
        name: Some(RoomName::from_stored(format!("room \"{room}\" ☃"))),
        topic: None,
        kind: RoomKind::Public,
        mode: RoomMode::default(),
    };
    BusItem::Event(Event { room: RoomId(room), epoch: Epoch(7), seq: Seq(seq), at: Timestamp::UNIX_EPOCH, fact })
}

fn typing(room: i64, typing: bool) -> BusItem {
    let kind = SignalKind::Typing { user: user(3), typing };
    BusItem::Signal(Signal { room: RoomId(room), at: Timestamp::UNIX_EPOCH, except: None, kind })
}

fn granted(room: i64) -> BusItem {
    BusItem::Revocation(Revocation::Granted { room: RoomId(room), user: UserId(1) })
}

async fn follow(bus: &dyn EventBus, room: i64) {
    bus.follow(RoomId(room)).await.expect("the bus follows");
}

async fn publish(bus: &dyn EventBus, items: Vec<BusItem>) {
    bus.publish(items).await.expect("the bus publishes");
}

pub async fn gives_back_what_was_published(node: impl AsyncFn(Arc<dyn BusSink>) -> Arc<dyn EventBus>) {
    let heard = Arc::new(Recorder::default());
    let bus = node(Arc::clone(&heard) as _).await;
    follow(&*bus, 1).await;
    let items = vec![event(1, 1), typing(1, true), granted(1)];
    publish(&*bus, items.clone()).await;
    // What is said of a room keeps its order; what every node hears may come by another way.
    heard.until(&items[2]).await;
    let of_the_room = heard.until(&items[1]).await.into_iter().filter(|item| *item != items[2]);
    assert_eq!(of_the_room.collect::<Vec<_>>(), items[..2]);
}

pub async fn keeps_the_order_of_publishing(node: impl AsyncFn(Arc<dyn BusSink>) -> Arc<dyn EventBus>) {
    let heard = Arc::new(Recorder::default());
    let bus = node(Arc::clone(&heard) as _).await;
    follow(&*bus, 1).await;
    follow(&*bus, 2).await;
    let mut published = Vec::new();
    for seq in 1..=200 {
        let batch = vec![event(1, seq), event(2, seq), typing(1, seq % 2 == 0)];
        published.extend(batch.clone());
        publish(&*bus, batch).await;
    }
    let marker = event(2, 201);
    publish(&*bus, vec![marker.clone()]).await;
    let items = heard.until(&marker).await;
    for room in [RoomId(1), RoomId(2)] {
        let of_room =
            |items: &[BusItem]| items.iter().filter(|it| it.room() == Some(room)).cloned().collect::<Vec<_>>();
        let heard = of_room(&items);
        let published = of_room(&published);
        assert_eq!(heard[..published.len()], published[..], "room {room}");
    }
}

pub async fn brings_only_followed_rooms(node: impl AsyncFn(Arc<dyn BusSink>) -> Arc<dyn EventBus>) {
    let heard = Arc::new(Recorder::default());
    let bus = node(Arc::clone(&heard) as _).await;
    follow(&*bus, 1).await;
    publish(&*bus, vec![event(2, 1), typing(2, true), event(1, 1)]).await;
    assert_eq!(heard.until(&event(1, 1)).await, [event(1, 1)]);
}

pub async fn brings_revocations_to_everybody(node: impl AsyncFn(Arc<dyn BusSink>) -> Arc<dyn EventBus>) {
    let heard = Arc::new(Recorder::default());
    let bus = node(Arc::clone(&heard) as _).await;
    publish(&*bus, vec![granted(9)]).await;
    assert_eq!(heard.until(&granted(9)).await, [granted(9)]);
}

pub async fn following_twice_is_following_once(node: impl AsyncFn(Arc<dyn BusSink>) -> Arc<dyn EventBus>) {
    let heard = Arc::new(Recorder::default());
    let bus = node(Arc::clone(&heard) as _).await;
    follow(&*bus, 1).await;
    follow(&*bus, 1).await;
    publish(&*bus, vec![event(1, 1)]).await;
    publish(&*bus, vec![event(1, 2)]).await;
    assert_eq!(heard.until(&event(1, 2)).await, [event(1, 1), event(1, 2)]);
    bus.unfollow(RoomId(1)).await.expect("the bus lets go");
    publish(&*bus, vec![event(1, 3), granted(1)]).await;
    assert_eq!(heard.until(&granted(1)).await, [event(1, 1), event(1, 2), granted(1)]);
}

pub async fn follows_again_after_letting_go(node: impl AsyncFn(Arc<dyn BusSink>) -> Arc<dyn EventBus>) {
    let heard = Arc::new(Recorder::default());
    let bus = node(Arc::clone(&heard) as _).await;
    for round in 0..5 {
        follow(&*bus, 1).await;
        publish(&*bus, vec![event(1, 2 * round + 1)]).await;
        heard.until(&event(1, 2 * round + 1)).await;
        bus.unfollow(RoomId(1)).await.expect("the bus lets go");
        publish(&*bus, vec![event(1, 2 * round + 2), granted(round)]).await;
        let items = heard.until(&granted(round)).await;
        assert!(!items.contains(&event(1, 2 * round + 2)), "round {round}");
    }
}

pub async fn letting_go_of_what_is_not_followed_is_fine(node: impl AsyncFn(Arc<dyn BusSink>) -> Arc<dyn EventBus>) {
    let heard = Arc::new(Recorder::default());
    let bus = node(Arc::clone(&heard) as _).await;
    follow(&*bus, 1).await;
    bus.unfollow(RoomId(2)).await.expect("the bus has nothing to let go");
    publish(&*bus, vec![event(1, 1)]).await;
    heard.until(&event(1, 1)).await;
}

pub async fn concurrent_publishers_lose_nothing(node: impl AsyncFn(Arc<dyn BusSink>) -> Arc<dyn EventBus>) {
    const PUBLISHERS: i64 = 8;
    const EACH: i64 = 50;
    let heard = Arc::new(Recorder::default());
    let bus = node(Arc::clone(&heard) as _).await;
    let mut publishers = tokio::task::JoinSet::new();
    for room in 0..PUBLISHERS {
        let bus = Arc::clone(&bus);
        publishers.spawn(async move {
            follow(&*bus, room).await;
            for seq in 1..=EACH {
                publish(&*bus, vec![event(room, seq)]).await;
            }
        });
    }
    while let Some(ended) = publishers.join_next().await {
        ended.expect("no publisher panics");
    }
    for room in 0..PUBLISHERS {
        let items = heard.until(&event(room, EACH)).await;
        let own: Vec<_> = items.into_iter().filter(|item| item.room() == Some(RoomId(room))).collect();
        assert_eq!(own, (1..=EACH).map(|seq| event(room, seq)).collect::<Vec<_>>(), "room {room}");
    }
}
