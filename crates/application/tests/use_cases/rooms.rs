//! Rooms and who is in them.

use hallway_application::{CreateRoom, ErrorKind, SetSanction};
use hallway_domain::ports::RoomFilter;
use hallway_domain::{
    Fact, PageRequest, Revocation, Role, RoomId, RoomKind, RoomLoss, RoomMode, RoomPatch, RoomTopic, SanctionKind, Seq,
    UserId,
};

use crate::world::{World, code, room_name, username};

#[tokio::test]
async fn the_maker_owns_the_room() {
    let world = World::new();
    let ann = world.user("ann").await;
    let topic = RoomTopic::parse("all and nothing").ok();
    let command = CreateRoom { name: room_name("one"), topic: topic.clone(), private: false, members: Vec::new() };
    let room = world.app.rooms().create(&ann, command.clone()).await.expect("create");
    assert_eq!((room.kind, room.topic.clone(), room.last_seq), (RoomKind::Public, topic, Seq(1)));
    assert_eq!(world.app.rooms().get(&ann, room.id).await.expect("get"), room);
    let member = world.app.rooms().member(&ann, room.id, ann.id()).await.expect("member");
    assert_eq!(member.standing.role(), Some(Role::Owner));
    assert_eq!(world.facts(room.id).await, [Fact::MemberJoined { user: ann.user.clone() }]);
    assert_eq!(world.bus.events(), world.log(room.id).await, "what is stored is published");
    assert_eq!(code(world.app.rooms().create(&ann, command).await), "room_name_taken");
}

#[tokio::test]
async fn a_private_room_does_not_exist_for_others() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.private_room(&ann, "secret").await;
    let (rooms, moderation) = (world.app.rooms(), world.app.moderation());
    let page = PageRequest::first(9);
    let sanction = SetSanction { kind: SanctionKind::Ban, on: Some(true), reason: None, expires_at: None };
    let outcomes = [
        rooms.get(&bob, room.id).await.map(drop),
        rooms.summary(&bob, room.id).await.map(drop),
        rooms.by_name(&bob, &room_name("secret")).await.map(drop),
        rooms.update(&bob, room.id, RoomPatch::default()).await.map(drop),
        rooms.delete(&bob, room.id).await,
        rooms.leave(&bob, room.id).await,
        rooms.add_member(&bob, room.id, &username("bob")).await.map(drop),
        rooms.members(&bob, room.id, page).await.map(drop),
        rooms.member(&bob, room.id, ann.id()).await.map(drop),
        rooms.admit(&bob, room.id).await.map(drop),
        world.app.messages().page(&bob, room.id, page).await.map(drop),
        world.app.messages().mark_read(&bob, room.id, Seq(1)).await,
        world.app.attendance().list(&bob, room.id).await.map(drop),
        moderation.set_role(&bob, room.id, ann.id(), Role::Member).await.map(drop),
        moderation.set_sanction(&bob, room.id, ann.id(), sanction).await.map(drop),
        moderation.set_moderator(&bob, room.id, UserId(999_999), None).await.map(drop),
    ];
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let error = outcome.expect_err("hidden");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::NotFound, "room not found"), "number {n}");
    }
    let error = rooms.join(&bob, room.id).await.expect_err("only joining tells that it is private");
    assert_eq!(error.to_string(), "room is private");
    let listed = rooms.list(&bob, &RoomFilter::default(), page).await.expect("list");
    assert_eq!(listed.total, 0);
}

#[tokio::test]
async fn a_room_alone_is_as_in_the_list() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    world.send(&ann, &room, "hello").await;
    let rooms = world.app.rooms();
    let listed = rooms.list(&bob, &RoomFilter::default(), PageRequest::first(9)).await.expect("list").items.remove(0);
    assert_eq!((listed.members, listed.unread, listed.last_message_at.is_some()), (2, 1, true));
    assert_eq!(rooms.summary(&bob, room.id).await.expect("summary"), listed);
    assert_eq!(rooms.by_name(&bob, &room_name("one")).await.expect("by name"), listed);
    assert_eq!(code(rooms.summary(&bob, RoomId(999_999)).await), "room_not_found");
    assert_eq!(code(rooms.by_name(&bob, &room_name("none")).await), "room_not_found");
}

#[tokio::test]
async fn joining_twice_is_joining_once() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.send(&ann, &room, "before").await;
    world.bus.take();
    let entry = world.app.rooms().join(&bob, room.id).await.expect("join");
    assert!(entry.new);
    assert_eq!((entry.membership.role, entry.membership.last_read), (Role::Member, Seq(2)));
    assert_eq!(entry.room.last_seq, Seq(3));
    let again = world.app.rooms().join(&bob, room.id).await.expect("join");
    assert!(!again.new);
    assert_eq!(again.membership, entry.membership);
    let joined = Fact::MemberJoined { user: bob.user.clone() };
    assert_eq!(world.facts(room.id).await.iter().filter(|fact| **fact == joined).count(), 1);
    assert_eq!(world.bus.revocations(), [Revocation::Granted { room: room.id, user: bob.id() }]);
    let (_, _, _, unread) = world.app.rooms().admit(&bob, room.id).await.expect("admit");
    assert_eq!(unread.messages, 0, "what was said before one came is not unread");
    world.send(&ann, &room, "after").await;
    let mine = world.app.rooms().mine(&bob).await.expect("mine");
    assert_eq!(mine.iter().map(|(room, _)| room.id).collect::<Vec<_>>(), [room.id]);
    let (_, _, _, unread) = world.app.rooms().admit(&bob, room.id).await.expect("admit");
    assert_eq!(unread.messages, 1);
    assert_eq!(code(world.app.rooms().join(&bob, RoomId(999_999)).await), "room_not_found");
}

