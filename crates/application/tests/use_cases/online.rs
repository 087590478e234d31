//! Whether somebody is online, and who is told.

use hallway_domain::ambient::Ids;
use hallway_domain::{Actor, ConnectionId, RoomId, SignalKind};
use time::Duration;

use crate::world::{World, settings};

/// Rooms in which somebody was told to be online or not since the last look, in the order of telling.
fn told(world: &World, actor: &Actor, online: bool) -> Vec<RoomId> {
    let kind = SignalKind::Online { user: actor.user.clone(), online };
    let signals = world.bus.signals().into_iter().filter(|signal| signal.kind == kind);
    let rooms = signals.map(|signal| signal.room).collect();
    world.bus.take();
    rooms
}

async fn arrive(world: &World, actor: &Actor) -> ConnectionId {
    let connection = world.ids.connection();
    world.app.attendance().arrive(actor, connection).await.expect("arrive");
    connection
}

#[tokio::test]
async fn the_first_connection_and_the_last_are_told_in_shared_rooms_direct_ones_first() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let public = world.room(&ann, "public").await;
    let private = world.private_room(&ann, "private").await;
    let (direct, _) = world.app.rooms().direct(&ann, bob.id()).await.expect("direct");
    world.room(&bob, "of bob").await;
    let (laptop, phone) = (arrive(&world, &ann).await, arrive(&world, &ann).await);
    assert_eq!(told(&world, &ann, true), [direct.id, private.id, public.id], "once, however many connections");

    let attendance = world.app.attendance();
    attendance.lose(laptop).await.expect("lose");
    attendance.lose(phone).await.expect("lose");
    attendance.sweep().await.expect("sweep");
    assert_eq!(told(&world, &ann, false), [], "a refresh of a page is no going");
    world.clock.advance(Duration::seconds(3));
    attendance.sweep().await.expect("sweep");
    assert_eq!(told(&world, &ann, false), [direct.id, private.id, public.id]);
    attendance.sweep().await.expect("sweep");
    assert_eq!(told(&world, &ann, false), []);
}

#[tokio::test]
async fn who_comes_back_in_time_was_never_gone() {
    let world = World::new();
    let ann = world.user("ann").await;
    world.room(&ann, "public").await;
    let attendance = world.app.attendance();
    let first = arrive(&world, &ann).await;
    attendance.lose(first).await.expect("lose");
    arrive(&world, &ann).await;
    world.clock.advance(Duration::seconds(3));
    attendance.sweep().await.expect("sweep");
    assert_eq!(told(&world, &ann, false), []);
}

#[tokio::test]
async fn one_sees_who_shares_a_room_and_nobody_else() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (cem, eve) = (world.user("cem").await, world.user("eve").await);
    let room = world.room(&ann, "public").await;
    world.join(&bob, &room).await;
    world.app.rooms().direct(&ann, cem.id()).await.expect("direct");
    for actor in [&ann, &bob, &cem, &eve] {
        arrive(&world, actor).await;
    }
    let attendance = world.app.attendance();
    let online = async |actor, direct| attendance.online(actor, direct).await.expect("online");
    assert_eq!(online(&ann, false).await, [bob.user.clone(), cem.user.clone()]);
    assert_eq!(online(&ann, true).await, std::slice::from_ref(&cem.user));
    assert_eq!(online(&bob, false).await, std::slice::from_ref(&ann.user));
    assert_eq!(online(&eve, false).await, []);
}

#[tokio::test]
async fn whom_one_talks_to_is_not_lost_among_a_thousand_others() {
    let world = World::new();
    let ann = world.user("ann").await;
    let room = world.room(&ann, "public").await;
    for number in 0..1000 {
        let other = world.user(&format!("user{number}")).await;
        world.join(&other, &room).await;
        if number == 0 {
            arrive(&world, &other).await;
        }
    }
    let friend = world.user("friend").await;
    world.app.rooms().direct(&ann, friend.id()).await.expect("direct");
    arrive(&world, &friend).await;
    let online = world.app.attendance().online(&ann, false).await.expect("online");
    let names: Vec<&str> = online.iter().map(|user| user.username.as_str()).collect();
    assert_eq!(names, ["user0", "friend"]);
}

#[tokio::test]
async fn no_more_rooms_are_told_than_the_settings_say() {
    let mut few = settings();
    few.online_rooms = 2;
    let world = World::with(few);
    let ann = world.user("ann").await;
    for name in ["one", "two", "three"] {
        world.room(&ann, name).await;
    }
    arrive(&world, &ann).await;
    assert_eq!(told(&world, &ann, true).len(), 2);
}
