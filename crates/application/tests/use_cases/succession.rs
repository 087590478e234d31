//! Who a room belongs to when its owner goes.

use hallway_application::SetSanction;
use hallway_domain::{Actor, Fact, MemberChange, Revocation, Role, Room, SanctionKind, Toggle};
use time::Duration;

use crate::world::{World, code};

async fn role(world: &World, room: &Room, user: &Actor) -> Option<Role> {
    world.queries().standing(room.id, user.id(), world.now()).await.expect("standing").role()
}

async fn sanction(world: &World, by: &Actor, room: &Room, target: &Actor, kind: SanctionKind) {
    let sanction = SetSanction { kind, on: Some(true), reason: None, expires_at: None };
    world.app.moderation().set_sanction(by, room.id, target.id(), sanction).await.expect("sanction");
}

/// A room of `ann` with three members who joined one second after another.
async fn room_of_four(world: &World) -> (Actor, [Actor; 3], Room) {
    let ann = world.user("ann").await;
    let room = world.room(&ann, "one").await;
    let others = [world.user("bob").await, world.user("cem").await, world.user("dee").await];
    for other in &others {
        world.clock.advance(Duration::seconds(1));
        world.join(other, &room).await;
    }
    (ann, others, room)
}

#[tokio::test]
async fn the_highest_then_the_longest_takes_over() {
    let world = World::new();
    let (ann, [bob, cem, dee], room) = room_of_four(&world).await;
    world.app.moderation().set_role(&ann, room.id, dee.id(), Role::Moderator).await.expect("promote");
    world.app.rooms().leave(&ann, room.id).await.expect("leave");
    assert_eq!(role(&world, &room, &dee).await, Some(Role::Owner), "a moderator first");
    let facts = world.facts(room.id).await;
    let crowned = MemberChange { role: Some(Role::Owner), ..MemberChange::new(dee.user.clone()) };
    assert_eq!(
        facts[facts.len() - 2..],
        [Fact::MemberLeft { user: ann.user.clone(), kicked: false }, Fact::MemberUpdated(crowned)]
    );
    world.app.rooms().leave(&dee, room.id).await.expect("leave");
    assert_eq!(role(&world, &room, &bob).await, Some(Role::Owner), "then the longest member");
    assert_eq!(role(&world, &room, &cem).await, Some(Role::Member));
}

#[tokio::test]
async fn another_owner_is_enough() {
    let world = World::new();
    let (ann, [bob, cem, _], room) = room_of_four(&world).await;
    world.app.moderation().set_role(&ann, room.id, cem.id(), Role::Owner).await.expect("a second owner");
    world.app.rooms().leave(&ann, room.id).await.expect("leave");
    assert_eq!(role(&world, &room, &cem).await, Some(Role::Owner));
    assert_eq!(role(&world, &room, &bob).await, Some(Role::Member), "nobody needs to take over");
}

#[tokio::test]
async fn who_is_banned_does_not_inherit_and_an_owner_is_not_muted() {
    let world = World::new();
    let (ann, [bob, cem, _], room) = room_of_four(&world).await;
    sanction(&world, &ann, &room, &bob, SanctionKind::Ban).await;
    sanction(&world, &ann, &room, &cem, SanctionKind::Mute).await;
    world.app.rooms().leave(&ann, room.id).await.expect("leave");
    assert_eq!(role(&world, &room, &bob).await, Some(Role::Member));
    assert_eq!(role(&world, &room, &cem).await, Some(Role::Owner));
    world.send(&cem, &room, "nobody could have unmuted me").await;
    let change =
        MemberChange { role: Some(Role::Owner), mute: Some(Toggle::Off), ..MemberChange::new(cem.user.clone()) };
    assert!(world.facts(room.id).await.contains(&Fact::MemberUpdated(change)));
}

#[tokio::test]
async fn an_empty_public_room_goes_to_who_comes_next() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.app.rooms().leave(&ann, room.id).await.expect("leave");
    let entry = world.app.rooms().join(&bob, room.id).await.expect("join");
    assert_eq!(entry.membership.role, Role::Owner);
    assert_eq!(role(&world, &room, &bob).await, Some(Role::Owner));
    assert_eq!(world.app.rooms().join(&ann, room.id).await.expect("join").membership.role, Role::Member);
    assert_eq!(world.facts(room.id).await.len(), 5, "joined, left, joined, owner, joined");
}

#[tokio::test]
async fn an_empty_private_room_is_deleted() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.private_room(&ann, "secret").await;
    world.app.rooms().add_member(&ann, room.id, &bob.user.username).await.expect("add");
    world.app.rooms().leave(&ann, room.id).await.expect("leave");
    assert_eq!(role(&world, &room, &bob).await, Some(Role::Owner));
    world.bus.take();
    world.app.rooms().leave(&bob, room.id).await.expect("leave");
    assert_eq!(world.bus.revocations(), [Revocation::Room { room: room.id }]);
    assert_eq!(code(world.app.rooms().leave(&bob, room.id).await), "room_not_found");
    assert_eq!(world.audited().last(), Some(&"delete_room"));
    world.private_room(&bob, "secret").await;
}
