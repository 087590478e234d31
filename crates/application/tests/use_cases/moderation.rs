//! Roles and sanctions.

use hallway_application::{ErrorKind, SetSanction};
use hallway_domain::{
    Actor, Fact, MemberChange, Revocation, Role, Room, RoomLoss, SanctionKind, Seq, Timestamp, Toggle, UserId,
};
use hallway_test_support::fakes::CommitFailure;
use time::Duration;

use crate::world::{World, code, message};

/// Where the log of a case says that somebody was banned: after the three who came.
const BAN: Seq = Seq(4);

struct Case {
    world: World,
    ann: Actor,
    bob: Actor,
    cem: Actor,
    room: Room,
}

/// A room of `ann`, with `bob` and `cem` as members.
async fn case() -> Case {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let cem = world.user("cem").await;
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    world.join(&cem, &room).await;
    world.bus.take();
    Case { world, ann, bob, cem, room }
}

fn set(kind: SanctionKind, on: Option<bool>) -> SetSanction {
    SetSanction { kind, on, reason: None, expires_at: None }
}

fn until(kind: SanctionKind, end: Timestamp) -> SetSanction {
    SetSanction { expires_at: Some(end), ..set(kind, Some(true)) }
}

impl Case {
    async fn last_change(&self) -> MemberChange {
        match self.world.facts(self.room.id).await.pop() {
            Some(Fact::MemberUpdated(change)) => change,
            other => panic!("not a change: {other:?}"),
        }
    }

    async fn promote(&self, target: &Actor) {
        let done = self.world.app.moderation().set_moderator(&self.ann, self.room.id, target.id(), Some(true)).await;
        assert_eq!(done.expect("promote").standing.role(), Some(Role::Moderator));
    }
}

#[tokio::test]
async fn moderators_are_made_and_unmade() {
    let case = case().await;
    let (moderation, room) = (case.world.app.moderation(), case.room.id);
    case.promote(&case.bob).await;
    let change = MemberChange { role: Some(Role::Moderator), ..MemberChange::new(case.bob.user.clone()) };
    assert_eq!(case.last_change().await, change, "only what changed");
    let before = case.world.log(room).await.len();
    case.promote(&case.bob).await;
    assert_eq!(case.world.log(room).await.len(), before, "what is so already stays so");
    let toggled = moderation.set_moderator(&case.ann, room, case.bob.id(), None).await.expect("toggle");
    assert_eq!(toggled.standing.role(), Some(Role::Member));
    let toggled = moderation.set_moderator(&case.ann, room, case.bob.id(), None).await.expect("toggle");
    assert_eq!(toggled.standing.role(), Some(Role::Moderator));
    assert_eq!(case.world.audited().iter().filter(|word| **word == "set_role").count(), 3);
}

#[tokio::test]
async fn nobody_acts_on_an_equal_or_higher_rank() {
    let case = case().await;
    let (moderation, room) = (case.world.app.moderation(), case.room.id);
    let (ann, bob, cem) = (&case.ann, &case.bob, &case.cem);
    assert_eq!(code(moderation.set_moderator(bob, room, cem.id(), None).await), "not_moderator");
    assert_eq!(code(moderation.set_sanction(bob, room, cem.id(), set(SanctionKind::Ban, None)).await), "not_moderator");
    assert_eq!(code(moderation.set_moderator(bob, room, bob.id(), Some(true)).await), "not_moderator");
    case.promote(bob).await;
    case.promote(cem).await;
    for target in [ann, cem] {
        assert_eq!(code(moderation.set_role(bob, room, target.id(), Role::Member).await), "outranked");
        for kind in [SanctionKind::Mute, SanctionKind::Ban] {
            assert_eq!(code(moderation.set_sanction(bob, room, target.id(), set(kind, None)).await), "outranked");
        }
    }
    assert_eq!(code(moderation.set_role(bob, room, bob.id(), Role::Owner).await), "not_permitted");
    assert_eq!(code(moderation.set_role(ann, room, ann.id(), Role::Member).await), "not_permitted");
    assert_eq!(code(moderation.set_sanction(ann, room, ann.id(), set(SanctionKind::Ban, None)).await), "not_permitted");
    moderation.set_moderator(bob, room, bob.id(), Some(false)).await.expect("stepping down is one's own affair");
    assert_eq!(code(moderation.set_moderator(ann, room, UserId(999_999), None).await), "member_not_found");
}

