//! Revocations that the bus lost: what they would have taken away is found out all the same.

use std::time::Duration;

use hallway_domain::ports::BusItem;
use hallway_domain::{Disconnect, RoomId, RoomLoss, Seq, SessionId};
use hallway_hub::{HubError, Notice};
use uuid::Uuid;

use crate::support::{NATIVE, PLAIN, ROOM, World, ban, closed, entered, left, message, permit_as_of};

fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(n))
}

fn world() -> World {
    let world = World::new();
    world.log.create(ROOM);
    world
}

#[tokio::test(start_paused = true)]
async fn sessions_that_ended_unheard_are_closed_after_an_interruption() {
    let world = world();
    let (mut ann, other) = (world.connect("ann", 1, PLAIN).unwrap(), world.connect("ann", 2, NATIVE).unwrap());
    world.join(&ann, ROOM).await;
    world.log.end(session(1));
    world.settle().await;
    assert_eq!(ann.mailbox.closed(), None, "nobody has told");
    world.interrupted();
    world.settle().await;
    assert_eq!(ann.read(), ["close SessionRevoked"]);
    assert_eq!(ann.notices(), [Notice::Closed(Disconnect::SessionRevoked)]);
    assert_eq!(other.mailbox.closed(), None);
}

#[tokio::test(start_paused = true)]
async fn the_regular_check_finds_ended_sessions_too() {
    let world = world();
    let (ann, bob) = (world.connect("ann", 1, PLAIN).unwrap(), world.connect("bob", 2, PLAIN).unwrap());
    world.log.end(session(2));
    world.hub.check().await;
    assert_eq!((ann.mailbox.closed(), bob.mailbox.closed()), (None, Some(Disconnect::SessionRevoked)));
}

#[tokio::test(start_paused = true)]
async fn an_interruption_costs_the_banned_and_strangers_their_rooms() {
    let world = world();
    let secret = RoomId(2);
    world.log.create(secret);
    world.log.set_members(ROOM, &["ann", "bob"]);
    let (mut ann, mut bob) = (world.joined("ann", PLAIN).await, world.connect("bob", 2, NATIVE).unwrap());
    world.join(&ann, secret).await;
    world.join(&bob, secret).await;
    world.hub.watch(bob.id(), ROOM).await.unwrap();
    world.hub.watch(ann.id(), ROOM).await.unwrap();
    world.log.set_members(secret, &["ann"]);
    world.log.make_private(secret);
    world.log.set_members(ROOM, &["ann"]);
    world.log.set_banned(ROOM, "ann", true);
    world.interrupted();
    world.settle().await;
    assert_eq!(ann.read(), ["lost r1 Banned"], "and keeps the other room, of which it is a member");
    assert_eq!(ann.notices(), [Notice::Lost { room: ROOM, why: RoomLoss::Banned }]);
    let mut lost = bob.notices();
    lost.sort_by_key(|notice| if let Notice::Lost { room, .. } = notice { room.0 } else { 0 });
    let why = |room, why| Notice::Lost { room, why };
    assert_eq!(lost, [why(ROOM, RoomLoss::Left), why(secret, RoomLoss::MadePrivate)]);
    assert_eq!((ann.mailbox.closed(), bob.mailbox.closed()), (None, None), "their connections go on");
}

