//! Reserve, open, go live; and then each event once and in order.

use bytes::Bytes;
use hallway_domain::ports::BusItem;
use hallway_domain::{RoomId, Seq, SignalKind};
use hallway_hub::HubError;

use crate::support::{
    NATIVE, PLAIN, ROOM, World, came, message, permit, rename, signal, signal_except, typing, user_ref,
};

#[tokio::test(start_paused = true)]
async fn an_event_reaches_every_subscriber_in_its_dialect() {
    let world = World::new();
    world.log.create(ROOM);
    let (ann, bob) = (world.joined("ann", PLAIN).await, world.joined("bob", NATIVE).await);
    let other = world.connect("eve", 1, PLAIN).unwrap();
    world.post("ann");
    world.post("bob");
    assert_eq!(ann.read(), ["r1:1", "r1:2"]);
    assert_eq!(bob.read(), ["r1#1", "r1#2"]);
    assert_eq!(other.read(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn connections_of_one_dialect_get_the_very_same_bytes() {
    let world = World::new();
    world.log.create(ROOM);
    let (ann, bob) = (world.joined("ann", PLAIN).await, world.joined("bob", PLAIN).await);
    let batch: Vec<_> = (0..5).map(|_| BusItem::Event(world.log.append(ROOM, message("ann")))).collect();
    world.deliver(batch);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let chunks = [&ann, &bob].map(|reader| match reader.mailbox.poll_drain(&mut context) {
        std::task::Poll::Ready(Some(chunk)) => chunk,
        other => panic!("{other:?}"),
    });
    assert_eq!(chunks[0], Bytes::from("r1:1\nr1:2\nr1:3\nr1:4\nr1:5\n"));
    assert_eq!(chunks[0].as_ptr(), chunks[1].as_ptr(), "not copied");
}

#[tokio::test(start_paused = true)]
async fn what_happens_while_the_past_is_sent_comes_after_it() {
    let world = World::new();
    for _ in 0..3 {
        world.lose("bob");
    }
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    let reservation = world.hub.reserve(ann.id(), ROOM).await.unwrap();
    world.post("bob");
    let subscription = reservation.open(&permit(&ann.info.user, ROOM)).unwrap();
    assert_eq!(subscription.head().seq, Seq(3));
    world.post("bob");
    world.deliver([signal(came("bob")), signal(typing("bob", true))]);
    assert_eq!(ann.read(), [""; 0]);
    subscription.push(Bytes::from("the past\n")).unwrap();
    subscription.go_live(|last| Bytes::from(format!("synced {last}\n"))).unwrap();
    world.post("bob");
    assert_eq!(ann.read(), ["the past", "r1:4", "r1:5", "presence +bob -", "synced 5", "r1:6"]);
    world.hub.check_invariants();
}

#[tokio::test(start_paused = true)]
async fn dropping_a_reservation_or_subscription_unsubscribes() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    drop(world.hub.reserve(ann.id(), ROOM).await.unwrap());
    world.settle().await;
    assert!(!world.bus.follows(ROOM));
    drop(world.open(&ann, ROOM).await);
    world.post("bob");
    world.settle().await;
    assert!(!world.bus.follows(ROOM));
    assert_eq!(ann.read(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn reserving_again_begins_anew() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let old = world.open(&ann, ROOM).await;
    let new = world.open(&ann, ROOM).await;
    world.post("bob");
    assert!(matches!(old.go_live(|_| Bytes::new()), Err(HubError::Revoked)));
    world.hub.check_invariants();
    assert_eq!(ann.read(), [""; 0]);
    new.go_live(|_| Bytes::new()).unwrap();
    world.post("bob");
    assert_eq!(ann.read(), ["r1:1", "r1:2"]);
}

#[tokio::test(start_paused = true)]
async fn a_permit_of_another_room_or_user_opens_nothing() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    for permit in [permit(&ann.info.user, RoomId(2)), permit(&user_ref("bob"), ROOM)] {
        let reservation = world.hub.reserve(ann.id(), ROOM).await.unwrap();
        assert!(matches!(reservation.open(&permit), Err(HubError::Revoked)));
        world.hub.check_invariants();
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_that_does_not_exist_cannot_be_reserved() {
    let world = World::new();
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    assert!(matches!(world.hub.reserve(ann.id(), ROOM).await, Err(HubError::Revoked)));
    world.settle().await;
    assert!(!world.bus.follows(ROOM));
}

#[tokio::test(start_paused = true)]
async fn the_first_subscriber_follows_once_and_the_last_lets_go() {
    let world = World::new();
    world.log.create(ROOM);
    let (ann, bob) = (world.connect("ann", 1, PLAIN).unwrap(), world.connect("bob", 1, PLAIN).unwrap());
    // The bus of this test panics when a room is followed twice.
    let (first, second) = tokio::join!(world.hub.reserve(ann.id(), ROOM), world.hub.reserve(bob.id(), ROOM));
    assert_eq!(world.log.head_reads(), 1, "the second waits for what the first reads");
    drop(first);
    world.settle().await;
    assert!(world.bus.follows(ROOM));
    drop(second);
    world.settle().await;
    assert!(!world.bus.follows(ROOM));
}

#[tokio::test(start_paused = true)]
async fn coming_back_while_the_last_one_leaves_loses_nothing() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    for _ in 0..20 {
        world.hub.unsubscribe(ann.id(), ROOM);
        world.hub.check_invariants();
        tokio::task::yield_now().await;
        world.join(&ann, ROOM).await;
        assert!(world.bus.follows(ROOM));
        let seq = world.post("bob");
        assert_eq!(ann.read(), [format!("r1:{seq}")]);
    }
    world.settle().await;
    assert!(world.bus.follows(ROOM));
}

#[tokio::test(start_paused = true)]
async fn a_failing_bus_or_database_fails_the_reservation_and_nothing_else() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    *world.bus.fails.lock() = true;
    assert!(matches!(world.hub.reserve(ann.id(), ROOM).await, Err(HubError::Bus(_))));
    *world.bus.fails.lock() = false;
    world.log.set_down(true);
    assert!(matches!(world.hub.reserve(ann.id(), ROOM).await, Err(HubError::Store(_))));
    world.log.set_down(false);
    world.hub.check_invariants();
    world.join(&ann, ROOM).await;
    world.post("bob");
    assert_eq!(ann.read(), ["r1:1"]);
}

#[tokio::test(start_paused = true)]
async fn signals_spare_the_one_who_caused_them_and_keep_their_place() {
    let world = World::new();
    world.log.create(ROOM);
    let (ann, bob) = (world.joined("ann", PLAIN).await, world.joined("bob", PLAIN).await);
    let event = BusItem::Event(world.log.append(ROOM, message("ann")));
    world.deliver([signal_except(Some(ann.id()), typing("ann", true)), event, signal(typing("ann", false))]);
    assert_eq!(ann.read(), ["r1:1", "typing ann false"]);
    assert_eq!(bob.read(), ["r1:1", "typing ann false"], "only the newest typing frame waits");
    world.deliver([signal(typing("ann", true)), signal(typing("bob", true)), signal(came("eve")), signal(came("mia"))]);
    let expected = ["typing ann true", "typing bob true", "presence +eve -", "presence +mia -"];
    assert_eq!(bob.read(), expected, "differences are never merged away");
    let read = |seq| signal(SignalKind::Read { user: user_ref("ann"), seq: Seq(seq) });
    let delivered = signal(SignalKind::Delivered { user: user_ref("ann"), seq: Seq(1) });
    world.deliver([read(1), delivered, read(2)]);
    assert_eq!(bob.read(), ["delivered ann 1", "read ann 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_rename_labels_what_comes_after_it() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let facts = [message("ann"), rename("lobby"), message("ann")];
    let batch: Vec<_> = facts.map(|fact| BusItem::Event(world.log.append(ROOM, fact))).into();
    world.deliver(batch);
    world.post("ann");
    assert_eq!(ann.read(), ["r1:1", "r1:2", "lobby:3", "lobby:4"]);
    let bob = world.joined("bob", PLAIN).await;
    world.post("ann");
    assert_eq!(bob.read(), ["lobby:5"]);
}

#[tokio::test(start_paused = true)]
async fn heads_are_those_of_live_subscriptions() {
    let world = World::new();
    world.log.append(RoomId(2), message("ann"));
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let gathering = world.open(&ann, RoomId(2)).await;
    world.post("ann");
    assert_eq!(world.hub.heads(ann.id()), [(ROOM, Seq(1))]);
    gathering.go_live(|_| Bytes::new()).unwrap();
    assert_eq!(world.hub.heads(ann.id()), [(ROOM, Seq(1)), (RoomId(2), Seq(1))]);
    world.hub.unsubscribe(ann.id(), ROOM);
    assert_eq!(world.hub.heads(ann.id()), [(RoomId(2), Seq(1))]);
    world.hub.disconnect(ann.id());
    assert_eq!(world.hub.heads(ann.id()), []);
}

#[tokio::test(start_paused = true)]
async fn a_hub_without_connections_holds_nothing() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let half = world.open(&ann, ROOM).await;
    world.hub.disconnect(ann.id());
    world.hub.check_invariants();
    assert!(matches!(half.go_live(|_| Bytes::new()), Err(HubError::Closed)));
    assert!(matches!(world.hub.reserve(ann.id(), ROOM).await, Err(HubError::Closed)));
    let (weak, tasks) = (world.hub(), world.tasks.clone());
    tasks.close();
    tasks.wait().await;
    assert!(!world.bus.follows(ROOM));
    drop(world);
    assert!(weak.upgrade().is_none(), "nothing keeps the hub alive");
}