#[tokio::test]
async fn a_ban_takes_the_room_away() {
    let case = case().await;
    let (moderation, room, bob) = (case.world.app.moderation(), case.room.id, &case.bob);
    let wish = SetSanction { reason: Some("  spam ".to_owned()), ..set(SanctionKind::Ban, Some(true)) };
    let view = moderation.set_sanction(&case.ann, room, bob.id(), wish.clone()).await.expect("ban");
    assert!(view.standing.ban.is_some() && view.standing.membership.is_some(), "banned, and still a member");
    let change = MemberChange { ban: Some(Toggle::On(None)), ..MemberChange::new(bob.user.clone()) };
    assert_eq!(case.last_change().await, change);
    let lost = Revocation::Membership { room, user: bob.id(), why: RoomLoss::Banned, seq: BAN };
    assert_eq!(case.world.bus.revocations(), std::slice::from_ref(&lost));
    moderation.set_sanction(&case.ann, room, bob.id(), wish).await.expect("again");
    assert_eq!(case.world.bus.revocations(), std::slice::from_ref(&lost), "what is so already stays so");
    let line = case.world.store.audit_log().pop().expect("audited");
    assert_eq!((line.action, line.target, line.reason.as_deref()), ("ban", Some(bob.id()), Some("spam")));

    assert_eq!(code(case.world.app.messages().send(bob, message(room, "let me in")).await), "banned");
    assert_eq!(code(case.world.app.rooms().admit(bob, room).await), "banned");
    moderation.set_sanction(&case.ann, room, bob.id(), set(SanctionKind::Ban, None)).await.expect("lift");
    case.world.app.rooms().admit(bob, room).await.expect("welcome back");
    assert_eq!(case.world.bus.revocations(), [lost, Revocation::Granted { room, user: bob.id() }]);
    assert_eq!(case.last_change().await.ban, Some(Toggle::Off));
}

#[tokio::test]
async fn a_mute_ends_by_the_clock() {
    let case = case().await;
    let (moderation, room, bob) = (case.world.app.moderation(), case.room.id, &case.bob);
    let end = case.world.now() + Duration::minutes(5);
    moderation.set_sanction(&case.ann, room, bob.id(), until(SanctionKind::Mute, end)).await.expect("mute");
    assert_eq!(case.last_change().await.mute, Some(Toggle::On(Some(end))));
    assert_eq!(code(case.world.app.messages().send(bob, message(room, "x")).await), "muted");
    case.world.app.rooms().admit(bob, room).await.expect("may read");
    case.world.clock.set(end);
    case.world.send(bob, &case.room, "at last").await;
    assert!(case.world.bus.revocations().is_empty());
}

#[tokio::test]
async fn who_left_can_still_be_banned() {
    let case = case().await;
    let (moderation, room, bob) = (case.world.app.moderation(), case.room.id, &case.bob);
    case.world.app.rooms().leave(bob, room).await.expect("leave");
    let toggle = set(SanctionKind::Ban, None);
    assert_eq!(code(moderation.set_sanction(&case.ann, room, bob.id(), toggle).await), "member_not_found");
    let ban = set(SanctionKind::Ban, Some(true));
    let view = moderation.set_sanction(&case.ann, room, bob.id(), ban.clone()).await.expect("ban");
    assert!(view.standing.membership.is_none() && view.standing.ban.is_some());
    assert_eq!(code(case.world.app.rooms().join(bob, room).await), "banned");
    assert_eq!(code(moderation.set_sanction(&case.ann, room, UserId(999_999), ban).await), "member_not_found");
}

#[tokio::test]
async fn wishes_are_checked() {
    let case = case().await;
    let moderation = case.world.app.moderation();
    let past = until(SanctionKind::Mute, case.world.now());
    let long = SetSanction { reason: Some("x".repeat(501)), ..set(SanctionKind::Mute, None) };
    let nul = SetSanction { reason: Some("a\0b".to_owned()), ..set(SanctionKind::Mute, None) };
    for wish in [past, long, nul] {
        let error = moderation.set_sanction(&case.ann, case.room.id, case.bob.id(), wish).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn a_ban_that_may_be_stored_takes_the_room_away() {
    for failure in [CommitFailure::LostBefore, CommitFailure::LostAfter] {
        let case = case().await;
        let (room, bob) = (case.room.id, &case.bob);
        case.world.store.fail_commit(failure);
        let ban = set(SanctionKind::Ban, Some(true));
        let outcome = case.world.app.moderation().set_sanction(&case.ann, room, bob.id(), ban).await;
        assert_eq!(code(outcome), "unavailable", "{failure:?}");
        let lost = Revocation::Membership { room, user: bob.id(), why: RoomLoss::Banned, seq: BAN };
        assert_eq!(case.world.bus.revocations(), [lost], "{failure:?}");
        assert!(case.world.bus.events().is_empty(), "{failure:?}: the log tells of what is in it");
        let is_let_in = case.world.app.rooms().admit(bob, room).await.is_ok();
        assert_eq!(is_let_in, failure == CommitFailure::LostBefore);
    }
}
