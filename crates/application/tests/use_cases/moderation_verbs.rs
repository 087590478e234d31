//! What moderators ask for so that asking twice is the same: sanctions with an end, kicks, handing over, removing what
//! somebody wrote; and what ends by the clock.

use hallway_application::{Impose, SetSanction};
use hallway_domain::{
    Actor, Fact, MemberChange, PageRequest, Purge, Revocation, Role, Room, RoomLoss, RoomPatch, SanctionKind, Seq,
    Toggle, UserId,
};
use time::Duration;

use crate::world::{World, code, message};

/// A room of `ann` with `bob` and `cem` as members, and a moderator `mia`.
async fn room() -> (World, Room, [Actor; 4]) {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (cem, mia) = (world.user("cem").await, world.user("mia").await);
    let room = world.room(&ann, "one").await;
    for user in [&bob, &cem, &mia] {
        world.join(user, &room).await;
    }
    world.app.moderation().set_moderator(&ann, room.id, mia.id(), Some(true)).await.expect("promote");
    world.bus.take();
    (world, room, [ann, bob, cem, mia])
}

fn impose(kind: SanctionKind) -> Impose {
    Impose { kind, reason: None, expires_at: None, purge: None }
}

#[tokio::test]
async fn a_ban_is_given_another_end_and_reason() {
    let (world, room, [_, bob, cem, mia]) = room().await;
    let moderation = world.app.moderation();
    let ban = Impose { reason: Some(" spam ".to_owned()), ..impose(SanctionKind::Ban) };
    let view = moderation.impose(&mia, room.id, bob.id(), ban.clone()).await.expect("ban");
    assert_eq!(view.standing.ban.and_then(|ban| ban.reason).as_deref(), Some("spam"));
    let length = world.log(room.id).await.len();
    moderation.impose(&mia, room.id, bob.id(), ban).await.expect("again");
    assert_eq!(world.log(room.id).await.len(), length, "the same again changes nothing");
    assert_eq!(world.audited().iter().filter(|word| word.ends_with("ban")).count(), 1);

    let end = world.now() + Duration::hours(1);
    let timed = Impose { expires_at: Some(end), ..impose(SanctionKind::Ban) };
    moderation.impose(&mia, room.id, bob.id(), timed.clone()).await.expect("another end");
    let change = MemberChange { ban: Some(Toggle::On(Some(end))), ..MemberChange::new(bob.user.clone()) };
    assert_eq!(world.facts(room.id).await.last(), Some(&Fact::MemberUpdated(change)));
    let why = Impose { reason: Some("flood".to_owned()), ..timed };
    let length = world.log(room.id).await.len();
    moderation.impose(&mia, room.id, bob.id(), why).await.expect("another reason");
    assert_eq!(world.log(room.id).await.len(), length, "a reason is not for members");
    assert_eq!(world.audited().iter().filter(|word| **word == "change_ban").count(), 2);

    let bans = moderation.sanctions(&mia, room.id, SanctionKind::Ban, PageRequest::first(9)).await.expect("bans");
    assert_eq!((bans.total, bans.items[0].sanction.expires_at), (1, Some(end)), "one row, not three");
    assert_eq!(bans.items[0].sanction.reason.as_deref(), Some("flood"));
    let mutes = moderation.sanctions(&mia, room.id, SanctionKind::Mute, PageRequest::first(9)).await.expect("mutes");
    assert_eq!(mutes.total, 0);
    let page = PageRequest::first(9);
    assert_eq!(code(moderation.sanctions(&cem, room.id, SanctionKind::Ban, page).await), "not_moderator");

    let off = SetSanction { kind: SanctionKind::Ban, on: Some(false), reason: None, expires_at: None };
    for _ in 0..2 {
        moderation.set_sanction(&mia, room.id, bob.id(), off.clone()).await.expect("lift, and once more");
    }
    world.send(&bob, &room, "back").await;
}

