//! What is told beside the rooms that a connection has joined.

use hallway_domain::ports::BusItem;
use hallway_domain::{FullName, MessageId, Receipt, RoomId, Seq, Signal, SignalKind, Timestamp};
use hallway_hub::HubSettings;

use crate::support::{NATIVE, PLAIN, ROOM, World, settings, signal, user_ref};

fn everywhere(kind: SignalKind) -> BusItem {
    BusItem::Signal(Signal { room: RoomId::EVERYWHERE, at: Timestamp::UNIX_EPOCH, except: None, kind })
}

fn world() -> World {
    let world = World::new();
    world.log.create(ROOM);
    world.log.set_members(ROOM, &["ann", "bob"]);
    world
}

#[tokio::test]
async fn somebody_new_is_told_to_every_connection_whatever_it_has_joined() {
    let world = world();
    let ann = world.joined("ann", PLAIN).await;
    let bob = world.connect("bob", 2, NATIVE).unwrap();
    assert!(!world.bus.follows(RoomId::EVERYWHERE), "nobody asked yet");
    world.hub.follow_everywhere().await.unwrap();
    world.hub.follow_everywhere().await.unwrap();
    assert!(world.bus.follows(RoomId::EVERYWHERE));
    assert_eq!(world.bus.followed.lock().iter().filter(|room| **room == RoomId::EVERYWHERE).count(), 1);
    ann.read();
    let full_name = Some(FullName::from_stored("Cem".to_owned()));
    world.deliver([everywhere(SignalKind::UserCreated { user: user_ref("cem"), full_name })]);
    assert_eq!((ann.read(), bob.read()), (vec!["created cem".to_owned()], vec!["created cem".to_owned()]));
}

#[tokio::test]
async fn who_is_online_is_told_to_those_who_only_watch_too_and_waits_once() {
    let world = world();
    let ann = world.joined("ann", PLAIN).await;
    let bob = world.connect("bob", 2, NATIVE).unwrap();
    world.hub.watch(bob.id(), ROOM).await.unwrap();
    ann.read();
    bob.read();
    for online in [true, false, true] {
        world.deliver([signal(SignalKind::Online { user: user_ref("cem"), online })]);
    }
    assert_eq!((ann.read(), bob.read()), (vec!["online cem true".to_owned()], vec!["online cem true".to_owned()]));
}

#[tokio::test]
async fn receipts_are_all_told() {
    let world = world();
    let ann = world.joined("ann", PLAIN).await;
    ann.read();
    for id in 1..=3 {
        let messages = vec![Receipt { message: MessageId(id), author: user_ref("ann").id }];
        world.deliver([signal(SignalKind::Receipts { user: user_ref("bob"), read: true, messages })]);
    }
    assert_eq!(ann.read().len(), 3, "each is about another message");
}

/// Else each message would cost as many frames as there are pairs of people.
#[tokio::test]
async fn in_a_crowd_marks_are_told_to_those_whom_they_concern() {
    let world = World::with(HubSettings { crowd: 2, ..settings() });
    world.log.create(ROOM);
    world.log.set_members(ROOM, &["ann", "bob", "cem"]);
    let (ann, bob) = (world.joined("ann", PLAIN).await, world.joined("bob", PLAIN).await);
    let tell = || {
        let messages = vec![Receipt { message: MessageId(1), author: user_ref("ann").id }];
        world.deliver([
            signal(SignalKind::Receipts { user: user_ref("bob"), read: true, messages }),
            signal(SignalKind::Read { user: user_ref("bob"), seq: Seq(1) }),
            signal(SignalKind::Delivered { user: user_ref("bob"), seq: Seq(1) }),
        ]);
    };
    ann.read();
    bob.read();
    tell();
    assert_eq!((ann.read().len(), bob.read().len()), (3, 3), "two people are no crowd");
    let cem = world.joined("cem", PLAIN).await;
    cem.read();
    tell();
    assert_eq!((ann.read().len(), bob.read().len(), cem.read().len()), (1, 3, 0));
}
