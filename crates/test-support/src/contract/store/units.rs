//! What one transaction means.

use std::time::Duration;

use hallway_domain::ports::{StoreError, UserFilter};
use hallway_domain::{Fact, PageRequest, RoomId, Seq};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::world::{lock, new_message, posted};
use super::{World, at};

pub async fn a_dropped_unit_leaves_nothing(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await;
    let mut unit = world.begin().await;
    let mut locked = lock(unit.as_mut(), room.id).await;
    let message = new_message(room.id, locked.take_seq(), &ann, "never sent");
    let message = unit.messages().insert_many(vec![message]).await.expect("insert").remove(0);
    unit.events().append(&[posted(&room, message.clone())]).await.expect("append");
    unit.rooms().set_last_seq(&[(room.id, locked.last_seq)]).await.expect("set");
    unit.users().insert(World::new_user("bob")).await.expect("insert");
    drop(unit);
    let queries = world.queries();
    assert_eq!(queries.message(room.id, message.id).await.expect("message"), None);
    assert_eq!(queries.events(room.id, Seq::ZERO, Seq(9), 9).await.expect("events"), []);
    assert_eq!(queries.users(&UserFilter::default(), PageRequest::first(9)).await.expect("users").total, 1);
    let mut unit = world.begin().await;
    assert_eq!(lock(unit.as_mut(), room.id).await, room, "the lock is free again");
}

pub async fn a_committed_unit_is_seen(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let mut unit = world.begin().await;
    let message = new_message(room, Seq(1), &ann, "here");
    let message = unit.messages().insert_many(vec![message]).await.expect("insert").remove(0);
    let own = unit.messages().find(room, message.id).await.expect("find");
    assert_eq!(own.as_ref(), Some(&message), "a unit sees its own writes");
    assert_eq!(world.queries().message(room, message.id).await.expect("message"), None, "others do not yet");
    unit.commit().await.expect("commit");
    assert_eq!(world.queries().message(room, message.id).await.expect("message").expect("seen").message, message);
}

pub async fn readers_do_not_wait_for_a_writer(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await;
    let mut unit = world.begin().await;
    let locked = lock(unit.as_mut(), room.id).await;
    unit.rooms().set_last_seq(&[(room.id, Seq(5))]).await.expect("set");
    let reading = async {
        assert_eq!(world.queries().room(room.id).await.expect("room"), Some(locked));
        assert_eq!(world.queries().heads(&[room.id]).await.expect("heads"), [room.head(None)]);
        world.queries().history(room.id, Seq(9), None, 9).await.expect("history")
    };
    timeout(Duration::from_secs(2), reading).await.expect("reads end while a unit is open");
    unit.commit().await.expect("commit");
}

pub async fn writers_of_a_room_take_turns(world: World) {
    const WRITERS: i64 = 8;
    const EACH: i64 = 5;
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await;
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (store, ann, room) = (world.store(), ann.clone(), room.clone());
        writers.spawn(async move {
            for _ in 0..EACH {
                let mut unit = store.begin().await.expect("begin");
                let mut locked = lock(unit.as_mut(), room.id).await;
                let message = new_message(room.id, locked.take_seq(), &ann, "turn");
                let message = unit.messages().insert_many(vec![message]).await.expect("insert").remove(0);
                unit.events().append(&[posted(&room, message)]).await.expect("append");
                // Whoever does not wait for the lock has read the same place by now.
                tokio::task::yield_now().await;
                unit.rooms().set_last_seq(&[(room.id, locked.last_seq)]).await.expect("set");
                unit.commit().await.expect("commit");
            }
        });
    }
    writers.join_all().await;
    let events = world.queries().events(room.id, Seq::ZERO, Seq(i64::MAX), 1000).await.expect("events");
    assert_eq!(events.iter().map(|event| event.seq.0).collect::<Vec<_>>(), (1..=WRITERS * EACH).collect::<Vec<_>>());
    let head = world.queries().heads(&[room.id]).await.expect("heads").remove(0);
    assert_eq!(head.seq, Seq(WRITERS * EACH));
}

/// Units that lock the same rooms, named in opposite orders: all come through.
pub async fn crossing_locks_do_not_block_for_ever(world: World) {
    let ann = world.user("ann").await;
    let mut rooms: Vec<RoomId> = Vec::new();
    for name in ["one", "two", "three"] {
        rooms.push(world.room(name, &ann).await.id);
    }
    let mut units = JoinSet::new();
    for n in 0..12 {
        let (store, ann, mut rooms) = (world.store(), ann.clone(), rooms.clone());
        if n % 2 == 0 {
            rooms.reverse();
        }
        units.spawn(async move {
            let mut unit = store.begin().await.expect("begin");
            let locked = match unit.rooms().lock(&rooms).await {
                Ok(locked) => locked,
                Err(StoreError::Conflict(problem)) => panic!("locks crossed: {problem}"),
                Err(error) => panic!("lock: {error}"),
            };
            let mut heads = Vec::new();
            let mut events = Vec::new();
            for mut room in locked {
                let seq = room.take_seq();
                let fact = Fact::MemberJoined { user: ann.clone() };
                events.push(hallway_domain::Event { room: room.id, epoch: room.epoch, seq, at: at(n), fact });
                heads.push((room.id, seq));
            }
            unit.events().append(&events).await.expect("append");
            unit.rooms().set_last_seq(&heads).await.expect("set");
            unit.commit().await.expect("commit");
        });
    }
    timeout(Duration::from_secs(20), units.join_all()).await.expect("nobody blocks for ever");
    for head in world.queries().heads(&rooms).await.expect("heads") {
        assert_eq!(head.seq, Seq(12));
    }
}

pub async fn answers_a_ping(world: World) {
    world.store().ping().await.expect("ping");
    // Also while a unit is open.
    let unit = world.begin().await;
    timeout(Duration::from_secs(2), world.store().ping()).await.expect("in time").expect("ping");
    drop(unit);
}