#[tokio::test]
async fn who_is_kicked_loses_the_room_and_may_come_back() {
    let (world, room, [ann, bob, cem, mia]) = room().await;
    let moderation = world.app.moderation();
    assert_eq!(code(moderation.kick(&cem, room.id, bob.id(), None).await), "not_moderator");
    assert_eq!(code(moderation.kick(&mia, room.id, ann.id(), None).await), "outranked");
    assert_eq!(code(moderation.kick(&mia, room.id, mia.id(), None).await), "not_permitted");
    assert_eq!(code(moderation.kick(&mia, room.id, UserId(999_999), None).await), "member_not_found");
    moderation.kick(&mia, room.id, bob.id(), Some("loud".to_owned())).await.expect("kick");
    let left = world.log(room.id).await.pop().expect("told");
    assert_eq!(left.fact, Fact::MemberLeft { user: bob.user.clone(), kicked: true });
    let lost = Revocation::Membership { room: room.id, user: bob.id(), why: RoomLoss::Kicked, seq: left.seq };
    assert_eq!(world.bus.revocations(), std::slice::from_ref(&lost));
    moderation.kick(&mia, room.id, bob.id(), None).await.expect("once more is fine");
    assert_eq!(world.bus.revocations(), [lost]);
    let line = world.store.audit_log().pop().expect("audited");
    assert_eq!((line.action, line.target, line.reason.as_deref()), ("kick", Some(bob.id()), Some("loud")));
    assert_eq!(code(world.app.messages().send(&bob, message(room.id, "x")).await), "not_a_member");
    world.join(&bob, &room).await;
    world.send(&bob, &room, "here again").await;
}

#[tokio::test]
async fn who_is_kicked_from_a_private_room_sees_nothing_of_it() {
    let (world, room, [ann, bob, ..]) = room().await;
    let private = RoomPatch { private: Some(true), ..RoomPatch::default() };
    world.app.rooms().update(&ann, room.id, private).await.expect("update");
    world.app.moderation().kick(&ann, room.id, bob.id(), None).await.expect("kick");
    assert_eq!(code(world.app.rooms().get(&bob, room.id).await), "room_not_found");
    assert_eq!(code(world.app.rooms().admit(&bob, room.id).await), "room_not_found");
    assert_eq!(code(world.app.messages().page(&bob, room.id, PageRequest::first(9)).await), "room_not_found");
    assert_eq!(code(world.app.rooms().join(&bob, room.id).await), "room_is_private");
}

#[tokio::test]
async fn an_owner_hands_the_room_over() {
    let (world, room, [ann, bob, cem, mia]) = room().await;
    let moderation = world.app.moderation();
    assert_eq!(code(moderation.hand_over(&mia, room.id, bob.id()).await), "not_permitted");
    assert_eq!(code(moderation.hand_over(&ann, room.id, ann.id()).await), "not_permitted");
    world.app.rooms().leave(&cem, room.id).await.expect("leave");
    assert_eq!(code(moderation.hand_over(&ann, room.id, cem.id()).await), "member_not_found");
    moderation.impose(&ann, room.id, bob.id(), impose(SanctionKind::Mute)).await.expect("mute");
    let view = moderation.hand_over(&ann, room.id, bob.id()).await.expect("hand over");
    assert_eq!((view.standing.role(), view.standing.mute), (Some(Role::Owner), None));
    let own = world.app.rooms().member(&bob, room.id, ann.id()).await.expect("still a member");
    assert_eq!(own.standing.role(), Some(Role::Moderator));
    assert_eq!(code(moderation.set_moderator(&ann, room.id, bob.id(), Some(false)).await), "outranked");
    assert_eq!(code(moderation.hand_over(&ann, room.id, mia.id()).await), "not_permitted", "not hers any more");
    moderation.hand_over(&bob, room.id, ann.id()).await.expect("and back");
}

