//! Direct conversations: one for each pair of users, and how each of the two sees it.

use hallway_domain::ports::{DirectFilter, PeerView, RoomSummary};
use hallway_domain::{
    DirectKey, NewRoom, Order, Page, PageRequest, Peers, Role, Room, RoomHead, RoomId, RoomKind, UserId, UserKey,
    UserRef,
};

use super::world::{World, at, membership};

fn new_direct(one: &UserRef, other: &UserRef) -> NewRoom {
    let direct = Some(DirectKey::new(one.id, other.id));
    NewRoom { name: None, direct, ..World::new_room("none", RoomKind::Direct, one) }
}

async fn made_at(world: &World, seconds: i64, one: &UserRef, other: &UserRef) -> Room {
    let mut unit = world.begin().await;
    let new = NewRoom { created_at: at(seconds), ..new_direct(one, other) };
    let key = new.direct.expect("a key");
    let room = unit.rooms().insert(new).await.expect("insert").expect("there is none yet");
    let user = |id| if one.id == id { one } else { other };
    let members: Vec<_> = key.members().map(|id| membership(room.id, user(id), Role::Member, at(seconds))).collect();
    unit.memberships().insert_many(&members).await.expect("members");
    unit.commit().await.expect("commit");
    room
}

pub(super) async fn made(world: &World, one: &UserRef, other: &UserRef) -> Room {
    made_at(world, 1, one, other).await
}

async fn list(world: &World, user: &UserRef, text: Option<&str>, page: PageRequest) -> Page<RoomSummary> {
    let filter = DirectFilter { text: text.map(str::to_owned) };
    world.queries().direct_rooms_of(user.id, &filter, page).await.expect("direct rooms")
}

fn rooms(page: &Page<RoomSummary>) -> Vec<RoomId> {
    page.items.iter().map(|summary| summary.room.id).collect()
}

pub async fn a_pair_has_one_room(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let key = DirectKey::new(ann.id, bob.id);
    let mut unit = world.begin().await;
    assert_eq!(unit.rooms().find_direct(key).await.expect("find"), None);
    drop(unit);
    assert_eq!(world.queries().room_by_direct(key).await.expect("find"), None);

    let room = made(&world, &ann, &bob).await;
    assert_eq!((room.kind, room.name.as_ref(), room.direct), (RoomKind::Direct, None, Some(key)));
    let mut unit = world.begin().await;
    assert_eq!(unit.rooms().insert(new_direct(&bob, &ann)).await.expect("insert"), None, "whoever asks first");
    assert_eq!(unit.rooms().find_direct(key).await.expect("the unit is usable"), Some(room.clone()));
    assert_eq!(unit.rooms().lock(&[room.id]).await.expect("lock"), std::slice::from_ref(&room));
    let note = unit.rooms().insert(new_direct(&ann, &ann)).await.expect("insert");
    assert!(note.is_some(), "a note to oneself is another room");
    drop(unit);
    assert_eq!(world.queries().room_by_direct(key).await.expect("find"), Some(room.clone()));
    assert_eq!(world.queries().room(room.id).await.expect("find"), Some(room));
}

pub async fn of_two_that_make_it_at_once_one_does(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let make = async |one: &UserRef, other: &UserRef| {
        let mut unit = world.begin().await;
        if let Some(room) = unit.rooms().insert(new_direct(one, other)).await.expect("insert") {
            unit.commit().await.expect("commit");
            return (room, true);
        }
        let key = DirectKey::new(one.id, other.id);
        (unit.rooms().find_direct(key).await.expect("find").expect("it is committed"), false)
    };
    let ((one, first), (other, second)) = tokio::join!(make(&ann, &bob), make(&bob, &ann));
    assert_eq!(one.id, other.id);
    assert!(first != second, "exactly one made it");
}

pub async fn a_head_names_both_sides(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let named = world.room("named", &ann).await;
    let (pair, note) = (made(&world, &bob, &ann).await, made(&world, &bob, &bob).await);
    let mut heads = world.queries().heads(&[named.id, pair.id, note.id]).await.expect("heads");
    heads.sort_by_key(|head| head.room);
    let peers = |one: &UserRef, other: &UserRef| Some(Peers::new(one.clone(), other.clone()));
    let expected: [RoomHead; 3] = [named.head(None), pair.head(peers(&ann, &bob)), note.head(peers(&bob, &bob))];
    assert_eq!(heads, expected);
}

