//! Who may write, and how often: announcement rooms, slow mode, archives.

use futures_util::future::join_all;
use hallway_application::ErrorKind;
use hallway_domain::policy::Denied;
use hallway_domain::{Actor, Fact, Posting, Room, RoomMode, RoomPatch};
use time::Duration;

use crate::world::{World, code, message};

async fn room(patch: RoomPatch) -> (World, Room, Actor, Actor) {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    world.app.rooms().update(&ann, room.id, patch).await.expect("update");
    (world, room, ann, bob)
}

fn slow(seconds: u32) -> RoomPatch {
    RoomPatch { slow_mode_seconds: Some(seconds), ..RoomPatch::default() }
}

fn archived(archived: bool) -> RoomPatch {
    RoomPatch { archived: Some(archived), ..RoomPatch::default() }
}

#[tokio::test]
async fn members_wait_between_messages_and_moderators_do_not() {
    let (world, room, ann, bob) = room(slow(30)).await;
    let mode = RoomMode { slow_mode_seconds: 30, ..RoomMode::default() };
    let told = world.facts(room.id).await.pop();
    assert!(matches!(told, Some(Fact::RoomUpdated { mode: present, .. }) if present == mode));
    world.send(&bob, &room, "first").await;
    world.clock.advance(Duration::seconds(10));
    let error = world.app.messages().send(&bob, message(room.id, "too soon")).await.expect_err("slow mode");
    assert_eq!((error.code(), error.kind()), ("slow_mode", ErrorKind::RateLimited));
    let hallway_application::Error::Denied(Denied::SlowMode(wait)) = error else { panic!("{error}") };
    assert_eq!(wait, Duration::seconds(20));
    let (_, present, standing, _) = world.app.rooms().admit(&bob, room.id).await.expect("admitted");
    let next = world.app.rooms().next_message_at(&present, &standing).await.expect("told");
    assert_eq!(next, Some(world.now() + Duration::seconds(20)));
    for text in ["one", "two"] {
        world.send(&ann, &room, text).await;
    }
    world.clock.advance(Duration::seconds(20));
    assert_eq!(world.app.rooms().next_message_at(&present, &standing).await.expect("told"), None);
    let again = world.send(&bob, &room, "second").await;
    // Neither deleting nor leaving makes the wait shorter.
    world.app.messages().delete(&bob, room.id, again.message).await.expect("delete");
    world.app.rooms().leave(&bob, room.id).await.expect("leave");
    world.join(&bob, &room).await;
    assert_eq!(code(world.app.messages().send(&bob, message(room.id, "third")).await), "slow_mode");
    world.app.rooms().update(&ann, room.id, slow(0)).await.expect("off");
    world.send(&bob, &room, "third").await;
}

#[tokio::test]
async fn of_many_at_once_slow_mode_lets_one_through() {
    let (world, room, ann, bob) = room(slow(30)).await;
    let sends = (0..20).map(|n| world.app.messages().send(&bob, message(room.id, &format!("bob {n}"))));
    let others = (0..20).map(|n| world.app.messages().send(&ann, message(room.id, &format!("ann {n}"))));
    let (sends, others): (Vec<_>, Vec<_>) = (sends.collect(), others.collect());
    let (sends, others) = tokio::join!(join_all(sends), join_all(others));
    assert!(sends[0].is_ok(), "the first of them: {:?}", sends[0]);
    assert!(sends.into_iter().skip(1).all(|sent| code(sent) == "slow_mode"));
    assert!(others.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_repeated_send_is_not_a_second_message() {
    let (world, room, _, bob) = room(slow(30)).await;
    let mut once = message(room.id, "once");
    once.client_id = Some(world.client_id());
    let first = world.app.messages().send(&bob, once.clone()).await.expect("send");
    let again = world.app.messages().send(&bob, once).await.expect("the answer got lost");
    assert!(again.duplicate && again.seq == first.seq);
}

#[tokio::test]
async fn only_moderators_announce() {
    let patch = RoomPatch { posting: Some(Posting::Moderators), ..RoomPatch::default() };
    let (world, room, ann, bob) = room(patch).await;
    let news = world.send(&ann, &room, "news").await;
    assert_eq!(code(world.app.messages().send(&bob, message(room.id, "me too")).await), "moderators_only");
    let thumbs = hallway_domain::Emoji::parse("\u{1F44D}").expect("an emoji");
    world.app.messages().react(&bob, room.id, news.message, thumbs, true).await.expect("members react");
    world.app.moderation().set_moderator(&ann, room.id, bob.id(), Some(true)).await.expect("promote");
    world.send(&bob, &room, "now I may").await;
}

#[tokio::test]
async fn an_archived_room_is_read_only_until_it_is_taken_back() {
    let (world, room, ann, bob) = room(archived(true)).await;
    let cem = world.user("cem").await;
    for who in [&ann, &bob] {
        assert_eq!(code(world.app.messages().send(who, message(room.id, "x")).await), "room_archived");
    }
    assert_eq!(code(world.app.rooms().join(&cem, room.id).await), "room_archived");
    world.app.rooms().admit(&cem, room.id).await.expect("a public one may be read");
    assert_eq!(code(world.app.rooms().update(&bob, room.id, archived(false)).await), "not_moderator");
    world.app.rooms().update(&ann, room.id, archived(false)).await.expect("take back");
    world.join(&cem, &room).await;
    world.send(&cem, &room, "hello").await;
}
