//! Conversations between two users.

use hallway_application::{CreateRoom, ErrorKind, Rates, SetSanction, Settings};
use hallway_domain::ports::{BusItem, DirectFilter, RoomFilter};
use hallway_domain::{
    Actor, DirectKey, Fact, PageRequest, Revocation, Role, Room, RoomId, RoomKind, RoomPatch, SanctionKind, Seq,
    UserId, UserKey,
};

use crate::world::{World, code, message, room_name, settings, strict, username};

async fn direct(world: &World, one: &Actor, other: &Actor) -> Room {
    world.app.rooms().direct(one, other.id()).await.expect("direct").0
}

fn granted(world: &World) -> Vec<(RoomId, UserId)> {
    let granted = world.bus.items().into_iter().filter_map(|item| match item {
        BusItem::Revocation(Revocation::Granted { room, user }) => Some((room, user)),
        _ => None,
    });
    granted.collect()
}

#[tokio::test]
async fn there_is_one_for_each_pair_whoever_asks_first() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let rooms = world.app.rooms();
    assert_eq!(code(rooms.direct_with(&ann, username("bob")).await), "room_not_found");
    let (room, is_new) = rooms.direct(&ann, username("bob")).await.expect("direct");
    assert!(is_new);
    assert_eq!((room.kind, room.name.as_ref(), room.last_seq), (RoomKind::Direct, None, Seq::ZERO));
    assert_eq!(room.direct, Some(DirectKey::new(ann.id(), bob.id())));
    assert_eq!(granted(&world), [(room.id, ann.id()), (room.id, bob.id())], "both are to follow it at once");
    assert_eq!(rooms.direct(&bob, ann.id()).await.expect("direct"), (room.clone(), false));
    assert_eq!(rooms.direct_with(&bob, username("ann")).await.expect("found"), room);
    assert_eq!(granted(&world).len(), 2, "nothing new, nothing told");
    for user in [&ann, &bob] {
        let member = rooms.member(user, room.id, user.id()).await.expect("a member");
        assert_eq!(member.standing.role(), Some(Role::Member));
    }
}

#[tokio::test]
async fn of_crossing_calls_one_makes_it() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let rooms = world.app.rooms();
    let (one, two, three) = tokio::join!(
        rooms.direct(&ann, bob.id()),
        rooms.direct(&bob, username("ann")),
        rooms.direct(&ann, username("bob"))
    );
    let outcomes = [one, two, three].map(|outcome| outcome.expect("direct"));
    assert!(outcomes.iter().all(|(room, _)| room.id == outcomes[0].0.id), "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|(_, is_new)| *is_new).count(), 1);
}

#[tokio::test]
async fn with_oneself_it_is_a_place_for_notes() {
    let world = World::new();
    let ann = world.user("ann").await;
    let room = direct(&world, &ann, &ann).await;
    assert_eq!(room.direct, Some(DirectKey::new(ann.id(), ann.id())));
    let members = world.app.rooms().members(&ann, room.id, PageRequest::first(9)).await.expect("members");
    assert_eq!(members.total, 1);
    world.send(&ann, &room, "buy milk").await;
    let listed = world.app.rooms().directs(&ann, &DirectFilter::default(), PageRequest::first(9)).await.expect("list");
    assert_eq!(listed.items[0].peer.as_ref().map(|peer| &peer.user), Some(&ann.user));
    assert_eq!(listed.items[0].unread, 0);
}

#[tokio::test]
async fn nobody_talks_to_whom_there_is_not() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let rooms = world.app.rooms();
    assert_eq!(code(rooms.direct(&ann, username("nobody")).await), "user_not_found");
    assert_eq!(code(rooms.direct(&ann, UserId(999_999)).await), "user_not_found");
    assert_eq!(code(rooms.direct(&ann, UserId(-1)).await), "user_not_found");
    world.disable(bob.id()).await;
    assert_eq!(code(rooms.direct(&ann, bob.id()).await), "user_not_found");
    let listed = rooms.directs(&ann, &DirectFilter::default(), PageRequest::first(9)).await.expect("list");
    assert_eq!(listed.total, 0);
}

