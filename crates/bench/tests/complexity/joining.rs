//! Coming in.

use futures_util::future::join_all;

use super::both;

#[test]
fn a_join_costs_the_same_in_a_room_ten_times_as_large() {
    let costs = both(&async |world, members| {
        let (room, readers) = world.full_room(members).await;
        for number in 0..5 {
            world.send(&readers[0].actor, room, number).await.expect("sent");
        }
        let late = world.connect(&world.user("late").await);
        let before = world.counts();
        late.join(world, room).await;
        world.counts().since(before)
    });
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].statements > 5, "they are counted at all: {:?}", costs[0]);
    assert_eq!(costs[0].follows, 0, "the room is followed already");
    assert!(costs[0].items <= 3, "membership, grant and presence: {:?}", costs[0]);
}

#[test]
fn a_second_connection_of_the_same_user_tells_nobody() {
    let costs = both(&async |world, members| {
        let (room, readers) = world.full_room(members).await;
        let second = world.connect(&readers[0].actor);
        let before = world.counts();
        second.follow(world, room).await;
        world.counts().since(before)
    });
    assert_eq!(costs[0], costs[1]);
    assert_eq!(costs[0].items, 0);
}

#[test]
fn many_who_come_at_once_follow_the_room_and_read_its_head_once() {
    let costs = both(&async |world, members| {
        let owner = world.user("owner").await;
        let room = world.room(&owner, "lobby").await;
        let mut readers = Vec::new();
        for place in 0..members {
            readers.push(world.connect(&world.user(&format!("member_{place}")).await));
        }
        let before = world.counts();
        let reserved = join_all(readers.iter().map(|reader| world.hub.reserve(reader.id, room))).await;
        let cost = world.counts().since(before);
        assert!(reserved.iter().all(Result::is_ok));
        cost
    });
    assert_eq!(costs[0], costs[1]);
    assert_eq!((costs[0].follows, costs[0].statements), (1, 1));
}

#[test]
fn statements_of_a_storm_grow_with_those_who_come_and_with_nothing_else() {
    let costs = both(&async |world, members| {
        let owner = world.user("owner").await;
        let room = world.room(&owner, "lobby").await;
        let mut readers = Vec::new();
        for place in 0..members {
            readers.push(world.connect(&world.user(&format!("member_{place}")).await));
        }
        let before = world.counts();
        join_all(readers.iter().map(|reader| reader.join(world, room))).await;
        world.counts().since(before)
    });
    let [small, large] = costs;
    // The head is read once, whoever comes first; what is left is a share for each.
    assert_eq!((small.statements - 1) % super::SIZES[0] as u64, 0, "{small:?}");
    assert_eq!((large.statements - 1) / super::SIZES[1] as u64, (small.statements - 1) / super::SIZES[0] as u64);
    assert_eq!((small.follows, large.follows), (1, 1));
    let each = |items: u64, members: usize| items.div_ceil(members as u64);
    assert!(each(large.items, super::SIZES[1]) <= each(small.items, super::SIZES[0]), "{small:?} {large:?}");
}