#[tokio::test]
async fn a_ban_takes_along_what_was_written_of_late() {
    let (world, room, [ann, bob, _, mia]) = room().await;
    world.send(&bob, &room, "long ago").await;
    world.clock.advance(Duration::hours(3));
    let first = world.send(&bob, &room, "buy this").await;
    world.send(&ann, &room, "who is that").await;
    let last = world.send(&bob, &room, "buy that").await;
    let ban = Impose { purge: Some(Duration::hours(2)), ..impose(SanctionKind::Ban) };
    world.app.moderation().impose(&mia, room.id, bob.id(), ban.clone()).await.expect("ban");
    let purge =
        Purge { user: bob.user.clone(), from: first.seq, to: last.seq, messages: vec![last.message, first.message] };
    assert_eq!(world.facts(room.id).await.last(), Some(&Fact::MessagesPurged(purge)));
    assert_eq!(world.texts(room.id).await, ["long ago", "", "who is that", ""], "the log says nothing of it");
    let left = world.app.messages().page(&ann, room.id, PageRequest::first(9)).await.expect("page");
    let texts: Vec<_> = left.items.iter().map(|view| view.message.body.as_str()).collect();
    assert_eq!(texts, ["long ago", "who is that"]);
    let line = world.store.audit_log().pop().expect("audited");
    assert_eq!(line.action, "purge");
    assert_eq!(line.details, [("messages", "2".to_owned()), ("hours", "2".to_owned())]);
    let length = world.log(room.id).await.len();
    world.app.moderation().impose(&mia, room.id, bob.id(), ban).await.expect("again");
    assert_eq!(world.log(room.id).await.len(), length, "there is nothing left to remove");
    for hours in [0, -1, 169] {
        let wrong = Impose { purge: Some(Duration::hours(hours)), ..impose(SanctionKind::Ban) };
        assert_eq!(code(world.app.moderation().impose(&mia, room.id, bob.id(), wrong).await), "invalid");
    }
}

#[tokio::test]
async fn ends_are_noted_once_and_nothing_waits_for_it() {
    let (world, room, [_, bob, cem, mia]) = room().await;
    let moderation = world.app.moderation();
    let end = world.now() + Duration::minutes(5);
    for (target, kind) in [(&bob, SanctionKind::Ban), (&cem, SanctionKind::Mute)] {
        let timed = Impose { expires_at: Some(end), ..impose(kind) };
        moderation.impose(&mia, room.id, target.id(), timed).await.expect("impose");
    }
    world.bus.take();
    world.clock.set(end - Duration::seconds(1));
    assert_eq!(moderation.note_expired().await.expect("note"), 0);
    assert_eq!(code(world.app.messages().send(&bob, message(room.id, "x")).await), "banned");
    world.clock.set(end);
    world.send(&bob, &room, "at last").await;
    world.send(&cem, &room, "me too").await;
    assert_eq!(moderation.note_expired().await.expect("note"), 2);
    assert_eq!(moderation.note_expired().await.expect("note"), 0, "each once");
    let lines: Vec<_> = world.store.audit_log().into_iter().filter(|line| line.action.ends_with("expired")).collect();
    let told: Vec<_> = lines.iter().map(|line| (line.action, line.target, line.actor, line.at)).collect();
    assert_eq!(told, [("ban_expired", Some(bob.id()), None, end), ("mute_expired", Some(cem.id()), None, end)]);
    assert_eq!(world.bus.revocations(), [Revocation::Granted { room: room.id, user: bob.id() }]);
}

#[tokio::test]
async fn who_was_let_in_again_knows_of_the_loss() {
    let (world, room, [ann, bob, ..]) = room().await;
    world.app.moderation().kick(&ann, room.id, bob.id(), None).await.expect("kick");
    let Some(Revocation::Membership { seq, .. }) = world.bus.revocations().pop() else { panic!("a revocation") };
    world.join(&bob, &room).await;
    let (permit, ..) = world.app.rooms().admit(&bob, room.id).await.expect("admitted");
    assert!(permit.as_of() > seq && seq > Seq::ZERO, "the late revocation is older than the right");
}
