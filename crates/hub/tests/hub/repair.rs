//! Holes are filled from the log; what cannot be filled is said.

use std::time::Duration;

use hallway_domain::ports::BusItem;
use hallway_domain::{Disconnect, Epoch, Event, RoomId, RoomLoss, Seq};
use hallway_hub::Notice;

use crate::support::{PLAIN, ROOM, World, message};

#[tokio::test(start_paused = true)]
async fn a_gap_is_read_from_the_log() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    for _ in 0..7 {
        world.lose("bob");
    }
    world.post("bob");
    assert_eq!(ann.read(), [""; 0], "nothing out of order");
    world.settle().await;
    assert_eq!(ann.read(), (1..=8).map(|seq| format!("r1:{seq}")).collect::<Vec<_>>());
    assert_eq!(world.log.event_reads(), 3, "in pages of three");
}

#[tokio::test(start_paused = true)]
async fn one_repair_fills_many_gaps() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let events: Vec<_> = (0..6).map(|_| world.lose("bob")).collect();
    for place in [5, 1, 3, 3] {
        world.deliver([BusItem::Event(events[place].clone())]);
    }
    world.settle().await;
    assert_eq!(ann.read(), ["r1:1", "r1:2", "r1:3", "r1:4", "r1:5", "r1:6"]);
    assert_eq!(world.log.head_reads(), 2, "one for the reservation, one for the repair");
}

#[tokio::test(start_paused = true)]
async fn events_that_only_came_late_need_no_second_copy() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let events: Vec<_> = (0..3).map(|_| world.lose("bob")).collect();
    world.deliver([BusItem::Event(events[2].clone())]);
    // The repair is on its way; the bus is faster.
    tokio::task::yield_now().await;
    world.deliver([BusItem::Event(events[0].clone()), BusItem::Event(events[1].clone())]);
    assert_eq!(ann.read(), ["r1:1", "r1:2", "r1:3"]);
    world.settle().await;
    assert_eq!(ann.read(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_last_event_is_found_by_comparing_heads() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    world.lose("bob");
    world.settle().await;
    assert_eq!(ann.read(), [""; 0]);
    world.hub.check().await;
    world.settle().await;
    assert_eq!(ann.read(), ["r1:1"]);
    world.lose("bob");
    world.interrupted();
    world.interrupted();
    world.settle().await;
    assert_eq!(ann.read(), ["r1:2"]);
}

#[tokio::test(start_paused = true)]
async fn an_interruption_during_an_outage_is_not_forgotten() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    world.lose("bob");
    world.log.set_down(true);
    world.interrupted();
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.log.set_down(false);
    world.settle().await;
    assert_eq!(ann.read(), ["r1:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_repair_outlasts_an_outage_of_the_database() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    world.lose("bob");
    world.log.set_down(true);
    world.post("bob");
    tokio::time::sleep(Duration::from_mins(10)).await;
    world.hub.check_invariants();
    world.post("bob");
    assert_eq!(ann.read(), [""; 0]);
    world.log.set_down(false);
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(ann.read(), ["r1:1", "r1:2", "r1:3"], "within the longest pause");
}

#[tokio::test(start_paused = true)]
async fn a_repair_ends_when_nobody_listens_any_more() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    world.lose("bob");
    world.log.set_down(true);
    world.post("bob");
    world.settle().await;
    world.hub.disconnect(ann.id());
    world.tasks.close();
    tokio::time::timeout(Duration::from_millis(100), world.tasks.wait()).await.expect("no task is left");
}

#[tokio::test(start_paused = true)]
async fn a_log_cut_by_retention_is_said_and_not_skipped() {
    let world = World::new();
    world.log.create(ROOM);
    let mut ann = world.joined("ann", PLAIN).await;
    for _ in 0..5 {
        world.lose("bob");
    }
    world.log.cut(ROOM, 2);
    world.post("bob");
    world.settle().await;
    assert_eq!(ann.read(), ["close Internal"]);
    assert!(ann.ended());
    assert_eq!(ann.notices(), [Notice::Closed(Disconnect::Internal)]);
    world.hub.disconnect(ann.id());
    world.settle().await;
    let bob = world.joined("bob", PLAIN).await;
    world.post("ann");
    assert_eq!(bob.read(), ["r1:7"]);
}

#[tokio::test(start_paused = true)]
async fn a_log_without_any_of_what_is_missing_is_cut_too() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    world.lose("bob");
    world.log.cut(ROOM, 1);
    world.hub.check().await;
    world.settle().await;
    assert_eq!(ann.read(), ["close Internal"]);
}

