//! Direct conversations: each side is told of it by the name of the other.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hallway_domain::ports::BusItem;
use hallway_domain::{Revocation, RoomLoss, Seq, SignalKind};

use crate::support::{LATER, NATIVE, PLAIN, ROOM, Reader, World, message, signal, typing, user_id, user_ref};

fn world() -> World {
    let world = World::new();
    world.log.create_direct(ROOM, "ann", "bob");
    world.log.set_members(ROOM, &["ann", "bob"]);
    world
}

fn chunk(reader: &Reader) -> Bytes {
    match reader.mailbox.poll_drain(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(chunk)) => chunk,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn each_side_is_told_the_name_of_the_other() {
    let world = world();
    let (ann, bob) = (world.joined("ann", PLAIN).await, world.joined("bob", NATIVE).await);
    world.post("ann");
    world.post("bob");
    world.deliver([signal(typing("ann", true))]);
    assert_eq!(ann.read(), ["@bob:1", "@bob:2", "typing @bob ann true"]);
    assert_eq!(bob.read(), ["@ann#1", "@ann#2", "typing @ann ann true"]);
}

#[tokio::test(start_paused = true)]
async fn a_side_is_encoded_once_in_a_dialect_however_many_devices_it_has() {
    let world = world();
    let mut devices = Vec::new();
    for (user, dialect) in [("ann", NATIVE), ("ann", NATIVE), ("bob", NATIVE), ("bob", NATIVE), ("bob", PLAIN)] {
        devices.push(world.joined(user, dialect).await);
    }
    let batch: Vec<_> = (0..3).map(|_| BusItem::Event(world.log.append(ROOM, message("ann")))).collect();
    world.deliver(batch);
    let chunks: Vec<Bytes> = devices.iter().map(chunk).collect();
    assert_eq!(chunks[0], Bytes::from("@bob#1\n@bob#2\n@bob#3\n"));
    assert_eq!(chunks[2], Bytes::from("@ann#1\n@ann#2\n@ann#3\n"));
    assert_eq!(chunks[4], Bytes::from("@ann:1\n@ann:2\n@ann:3\n"));
    assert_eq!(chunks[0].as_ptr(), chunks[1].as_ptr(), "not copied");
    assert_eq!(chunks[2].as_ptr(), chunks[3].as_ptr(), "not copied");
}

#[tokio::test(start_paused = true)]
async fn the_head_of_a_subscription_names_both() {
    let world = world();
    let ann = world.connect("ann", 1, NATIVE).unwrap();
    let subscription = world.open(&ann, ROOM).await;
    let peers = subscription.head().peers.clone().expect("a direct conversation");
    assert_eq!(peers.both(), (&user_ref("ann"), &user_ref("bob")));
    assert_eq!(subscription.head().name, None);
}

#[tokio::test(start_paused = true)]
async fn what_gathers_is_for_the_one_who_joins() {
    let world = world();
    let bob = world.connect("bob", 1, NATIVE).unwrap();
    let subscription = world.open(&bob, ROOM).await;
    world.post("ann");
    subscription.go_live(|_| Bytes::new()).unwrap();
    assert_eq!(bob.read(), ["@ann#1"]);
}

#[tokio::test(start_paused = true)]
async fn activity_and_loss_have_the_name_of_the_other_too() {
    let world = world();
    let (ann, bob) = (world.connect("ann", 1, NATIVE).unwrap(), world.connect("bob", 2, NATIVE).unwrap());
    for reader in [&ann, &bob] {
        world.hub.watch(reader.id(), ROOM).await.unwrap();
    }
    world.settle().await;
    world.post("ann");
    assert_eq!(bob.read(), ["activity @ann 1 unread at 1"]);
    assert_eq!(ann.read(), [""; 0], "one's own message is not news");
    world.deliver([signal(SignalKind::Read { user: user_ref("bob"), seq: Seq(1) })]);
    assert_eq!(bob.read(), ["activity @ann 0 unread at 1"]);
    world.join(&ann, ROOM).await;
    world.revoke(Revocation::Membership { room: ROOM, user: user_id("ann"), why: RoomLoss::Left, seq: LATER });
    assert_eq!(ann.read(), ["lost @bob Left"]);
}

#[tokio::test(start_paused = true)]
async fn a_note_to_oneself_has_one_side() {
    let world = World::new();
    world.log.create_direct(ROOM, "ann", "ann");
    let (one, two) = (world.joined("ann", NATIVE).await, world.joined("ann", NATIVE).await);
    world.post("ann");
    let (first, second) = (chunk(&one), chunk(&two));
    assert_eq!(first, Bytes::from("@ann#1\n"));
    assert_eq!(first.as_ptr(), second.as_ptr());
}
