//! Clients that come from a node that was faster.

use std::sync::Arc;

use hallway_domain::{RoomId, Seq};
use hallway_hub::HubError;

use crate::support::{NATIVE, PLAIN, ROOM, World, permit};

#[tokio::test(start_paused = true)]
async fn a_node_that_is_behind_catches_up_with_the_client() {
    let world = World::new();
    world.log.create(ROOM);
    let bob = world.joined("bob", PLAIN).await;
    for _ in 0..7 {
        world.lose("bob");
    }
    let ann = world.connect("ann", 2, PLAIN).unwrap();
    let reservation = world.hub.reserve_from(ann.id(), ROOM, Seq(6)).await.unwrap();
    let subscription = reservation.open(&permit(&ann.info.user, ROOM)).unwrap();
    assert!(subscription.head().seq >= Seq(6), "{:?}", subscription.head());
    world.settle().await;
    assert_eq!(bob.read().len(), 7, "it was the room that caught up, for all");
}

#[tokio::test(start_paused = true)]
async fn many_that_are_ahead_wait_for_one_repair() {
    let world = World::new();
    world.log.create(ROOM);
    let _bob = world.joined("bob", PLAIN).await;
    for _ in 0..3 {
        world.lose("bob");
    }
    let readers: Vec<_> = (2..8).map(|n| world.connect(&format!("u{n}"), n, PLAIN).unwrap()).collect();
    let (heads, events) = (world.log.head_reads(), world.log.event_reads());
    let joins = readers.iter().map(|reader| {
        let (hub, id) = (Arc::clone(&world.hub), reader.id());
        world.tasks.spawn(async move { hub.reserve_from(id, ROOM, Seq(3)).await.map(drop) })
    });
    for join in joins.collect::<Vec<_>>() {
        join.await.unwrap().unwrap();
    }
    assert_eq!((world.log.head_reads() - heads, world.log.event_reads() - events), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_the_log_never_had_is_found_out() {
    let world = World::new();
    world.log.create(ROOM);
    let _bob = world.joined("bob", PLAIN).await;
    world.post("bob");
    let ann = world.connect("ann", 2, PLAIN).unwrap();
    let reservation = world.hub.reserve_from(ann.id(), ROOM, Seq(99)).await.unwrap();
    let subscription = reservation.open(&permit(&ann.info.user, ROOM)).unwrap();
    assert_eq!(subscription.head().seq, Seq(1), "so the client is told to start anew");
}

#[tokio::test(start_paused = true)]
async fn without_a_database_it_is_said_to_be_unavailable() {
    let world = World::new();
    world.log.create(ROOM);
    let _bob = world.joined("bob", PLAIN).await;
    world.lose("bob");
    world.log.set_down(true);
    let ann = world.connect("ann", 2, PLAIN).unwrap();
    let behind = world.hub.reserve_from(ann.id(), ROOM, Seq(1)).await;
    assert!(matches!(behind, Err(HubError::Store(_))));
    assert!(world.hub.reserve_from(ann.id(), ROOM, Seq(0)).await.is_ok(), "who is not ahead need not wait");
}

#[tokio::test(start_paused = true)]
async fn the_heads_of_many_watched_rooms_are_read_at_once() {
    let world = World::with(hallway_hub::HubSettings { rooms_per_connection: 300, ..crate::support::settings() });
    let rooms: Vec<_> = (1..=150).map(RoomId).collect();
    for room in &rooms {
        world.log.create(*room);
        world.log.set_members(*room, &["ann"]);
    }
    let (first, second) = (world.connect("ann", 1, NATIVE).unwrap(), world.connect("ann", 2, NATIVE).unwrap());
    assert_eq!(world.hub.watch_all(first.id(), &rooms).await.unwrap(), 150);
    assert_eq!(world.log.head_reads(), 2, "one for each hundred");
    let mut backwards = rooms.clone();
    backwards.reverse();
    assert_eq!(world.hub.watch_all(second.id(), &backwards).await.unwrap(), 150);
    assert_eq!(world.log.head_reads(), 2, "they are known now");
    world.settle().await;
}

#[tokio::test(start_paused = true)]
async fn watches_of_the_same_rooms_in_any_order_do_not_wait_for_each_other() {
    let world = World::with(hallway_hub::HubSettings { rooms_per_connection: 300, ..crate::support::settings() });
    let rooms: Vec<_> = (1..=120).map(RoomId).collect();
    for room in &rooms {
        world.log.create(*room);
        world.log.set_members(*room, &["ann"]);
    }
    let readers = [1, 2, 3].map(|n| world.connect("ann", n, NATIVE).unwrap());
    let watches = readers.iter().enumerate().map(|(n, reader)| {
        let (hub, id, mut rooms) = (Arc::clone(&world.hub), reader.id(), rooms.clone());
        rooms.rotate_left(n * 40);
        if n == 1 {
            rooms.reverse();
        }
        world.tasks.spawn(async move { hub.watch_all(id, &rooms).await })
    });
    for watch in watches.collect::<Vec<_>>() {
        let outcome = tokio::time::timeout(std::time::Duration::from_mins(1), watch).await.expect("no deadlock");
        assert_eq!(outcome.unwrap().unwrap(), 120);
    }
    world.settle().await;
}
