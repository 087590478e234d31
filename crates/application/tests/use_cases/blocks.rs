//! Not wanting to hear from somebody.

use hallway_application::Settings;
use hallway_domain::ambient::Ids;
use hallway_domain::ports::DirectFilter;
use hallway_domain::{Actor, PageRequest, SignalKind};

use crate::world::{World, code, message, settings};

async fn block(world: &World, by: &Actor, whom: &Actor) {
    world.app.accounts().block(by, whom.id()).await.expect("block");
}

#[tokio::test]
async fn neither_side_writes_to_the_other_while_one_blocks() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (room, _) = world.app.rooms().direct(&ann, bob.id()).await.expect("direct");
    world.send(&ann, &room, "before").await;
    block(&world, &bob, &ann).await;
    block(&world, &bob, &ann).await;
    for side in [&ann, &bob] {
        assert_eq!(code(world.app.messages().send(side, message(room.id, "after")).await), "unreachable");
    }
    // What was said stays readable for both, and rooms with others are as before.
    assert_eq!(world.texts(room.id).await, ["before"]);
    let page = world.app.rooms().directs(&ann, &DirectFilter::default(), PageRequest::first(9)).await.expect("directs");
    assert_eq!(page.total, 1);
    let shared = world.room(&ann, "shared").await;
    world.join(&bob, &shared).await;
    world.send(&ann, &shared, "hello").await;
    world.app.accounts().unblock(&bob, ann.id()).await.expect("unblock");
    world.send(&ann, &room, "again").await;
}

#[tokio::test]
async fn who_is_blocked_is_answered_as_for_an_account_that_is_not_there() {
    let world = World::new();
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    block(&world, &bob, &ann).await;
    world.disable(cem.id()).await;
    for (one, other) in [(&ann, &bob), (&bob, &ann), (&ann, &cem)] {
        assert_eq!(code(world.app.rooms().direct(one, other.id()).await), "user_not_found");
    }
    let (notes, _) = world.app.rooms().direct(&ann, ann.id()).await.expect("notes to oneself");
    world.send(&ann, &notes, "note").await;
    assert_eq!(code(world.app.accounts().block(&ann, ann.id()).await), "not_permitted");
    assert_eq!(code(world.app.accounts().block(&ann, hallway_domain::UserId(99_999)).await), "user_not_found");
}

#[tokio::test]
async fn a_disabled_account_and_a_block_are_answered_alike() {
    let world = World::new();
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let (with_bob, _) = world.app.rooms().direct(&ann, bob.id()).await.expect("direct");
    let (with_cem, _) = world.app.rooms().direct(&ann, cem.id()).await.expect("direct");
    block(&world, &bob, &ann).await;
    world.disable(cem.id()).await;
    let errors = [with_bob, with_cem].map(|room| world.app.messages().send(&ann, message(room.id, "hello")));
    let errors = futures_util::future::join_all(errors).await;
    let texts: Vec<String> = errors.into_iter().map(|error| error.expect_err("refused").to_string()).collect();
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn neither_is_told_of_the_other_in_their_conversation() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (room, _) = world.app.rooms().direct(&ann, bob.id()).await.expect("direct");
    block(&world, &bob, &ann).await;
    let attendance = world.app.attendance();
    world.bus.take();
    let mut connections = Vec::new();
    for user in [&bob, &ann] {
        let connection = world.ids.connection();
        connections.push(connection);
        attendance.arrive(user, connection).await.expect("arrive");
        let (permit, ..) = world.app.rooms().admit(user, room.id).await.expect("admit");
        let present = attendance.enter(user, &permit, connection).await.expect("enter");
        let oneself = std::slice::from_ref(&user.user);
        assert_eq!(present, oneself);
        assert_eq!(attendance.list(user, room.id).await.expect("list"), oneself);
        attendance.typing(user, room.id, true, connection).await.expect("typing");
        assert_eq!(attendance.online(user, false).await.expect("online"), []);
    }
    attendance.leave(&ann, room.id, connections[1]).await.expect("leave");
    let told: Vec<SignalKind> = world.bus.signals().into_iter().map(|signal| signal.kind).collect();
    assert!(told.is_empty(), "{told:?}");
    world.app.accounts().unblock(&bob, ann.id()).await.expect("unblock");
    attendance.typing(&ann, room.id, true, connections[1]).await.expect("typing");
    assert_eq!(world.bus.signals().len(), 1);
}

#[tokio::test]
async fn blocks_are_listed_and_bounded() {
    let world = World::with(Settings { blocks_per_user: 2, ..settings() });
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (cem, dee) = (world.user("cem").await, world.user("dee").await);
    block(&world, &ann, &bob).await;
    world.clock.advance(time::Duration::SECOND);
    block(&world, &ann, &cem).await;
    assert_eq!(code(world.app.accounts().block(&ann, dee.id()).await), "too_many_blocks");
    let page = world.app.accounts().blocks(&ann, PageRequest::first(9)).await.expect("blocks");
    let names: Vec<_> = page.items.into_iter().map(|view| view.user.username.into_string()).collect();
    assert_eq!((names, page.total), (vec!["cem".to_owned(), "bob".to_owned()], 2));
    assert_eq!(world.app.accounts().blocks(&bob, PageRequest::first(9)).await.expect("blocks").total, 0);
}
