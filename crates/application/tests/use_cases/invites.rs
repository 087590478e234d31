//! Links into rooms.

use hallway_application::{Impose, MadeInvite, Settings};
use hallway_domain::{Actor, InviteTerms, PageRequest, Room, RoomPatch, SanctionKind};
use time::Duration;

use crate::world::{World, code, message, settings, strict};

async fn room(settings: Settings) -> (World, Room, Actor, Actor) {
    let world = World::with(settings);
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.private_room(&ann, "den").await;
    (world, room, ann, bob)
}

async fn invite(world: &World, room: &Room, by: &Actor, terms: InviteTerms) -> MadeInvite {
    world.app.rooms().create_invite(by, room.id, terms).await.expect("a link")
}

#[tokio::test]
async fn a_link_leads_into_a_private_room() {
    let (world, room, ann, bob) = room(settings()).await;
    let rooms = world.app.rooms();
    assert_eq!(code(rooms.create_invite(&bob, room.id, InviteTerms::default()).await), "room_not_found");
    let made = invite(&world, &room, &ann, InviteTerms::default()).await;
    assert_eq!(made.code.len(), 43);
    let seen = rooms.preview_invite(&bob, &made.code).await.expect("preview");
    assert_eq!((seen.name, seen.members, seen.is_member), (room.name.clone(), 1, false));
    assert_eq!(code(rooms.get(&bob, room.id).await), "room_not_found", "a link alone opens nothing");
    assert!(rooms.accept_invite(&bob, &made.code).await.expect("accept").new);
    world.send(&bob, &room, "hello").await;
    assert!(!rooms.accept_invite(&bob, &made.code).await.expect("again").new);
    assert!(rooms.preview_invite(&bob, &made.code).await.expect("preview").is_member);
    let listed = rooms.invites(&ann, room.id, PageRequest::first(9)).await.expect("list");
    assert_eq!((listed.total, listed.items[0].invite.uses), (1, 1), "who is a member uses up nothing");
    assert_eq!(code(rooms.invites(&bob, room.id, PageRequest::first(9)).await), "not_moderator");
    assert_eq!(world.audited().iter().filter(|word| word.contains("invite")).count(), 2);
    let all = format!("{:?}", world.store.audit_log());
    assert!(!all.contains(&made.code), "the code is a secret");
}

#[tokio::test]
async fn a_link_ends_by_clock_uses_and_word() {
    let (world, room, ann, bob) = room(settings()).await;
    let (rooms, cem) = (world.app.rooms(), world.user("cem").await);
    let timed = InviteTerms { lifetime: Some(Duration::hours(1)), ..InviteTerms::default() };
    let timed = invite(&world, &room, &ann, timed).await;
    let once = invite(&world, &room, &ann, InviteTerms { max_uses: Some(1), ..InviteTerms::default() }).await;
    let revoked = invite(&world, &room, &ann, InviteTerms::default()).await;
    for _ in 0..2 {
        rooms.accept_invite(&bob, &once.code).await.expect("the one use, and its repeat");
    }
    assert_eq!(code(rooms.accept_invite(&cem, &once.code).await), "invite_not_found");
    assert_eq!(code(rooms.preview_invite(&cem, &once.code).await), "invite_not_found");
    assert_eq!(code(rooms.revoke_invite(&bob, room.id, revoked.invite.id).await), "not_moderator");
    for _ in 0..2 {
        rooms.revoke_invite(&ann, room.id, revoked.invite.id).await.expect("revoke, and once more");
    }
    assert_eq!(code(rooms.accept_invite(&cem, &revoked.code).await), "invite_not_found");
    assert_eq!(code(rooms.accept_invite(&cem, "made up").await), "invite_not_found");
    assert_eq!(code(rooms.accept_invite(&cem, &"A".repeat(43)).await), "invite_not_found");
    world.clock.advance(Duration::hours(1));
    assert_eq!(code(rooms.accept_invite(&cem, &timed.code).await), "invite_not_found");
    for (lifetime, max_uses) in [(Some(Duration::ZERO), None), (Some(Duration::days(366)), None), (None, Some(0))] {
        assert_eq!(code(rooms.create_invite(&ann, room.id, InviteTerms { lifetime, max_uses }).await), "invalid");
    }
}

#[tokio::test]
async fn no_link_opens_a_room_to_who_is_banned() {
    let (world, room, ann, bob) = room(settings()).await;
    let rooms = world.app.rooms();
    let made = invite(&world, &room, &ann, InviteTerms::default()).await;
    rooms.accept_invite(&bob, &made.code).await.expect("accept");
    let ban = Impose { kind: SanctionKind::Ban, reason: None, expires_at: None, purge: None };
    world.app.moderation().impose(&ann, room.id, bob.id(), ban).await.expect("ban");
    rooms.leave(&bob, room.id).await.expect("who is banned may leave");
    let again = invite(&world, &room, &ann, InviteTerms::default()).await;
    for link in [&made, &again] {
        assert_eq!(code(rooms.accept_invite(&bob, &link.code).await), "banned");
        assert_eq!(code(rooms.preview_invite(&bob, &link.code).await), "banned");
    }
    let listed = rooms.invites(&ann, room.id, PageRequest::first(9)).await.expect("list");
    assert_eq!(listed.items[1].invite.uses, 0, "who stays out uses up nothing");
    assert_eq!(code(world.app.messages().send(&bob, message(room.id, "x")).await), "room_not_found");
    let archive = RoomPatch { archived: Some(true), ..RoomPatch::default() };
    rooms.update(&ann, room.id, archive).await.expect("archive");
    let cem = world.user("cem").await;
    assert_eq!(code(rooms.accept_invite(&cem, &again.code).await), "room_archived");
}

#[tokio::test]
async fn of_two_that_come_for_the_last_use_one_gets_it() {
    let (world, room, ann, bob) = room(settings()).await;
    let cem = world.user("cem").await;
    let made = invite(&world, &room, &ann, InviteTerms { max_uses: Some(1), ..InviteTerms::default() }).await;
    let rooms = world.app.rooms();
    let (one, two) = tokio::join!(rooms.accept_invite(&bob, &made.code), rooms.accept_invite(&cem, &made.code));
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|came| **came).count(), 1);
    assert_eq!(rooms.members(&ann, room.id, PageRequest::first(9)).await.expect("members").total, 2);
}

#[tokio::test]
async fn links_are_bounded_in_number_and_rate() {
    let (world, room, ann, _) = room(Settings { invites_per_room: 2, ..settings() }).await;
    for _ in 0..2 {
        invite(&world, &room, &ann, InviteTerms::default()).await;
    }
    let outcome = world.app.rooms().create_invite(&ann, room.id, InviteTerms::default()).await;
    assert_eq!(code(outcome), "too_many_invites");
    let world = World::with(Settings { rates: Some(strict()), ..settings() });
    let dan = world.user("dan").await;
    assert_eq!(code(world.app.rooms().preview_invite(&dan, &"A".repeat(43)).await), "invite_not_found");
    assert_eq!(code(world.app.rooms().preview_invite(&dan, &"A".repeat(43)).await), "rate_limited");
}