pub async fn each_side_sees_the_other(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = made(&world, &ann, &bob).await;
    let note = made(&world, &bob, &bob).await;
    world.post(room.id, &ann, "hello").await;
    for (me, other, unread) in [(&ann, &bob, 0), (&bob, &ann, 1)] {
        let summary = world.queries().room_summary(room.id, me.id).await.expect("summary").expect("a room");
        assert_eq!(summary.peer, Some(PeerView { user: other.clone(), full_name: None }));
        assert_eq!((summary.members, summary.unread), (2, unread));
        assert_eq!(summary.membership.expect("a member").role, Role::Member);
    }
    let own = world.queries().room_summary(note.id, bob.id).await.expect("summary").expect("a room");
    assert_eq!((own.peer.expect("a peer").user, own.members), (bob.clone(), 1));
    let named = world.room("named", &ann).await;
    let named = world.queries().room_summary(named.id, ann.id).await.expect("summary").expect("a room");
    assert_eq!(named.peer, None);
}

pub async fn are_listed_by_the_newest_message(world: World) {
    let ann = world.user("ann").await;
    let mut rooms_of = Vec::new();
    for (at, name) in [(1, "bob"), (2, "carol"), (3, "dave")] {
        let other = world.user(name).await;
        rooms_of.push((made_at(&world, at, &ann, &other).await, other));
    }
    let ids: Vec<RoomId> = rooms_of.iter().map(|(room, _)| room.id).collect();
    let all = list(&world, &ann, None, PageRequest::first(10)).await;
    assert_eq!((rooms(&all), all.total), (vec![ids[2], ids[1], ids[0]], 3), "the time of making counts until then");
    world.post_as(ids[0], &rooms_of[0].1, "hi", |message| message.created_at = at(100)).await;
    let all = list(&world, &ann, None, PageRequest::first(10)).await;
    assert_eq!(rooms(&all), [ids[0], ids[2], ids[1]]);
    assert_eq!((all.items[0].unread, all.items[0].last_message_at), (1, Some(at(100))));
    let page = PageRequest { limit: 1, offset: 1, order: Order::Ascending };
    let part = list(&world, &ann, None, page).await;
    assert_eq!((rooms(&part), part.total), (vec![ids[2]], 3));
    // Rooms with names are not among them, nor these among those.
    world.room("named", &ann).await;
    assert_eq!(list(&world, &ann, None, PageRequest::first(10)).await.total, 3);
    let filter = hallway_domain::ports::RoomFilter { text: None, mine: true };
    let named = world.queries().rooms_visible_to(ann.id, &filter, PageRequest::first(10), at(200)).await;
    assert_eq!(named.expect("rooms").total, 1);
}

pub async fn nobody_is_shown_an_empty_one_of_another(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = made(&world, &ann, &bob).await;
    assert_eq!(rooms(&list(&world, &ann, None, PageRequest::first(9)).await), [room.id]);
    assert_eq!(list(&world, &bob, None, PageRequest::first(9)).await, Page { items: vec![], total: 0 });
    world.post(room.id, &ann, "hello").await;
    assert_eq!(rooms(&list(&world, &bob, None, PageRequest::first(9)).await), [room.id]);
    let carol = world.user("carol").await;
    assert_eq!(list(&world, &carol, None, PageRequest::first(9)).await.total, 0);
}

pub async fn are_found_by_the_name_of_the_other(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (pair, note) = (made(&world, &ann, &bob).await, made(&world, &ann, &ann).await);
    for (text, found) in [("BO", vec![pair.id]), ("ann", vec![note.id]), ("%", vec![]), ("\0", vec![])] {
        let page = list(&world, &ann, Some(text), PageRequest::first(9)).await;
        assert_eq!((page.total, rooms(&page)), (found.len() as u64, found), "{text:?}");
    }
}

pub async fn users_are_found_by_names_and_numbers(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let name = |text: &str| UserKey::from(hallway_domain::Username::parse(text).expect("a name"));
    let mut unit = world.begin().await;
    let mut found: Vec<UserId> = unit
        .users()
        .find_many(&[name("bob"), name("nobody"), ann.id.into(), bob.id.into(), UserId(999_999).into()])
        .await
        .expect("users")
        .iter()
        .map(|user| user.id)
        .collect();
    found.sort_unstable();
    assert_eq!(found, [ann.id, bob.id]);
    assert_eq!(unit.users().find_many(&[]).await.expect("none"), []);
}