#[tokio::test]
async fn a_ban_outlives_leaving() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    let ban = SetSanction { kind: SanctionKind::Ban, on: Some(true), reason: None, expires_at: None };
    world.app.moderation().set_sanction(&ann, room.id, bob.id(), ban).await.expect("ban");
    let rooms = world.app.rooms();
    assert_eq!(code(rooms.join(&bob, room.id).await), "banned", "although still a member");
    rooms.leave(&bob, room.id).await.expect("leave");
    assert_eq!(code(rooms.join(&bob, room.id).await), "banned");
    assert_eq!(code(rooms.get(&bob, room.id).await), "banned");
    assert_eq!(code(rooms.summary(&bob, room.id).await), "banned");
    assert_eq!(code(rooms.by_name(&bob, &room_name("one")).await), "banned");
    assert_eq!(code(rooms.add_member(&ann, room.id, &username("bob")).await), "not_permitted");
}

#[tokio::test]
async fn leaving_is_told_and_done_once() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    world.bus.take();
    world.app.rooms().leave(&bob, room.id).await.expect("leave");
    assert_eq!(code(world.app.rooms().leave(&bob, room.id).await), "membership_not_found");
    assert_eq!(world.facts(room.id).await.last(), Some(&Fact::MemberLeft { user: bob.user.clone(), kicked: false }));
    let expected = Revocation::Membership { room: room.id, user: bob.id(), why: RoomLoss::Left, seq: Seq(3) };
    assert_eq!(world.bus.revocations(), [expected]);
    assert_eq!(code(world.app.rooms().member(&ann, room.id, bob.id()).await), "member_not_found");
}

#[tokio::test]
async fn moderators_add_members() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let cem = world.user("cem").await;
    let room = world.private_room(&ann, "secret").await;
    world.bus.take();
    let rooms = world.app.rooms();
    let view = rooms.add_member(&ann, room.id, &username("bob")).await.expect("add");
    assert_eq!((view.user, view.standing.role()), (bob.user.clone(), Some(Role::Member)));
    assert_eq!(world.bus.revocations(), [Revocation::Granted { room: room.id, user: bob.id() }]);
    assert_eq!(rooms.get(&bob, room.id).await.expect("get").id, room.id);
    assert!(!rooms.join(&bob, room.id).await.expect("members may enter").new);
    assert_eq!(code(rooms.add_member(&ann, room.id, &username("bob")).await), "already_member");
    assert_eq!(code(rooms.add_member(&ann, room.id, &username("nobody")).await), "user_not_found");
    assert_eq!(code(rooms.add_member(&bob, room.id, &username("cem")).await), "not_moderator");
    world.disable(cem.id()).await;
    assert_eq!(code(rooms.add_member(&ann, room.id, &username("cem")).await), "user_not_found");
    assert_eq!(world.audited().iter().filter(|word| **word == "add_member").count(), 1);
    let members = rooms.members(&bob, room.id, PageRequest::first(9)).await.expect("members");
    assert_eq!(members.total, 2);
}

#[tokio::test]
async fn a_change_is_told_with_what_the_room_is_now() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.room(&ann, "two").await;
    world.join(&bob, &room).await;
    world.bus.take();
    let rooms = world.app.rooms();
    let rename = |name| RoomPatch { name: Some(room_name(name)), ..RoomPatch::default() };
    assert_eq!(code(rooms.update(&bob, room.id, rename("uno")).await), "not_moderator");
    assert_eq!(code(rooms.update(&ann, room.id, rename("two")).await), "room_name_taken");
    let before = world.log(room.id).await.len();
    rooms.update(&ann, room.id, rename("one")).await.expect("no change");
    rooms.update(&ann, room.id, RoomPatch::default()).await.expect("nothing asked");
    assert_eq!(world.log(room.id).await.len(), before, "no change is no event");
    let patch = RoomPatch { private: Some(true), ..rename("uno") };
    let changed = rooms.update(&ann, room.id, patch.clone()).await.expect("update");
    assert_eq!((changed.kind, changed.name.clone()), (RoomKind::Private, Some(room_name("uno"))));
    let fact = Fact::RoomUpdated {
        name: Some(room_name("uno")),
        topic: None,
        kind: RoomKind::Private,
        mode: RoomMode::default(),
    };
    assert_eq!(world.facts(room.id).await.last(), Some(&fact));
    assert_eq!(world.bus.revocations(), [Revocation::NonMembers { room: room.id }]);
    rooms.update(&ann, room.id, patch).await.expect("again");
    assert_eq!(world.bus.revocations().len(), 1);
}

#[tokio::test]
async fn a_deleted_room_is_gone() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    world.send(&bob, &room, "hello").await;
    let rooms = world.app.rooms();
    assert_eq!(code(rooms.delete(&bob, room.id).await), "not_moderator");
    world.bus.take();
    rooms.delete(&ann, room.id).await.expect("delete");
    assert_eq!(world.bus.revocations(), [Revocation::Room { room: room.id }]);
    assert_eq!(code(rooms.delete(&ann, room.id).await), "room_not_found");
    assert_eq!(code(rooms.get(&bob, room.id).await), "room_not_found");
    let line = world.store.audit_log().pop().expect("audited");
    assert_eq!((line.action, line.actor, line.room), ("delete_room", Some(ann.id()), None));
    assert_ne!(world.room(&bob, "one").await.id, room.id, "the name is free, the id is not");
}