#[tokio::test(start_paused = true)]
async fn a_reader_of_a_public_room_need_not_be_a_member_but_a_watcher_must() {
    let world = world();
    world.log.set_members(ROOM, &["ann"]);
    let ann = world.joined("ann", NATIVE).await;
    world.hub.watch(ann.id(), ROOM).await.unwrap();
    world.log.set_members(ROOM, &[]);
    world.interrupted();
    world.settle().await;
    world.post("bob");
    assert_eq!(ann.read(), ["r1#1"]);
    world.hub.unsubscribe(ann.id(), ROOM);
    world.post("bob");
    assert_eq!(ann.read(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_looked_up_has_to_come_back() {
    let world = world();
    let ann = world.joined("ann", PLAIN).await;
    world.log.set_down(true);
    world.interrupted();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let late = world.connect("bob", 2, PLAIN).unwrap();
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(ann.mailbox.closed(), Some(Disconnect::Internal));
    assert_eq!(late.mailbox.closed(), None, "was looked up when it came");
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_database_alone_ends_nobody() {
    let world = world();
    let ann = world.joined("ann", PLAIN).await;
    world.log.set_down(true);
    for _ in 0..5 {
        world.hub.check().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(ann.mailbox.closed(), None);
    world.interrupted();
    tokio::time::sleep(Duration::from_secs(4)).await;
    world.log.set_down(false);
    world.settle().await;
    assert_eq!(ann.mailbox.closed(), None, "nor does one that ends in time");
}

#[tokio::test(start_paused = true)]
async fn a_ban_that_a_repair_brings_takes_the_room_away() {
    let world = world();
    let mut ann = world.joined("ann", PLAIN).await;
    let bob = world.joined("bob", PLAIN).await;
    for fact in [message("bob"), ban("ann", true), message("bob"), ban("ann", false), message("bob")] {
        world.log.append(ROOM, fact);
    }
    world.hub.check().await;
    world.settle().await;
    assert_eq!(ann.read(), ["r1:1", "r1:2", "lost r1 Banned"]);
    assert_eq!(ann.notices(), [Notice::Lost { room: ROOM, why: RoomLoss::Banned }]);
    assert_eq!(bob.read(), ["r1:1", "r1:2", "r1:3", "r1:4", "r1:5"]);
}

#[tokio::test(start_paused = true)]
async fn who_left_loses_the_room_without_a_revocation() {
    let world = world();
    world.log.set_members(ROOM, &["ann", "bob"]);
    let (mut ann, mut bob) = (world.joined("ann", PLAIN).await, world.connect("bob", 2, NATIVE).unwrap());
    world.hub.watch(bob.id(), ROOM).await.unwrap();
    for user in ["ann", "bob"] {
        let event = world.log.append(ROOM, left(user));
        world.deliver([BusItem::Event(event)]);
    }
    world.post("bob");
    assert_eq!(ann.read(), ["r1:1", "lost r1 Left"]);
    assert_eq!(bob.read(), ["lost r1 Left"]);
    let lost = [Notice::Lost { room: ROOM, why: RoomLoss::Left }];
    assert_eq!((ann.notices(), bob.notices()), (lost.to_vec(), lost.to_vec()));
}

#[tokio::test(start_paused = true)]
async fn what_the_log_said_before_the_admission_takes_nothing_away() {
    let world = world();
    world.log.set_members(ROOM, &["ann"]);
    // The topic is followed, and what is committed now is still on its way.
    let _bob = world.joined("bob", PLAIN).await;
    let late: Vec<_> = [left("ann"), entered("ann")].map(|fact| world.log.append(ROOM, fact)).into();
    let ann = world.connect("ann", 2, NATIVE).unwrap();
    let reservation = world.hub.reserve(ann.id(), ROOM).await.unwrap();
    let watcher = world.connect("ann", 3, NATIVE).unwrap();
    assert_eq!(world.hub.watch_all(watcher.id(), &[ROOM]).await.unwrap(), 1);
    let again = world.connect("ann", 3, NATIVE).unwrap();
    world.hub.watch(again.id(), ROOM).await.unwrap();
    world.deliver([BusItem::Event(late[0].clone())]);
    let subscription = reservation.open(&permit_as_of(&ann.info.user, ROOM, Seq(2))).unwrap();
    subscription.go_live(|_| bytes::Bytes::new()).unwrap();
    world.deliver(late.into_iter().map(BusItem::Event));
    world.post("bob");
    assert_eq!(ann.read(), ["r1#1", "r1#2", "r1#3"]);
    for reader in [&watcher, &again] {
        assert_eq!(reader.read(), ["activity r1 1 unread at 3"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_log_says_between_admission_and_opening_is_heeded() {
    let world = world();
    let _bob = world.joined("bob", PLAIN).await;
    let mut ann = world.connect("ann", 2, PLAIN).unwrap();
    let reservation = world.hub.reserve(ann.id(), ROOM).await.unwrap();
    let permit = permit_as_of(&ann.info.user, ROOM, Seq(0));
    let event = world.log.append(ROOM, ban("ann", true));
    world.deliver([BusItem::Event(event)]);
    assert!(matches!(reservation.open(&permit), Err(HubError::Revoked)));
    assert_eq!((ann.read(), ann.notices()), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_room_that_a_repair_finds_closed_keeps_its_members_only() {
    let world = world();
    world.log.set_members(ROOM, &["ann"]);
    let (ann, bob) = (world.joined("ann", PLAIN).await, world.joined("bob", PLAIN).await);
    world.log.make_private(ROOM);
    world.log.append(ROOM, closed());
    world.hub.check().await;
    world.settle().await;
    world.post("ann");
    assert_eq!(ann.read(), ["r1:1", "r1:2"]);
    assert_eq!(bob.read(), ["r1:1", "lost r1 MadePrivate"]);
}

#[tokio::test(start_paused = true)]
async fn more_connections_than_one_query_takes_are_all_looked_at() {
    let settings =
        hallway_hub::HubSettings { connections: 2_000, connections_per_user: 2_000, ..crate::support::settings() };
    let world = World::with(settings);
    world.log.create(ROOM);
    let readers: Vec<_> = (0..1_100).map(|n| world.connect(&format!("u{n}"), n, PLAIN).unwrap()).collect();
    for reader in &readers {
        world.join(reader, ROOM).await;
    }
    let (ended, banned) = (1_099, 700);
    world.log.end(session(ended));
    world.log.set_banned(ROOM, &format!("u{banned}"), true);
    world.interrupted();
    world.settle().await;
    for (n, reader) in readers.iter().enumerate() {
        let expected: &[&str] = match n as u128 {
            n if n == ended => &["close SessionRevoked"],
            n if n == banned => &["lost r1 Banned"],
            _ => &[],
        };
        assert_eq!(reader.read(), expected, "{n}");
    }
}

#[tokio::test(start_paused = true)]
async fn rooms_that_somebody_was_let_into_unheard_are_offered_after_an_interruption() {
    let world = world();
    let (other, third) = (RoomId(2), RoomId(3));
    for room in [other, third] {
        world.log.create(room);
    }
    world.log.set_members(ROOM, &["ann", "bob"]);
    world.log.set_members(other, &["ann"]);
    let (mut ann, mut bob) = (world.joined("ann", PLAIN).await, world.joined("bob", PLAIN).await);
    world.hub.watch(ann.id(), other).await.unwrap();
    world.log.set_members(third, &["ann"]);
    world.settle().await;
    assert_eq!(ann.notices(), [], "nobody has told");
    world.interrupted();
    world.settle().await;
    assert_eq!(ann.notices(), [Notice::Granted { room: third }]);
    assert_eq!(bob.notices(), []);
}