#[tokio::test]
async fn for_strangers_it_does_not_exist() {
    let world = World::new();
    let (ann, bob, eve) = (world.user("ann").await, world.user("bob").await, world.user("eve").await);
    let room = direct(&world, &ann, &bob).await;
    let sent = world.send(&ann, &room, "secret").await;
    let (rooms, moderation, messages) = (world.app.rooms(), world.app.moderation(), world.app.messages());
    let page = PageRequest::first(9);
    let sanction = SetSanction { kind: SanctionKind::Ban, on: Some(true), reason: None, expires_at: None };
    let outcomes = [
        rooms.get(&eve, room.id).await.map(drop),
        rooms.summary(&eve, room.id).await.map(drop),
        rooms.update(&eve, room.id, RoomPatch::default()).await.map(drop),
        rooms.delete(&eve, room.id).await,
        rooms.join(&eve, room.id).await.map(drop),
        rooms.leave(&eve, room.id).await,
        rooms.add_member(&eve, room.id, &username("eve")).await.map(drop),
        rooms.members(&eve, room.id, page).await.map(drop),
        rooms.member(&eve, room.id, ann.id()).await.map(drop),
        rooms.admit(&eve, room.id).await.map(drop),
        messages.page(&eve, room.id, page).await.map(drop),
        messages.send(&eve, message(room.id, "me too")).await.map(drop),
        messages.delete(&eve, room.id, sent.message).await.map(drop),
        messages.mark_read(&eve, room.id, Seq(1)).await,
        messages.mark_delivered(&eve, room.id, Seq(1)).await,
        world.app.attendance().list(&eve, room.id).await.map(drop),
        moderation.set_role(&eve, room.id, ann.id(), Role::Member).await.map(drop),
        moderation.set_sanction(&eve, room.id, ann.id(), sanction).await.map(drop),
    ];
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let error = outcome.expect_err("hidden");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::NotFound, "room not found"), "number {n}");
    }
    assert_eq!(rooms.directs(&eve, &DirectFilter::default(), page).await.expect("list").total, 0);
}

#[tokio::test]
async fn its_two_members_are_alike_and_stay() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    world.user("carol").await;
    let room = direct(&world, &ann, &bob).await;
    let sent = world.send(&bob, &room, "mine").await;
    let (rooms, moderation) = (world.app.rooms(), world.app.moderation());
    let sanction = SetSanction { kind: SanctionKind::Mute, on: Some(true), reason: None, expires_at: None };
    let outcomes = [
        rooms.leave(&ann, room.id).await,
        rooms.join(&ann, room.id).await.map(drop),
        rooms.add_member(&ann, room.id, &username("carol")).await.map(drop),
        rooms.update(&ann, room.id, RoomPatch { private: Some(false), ..RoomPatch::default() }).await.map(drop),
        rooms.delete(&ann, room.id).await,
        moderation.set_role(&ann, room.id, bob.id(), Role::Owner).await.map(drop),
        moderation.set_moderator(&ann, room.id, ann.id(), Some(true)).await.map(drop),
        moderation.set_sanction(&ann, room.id, bob.id(), sanction).await.map(drop),
    ];
    for (n, outcome) in outcomes.into_iter().enumerate() {
        assert_eq!(outcome.expect_err("refused").code(), "direct_room", "number {n}");
    }
    assert_eq!(code(world.app.messages().delete(&ann, room.id, sent.message).await), "not_permitted");
    let listed = rooms.list(&ann, &RoomFilter { text: None, mine: true }, PageRequest::first(9)).await.expect("list");
    assert_eq!(listed.total, 0, "the list of rooms has none");
}

#[tokio::test]
async fn making_many_is_slowed_down_and_finding_is_not() {
    let rates = Some(Rates { join: strict().join, ..Rates::default() });
    let world = World::with(Settings { rates, ..settings() });
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    direct(&world, &ann, &bob).await;
    for _ in 0..3 {
        assert!(!world.app.rooms().direct(&ann, bob.id()).await.expect("is there").1);
    }
    assert_eq!(code(world.app.rooms().direct(&ann, ann.id()).await), "rate_limited");
}

#[tokio::test]
async fn a_room_is_made_with_all_its_members_or_not_at_all() {
    let world = World::new();
    let (ann, bob, carol) = (world.user("ann").await, world.user("bob").await, world.user("carol").await);
    let rooms = world.app.rooms();
    let command = |members: Vec<UserKey>| CreateRoom { name: room_name("team"), topic: None, private: true, members };
    let bad = command(vec![username("bob").into(), username("nobody").into()]);
    assert_eq!(code(rooms.create(&ann, bad).await), "user_not_found");
    assert_eq!(code(rooms.create(&ann, command(vec![UserId(-7).into()])).await), "user_not_found");
    let many = (0..=CreateRoom::MEMBERS).map(|n| UserId(i64::try_from(n).expect("small")).into()).collect();
    assert_eq!(code(rooms.create(&ann, command(many)).await), "invalid");
    assert_eq!(code(rooms.locate(&room_name("team")).await), "room_not_found", "nothing was made");

    // Whoever is named twice, or is the one who asks, is a member once.
    let members = vec![carol.id().into(), username("bob").into(), bob.id().into(), ann.id().into()];
    let room = rooms.create(&ann, command(members)).await.expect("create");
    let joined = |user: &Actor| Fact::MemberJoined { user: user.user.clone() };
    assert_eq!(world.facts(room.id).await, [joined(&ann), joined(&bob), joined(&carol)]);
    assert_eq!(granted(&world), [&ann, &bob, &carol].map(|user| (room.id, user.id())));
    let page = rooms.members(&bob, room.id, PageRequest::first(9)).await.expect("members");
    let roles: Vec<_> = page.items.iter().map(|it| (it.user.clone(), it.standing.role())).collect();
    let member = |user: &Actor, role| (user.user.clone(), Some(role));
    assert_eq!(roles, [member(&ann, Role::Owner), member(&bob, Role::Member), member(&carol, Role::Member)]);
    world.send(&bob, &room, "hello").await;
}
