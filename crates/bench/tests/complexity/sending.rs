//! From a send to the mailboxes of the room.

use super::{SIZES, both, runtime, world};
use crate::world::{Counts, World};

/// Queues so many messages at once and waits for the answers.
async fn send(world: &World, room: hallway_domain::RoomId, actor: &hallway_domain::Actor, messages: usize) -> Counts {
    let before = world.counts();
    let sends: Vec<_> = (0..messages).map(|number| world.send(actor, room, number)).collect();
    futures_util::future::try_join_all(sends).await.expect("sent");
    world.counts().since(before)
}

#[test]
fn a_send_costs_the_same_in_a_room_ten_times_as_large() {
    let costs = both(&async |world, members| {
        let (room, readers) = world.full_room(members).await;
        let one = send(world, room, &readers[0].actor, 1).await;
        let many = send(world, room, &readers[0].actor, 16).await;
        (one, many)
    });
    assert_eq!(costs[0], costs[1]);
    let (one, many) = costs[0];
    assert!(one.statements > 2, "they are counted at all: {one:?}");
    assert_eq!((one.publishes, one.items, one.encodings), (1, 1, 1));
    assert_eq!((many.publishes, many.items, many.encodings), (1, 16, 16), "what one commit holds travels together");
}

#[test]
fn a_batch_takes_as_many_statements_as_one_message() {
    runtime().block_on(async {
        let (world, _directory) = world().await;
        let (room, readers) = world.full_room(3).await;
        let sixteen = send(&world, room, &readers[0].actor, 16).await;
        let many = send(&world, room, &readers[0].actor, 160).await;
        assert_eq!(many.statements, sixteen.statements);
        assert_eq!((many.publishes, many.items), (1, 160));
    });
}

#[test]
fn ten_times_as_many_rooms_in_a_batch_take_no_more_statements() {
    let costs = both(&async |world, rooms| {
        let ann = world.user("ann").await;
        let mut ids = Vec::new();
        for place in 0..rooms {
            ids.push(world.room(&ann, &format!("room {place}")).await);
        }
        let before = world.counts();
        let sends: Vec<_> = ids.iter().map(|room| world.send(&ann, *room, 0)).collect();
        futures_util::future::try_join_all(sends).await.expect("sent");
        world.counts().since(before)
    });
    assert_eq!(costs[0].statements, costs[1].statements);
    assert_eq!((costs[0].publishes, costs[1].publishes), (1, 1));
}

/// The whole way, the database's part on this thread included.
#[test]
fn allocations_of_a_send_do_not_grow_with_the_room() {
    const MESSAGES: usize = 16;
    let costs = SIZES.map(|members| {
        let runtime = runtime();
        let (world, _directory) = runtime.block_on(world());
        let (room, mut readers) = runtime.block_on(world.full_room(members));
        let actor = readers[0].actor.clone();
        let run = || runtime.block_on(async { send(&world, room, &actor, MESSAGES).await });
        // Once without counting: statements are prepared, queues take the places that they keep.
        run();
        for reader in &mut readers {
            reader.drain();
        }
        allocation_counter::measure(|| {
            run();
        })
        .count_total
    });
    let [small, large] = costs;
    let deliveries = (MESSAGES * (SIZES[1] - SIZES[0])) as u64;
    // The database's answers come in pieces that differ a little; one allocation for each delivery would be 864 more.
    let slack = deliveries / 10;
    assert!(large <= small + slack, "{small} allocations for {} members, {large} for {}", SIZES[0], SIZES[1]);
}