#[tokio::test(start_paused = true)]
async fn another_epoch_ends_those_of_the_old_one() {
    let world = World::new();
    world.lose("bob");
    world.lose("bob");
    let ann = world.joined("ann", PLAIN).await;
    world.log.restart(ROOM);
    world.post("bob");
    world.settle().await;
    assert_eq!(ann.read(), ["close Internal"]);
    // By comparing heads too.
    let bob = world.joined("bob", PLAIN).await;
    world.log.restart(ROOM);
    world.hub.check().await;
    world.settle().await;
    assert_eq!(bob.read(), ["close Internal"]);
}

#[tokio::test(start_paused = true)]
async fn a_stray_event_of_an_old_epoch_ends_nobody() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let stray = Event { epoch: Epoch(0), ..world.lose("bob") };
    world.deliver([BusItem::Event(stray)]);
    world.settle().await;
    assert_eq!(ann.read(), ["r1:1"], "and what the log has is delivered");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_the_log_never_had_is_given_up() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let event = world.lose("bob");
    world.deliver([BusItem::Event(Event { seq: Seq(9), ..event })]);
    world.settle().await;
    assert_eq!(ann.read(), ["r1:1"]);
    let reads = world.log.head_reads();
    world.settle().await;
    assert_eq!(world.log.head_reads(), reads, "the repair has ended");
    world.post("bob");
    assert_eq!(ann.read(), ["r1:2"]);
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_gone_from_the_database_is_lost() {
    let world = World::new();
    world.log.create(ROOM);
    world.log.append(RoomId(2), message("bob"));
    let mut ann = world.joined("ann", PLAIN).await;
    world.join(&ann, RoomId(2)).await;
    world.log.delete(ROOM);
    world.hub.check().await;
    assert_eq!(ann.read(), ["lost r1 Deleted"]);
    assert_eq!(ann.notices(), [Notice::Lost { room: ROOM, why: RoomLoss::Deleted }]);
    world.settle().await;
    assert!(!world.bus.follows(ROOM) && world.bus.follows(RoomId(2)));
}

/// A reservation during which two events are committed and arrive, as soon as `when` holds; where it finds the log.
async fn reserve_meanwhile(when: impl Fn(&World) -> bool) -> Seq {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    let (hub, id) = (std::sync::Arc::clone(&world.hub), ann.id());
    let reserving = world.tasks.spawn(async move { hub.reserve(id, ROOM).await });
    while !when(&world) {
        tokio::task::yield_now().await;
    }
    assert!(!reserving.is_finished());
    let early: Vec<_> = (0..2).map(|_| BusItem::Event(world.lose("bob"))).collect();
    world.deliver(early);
    let reservation = reserving.await.unwrap().unwrap();
    let subscription = reservation.open(&crate::support::permit(&ann.info.user, ROOM)).unwrap();
    let head = subscription.head().seq;
    subscription.go_live(|_| bytes::Bytes::new()).unwrap();
    world.post("bob");
    assert_eq!(ann.read(), ["r1:3"]);
    head
}

#[tokio::test(start_paused = true)]
async fn what_arrives_before_the_head_is_read_is_part_of_the_past() {
    assert_eq!(reserve_meanwhile(|world| world.bus.follows(ROOM)).await, Seq(2));
}

#[tokio::test(start_paused = true)]
async fn what_arrives_while_the_head_is_being_read_is_not_lost() {
    assert_eq!(reserve_meanwhile(|world| world.log.head_reads() == 1).await, Seq(2));
}
