//! Which rooms a user sees in the list.

use hallway_domain::ports::{RoomFilter, RoomSummary};
use hallway_domain::{NewRoom, Order, Page, PageRequest, Role, RoomId, RoomKind, SanctionKind, Seq, UserRef};

use super::world::membership;
use super::{World, at};

async fn list(world: &World, user: &UserRef, filter: RoomFilter, page: PageRequest) -> Page<RoomSummary> {
    world.queries().rooms_visible_to(user.id, &filter, page, at(10)).await.expect("rooms")
}

fn names(page: &Page<RoomSummary>) -> Vec<&str> {
    page.items.iter().map(|summary| summary.room.name.as_ref().expect("named").as_str()).collect()
}

async fn found(world: &World, user: &UserRef, text: &str) -> Vec<String> {
    let filter = RoomFilter { text: Some(text.to_owned()), mine: false };
    let page = list(world, user, filter, PageRequest::first(50)).await;
    assert_eq!(page.total, page.items.len() as u64);
    names(&page).into_iter().map(str::to_owned).collect()
}

pub async fn public_and_own_private_rooms(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let open = world.room("open", &ann).await;
    let hidden = world.private_room("hidden", &ann).await;
    let shared = world.private_room("shared", &ann).await;
    world.join(shared.id, &bob, Role::Member, at(3)).await;
    let mine = list(&world, &ann, RoomFilter::default(), PageRequest::first(50)).await;
    assert_eq!((names(&mine), mine.total), (vec!["open", "hidden", "shared"], 3));
    assert_eq!(mine.items[1].room, hidden);
    assert_eq!(mine.items[1].membership, Some(membership(hidden.id, &ann, Role::Owner, at(0))));
    let his = list(&world, &bob, RoomFilter::default(), PageRequest::first(50)).await;
    assert_eq!((names(&his), his.total), (vec!["open", "shared"], 2));
    let expected = RoomSummary {
        room: open,
        peer: None,
        membership: None,
        members: 1,
        unread: 0,
        mentions: 0,
        last_message_at: None,
    };
    assert_eq!(his.items[0], expected);
    assert_eq!(his.items[1].membership, Some(membership(shared.id, &bob, Role::Member, at(3))));
}

pub async fn in_order_of_making_and_paged(world: World) {
    let ann = world.user("ann").await;
    for (name, made) in [("third", 30), ("first", 10), ("second", 20), ("twin", 20)] {
        let new = NewRoom { created_at: at(made), ..World::new_room(name, RoomKind::Public, &ann) };
        world.insert_room(new, &ann).await;
    }
    let page = async |limit, offset, order| {
        list(&world, &ann, RoomFilter::default(), PageRequest { limit, offset, order }).await
    };
    let all = page(50, 0, Order::Ascending).await;
    assert_eq!(names(&all), ["first", "second", "twin", "third"]);
    assert_eq!(names(&page(50, 0, Order::Descending).await), ["third", "twin", "second", "first"]);
    let part = page(2, 1, Order::Ascending).await;
    assert_eq!((names(&part), part.total), (vec!["second", "twin"], 4));
    let beyond = page(2, u64::MAX, Order::Descending).await;
    assert_eq!((beyond.items, beyond.total), (Vec::new(), 4));
}

pub async fn not_where_one_is_banned(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await, world.private_room("two", &ann).await);
    let three = world.room("three", &ann).await;
    world.join(two.id, &bob, Role::Member, at(1)).await;
    world.sanction(one.id, &bob, SanctionKind::Ban, None).await;
    world.sanction(two.id, &bob, SanctionKind::Ban, Some(at(11))).await;
    world.sanction(three.id, &bob, SanctionKind::Mute, None).await;
    world.sanction(three.id, &bob, SanctionKind::Ban, Some(at(10))).await;
    let seen = list(&world, &bob, RoomFilter::default(), PageRequest::first(50)).await;
    assert_eq!((names(&seen), seen.total), (vec!["three"], 1), "a mute hides nothing, a ban that is over neither");
    assert_eq!(list(&world, &ann, RoomFilter::default(), PageRequest::first(50)).await.total, 3);
}

pub async fn only_mine_if_asked(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    world.room("one", &ann).await;
    world.room("two", &bob).await;
    world.private_room("three", &bob).await;
    let filter = RoomFilter { text: None, mine: true };
    let mine = list(&world, &bob, filter.clone(), PageRequest::first(50)).await;
    assert_eq!((names(&mine), mine.total), (vec!["two", "three"], 2));
    let filter = RoomFilter { text: Some("T".to_owned()), ..filter };
    let mine = list(&world, &bob, filter, PageRequest { limit: 1, offset: 1, order: Order::Ascending }).await;
    assert_eq!((names(&mine), mine.total), (vec!["three"], 2));
}

pub async fn finds_names_in_any_case(world: World) {
    let ann = world.user("ann").await;
    for name in ["Ärzte", "Großhandel", "general"] {
        world.room(name, &ann).await;
    }
    assert_eq!(found(&world, &ann, "ä").await, ["Ärzte"]);
    assert_eq!(found(&world, &ann, "GENE").await, ["general"]);
    assert_eq!(found(&world, &ann, "g").await, ["Großhandel", "general"]);
    assert_eq!(found(&world, &ann, "").await.len(), 3);
    // Renamed rooms are found under the new name only.
    let room = world.queries().room_by_name(&super::world::room_name("general")).await.expect("room").expect("there");
    let mut unit = world.begin().await;
    let renamed = hallway_domain::Room { name: Some(super::world::room_name("Plaza")), ..room };
    assert!(unit.rooms().update(&renamed).await.expect("rename"));
    unit.commit().await.expect("commit");
    assert_eq!(found(&world, &ann, "plaza").await, ["Plaza"]);
    assert_eq!(found(&world, &ann, "gene").await, [""; 0]);
}

pub async fn takes_wildcards_literally(world: World) {
    let ann = world.user("ann").await;
    for name in ["100%", "a_b", "axb", "back\\slash", "it's"] {
        world.room(name, &ann).await;
    }
    assert_eq!(found(&world, &ann, "%").await, ["100%"]);
    assert_eq!(found(&world, &ann, "a_b").await, ["a_b"]);
    assert_eq!(found(&world, &ann, "k\\s").await, ["back\\slash"]);
    assert_eq!(found(&world, &ann, "'").await, ["it's"]);
    assert_eq!(found(&world, &ann, "a\0b").await, [""; 0]);
}

pub async fn counts_members_and_unread(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await, world.room("two", &ann).await);
    let three = world.room("three", &ann).await;
    world.join(one.id, &bob, Role::Member, at(1)).await;
    world.join(two.id, &bob, Role::Member, at(1)).await;
    for text in ["a", "b", "c"] {
        world.post(one.id, &ann, text).await;
    }
    world.post(one.id, &bob, "mine").await;
    world.post(three.id, &ann, "not a member").await;
    let mut unit = world.begin().await;
    assert!(unit.memberships().raise_read(one.id, bob.id, Seq(1)).await.expect("raise"));
    unit.commit().await.expect("commit");
    let page = list(&world, &bob, RoomFilter::default(), PageRequest::first(50)).await;
    let counts: Vec<_> = page.items.iter().map(|summary| (summary.room.id, summary.members, summary.unread)).collect();
    assert_eq!(counts, [(one.id, 2, 2), (two.id, 2, 0), (three.id, 1, 0)]);
    assert_eq!(page.items[0].room.last_seq, Seq(4));
}

pub async fn tells_when_the_newest_message_was_sent(world: World) {
    let ann = world.user("ann").await;
    let (talk, quiet) = (world.room("talk", &ann).await, world.room("quiet", &ann).await);
    let wiped = world.room("wiped", &ann).await;
    for text in ["a", "b"] {
        world.post(talk.id, &ann, text).await;
    }
    let newest = world.post(talk.id, &ann, "c").await;
    let only = world.post(wiped.id, &ann, "a").await;
    let times = async || {
        let page = list(&world, &ann, RoomFilter::default(), PageRequest::first(50)).await;
        page.items.into_iter().map(|summary| (summary.room.id, summary.last_message_at)).collect::<Vec<_>>()
    };
    assert_eq!(times().await, [(talk.id, Some(at(3))), (quiet.id, None), (wiped.id, Some(at(1)))]);
    world.edit(&newest, "changed", at(8)).await;
    assert_eq!(times().await[0], (talk.id, Some(at(3))), "an edit is no message");
    world.delete(&newest, at(9)).await;
    world.delete(&only, at(9)).await;
    assert_eq!(times().await, [(talk.id, Some(at(2))), (quiet.id, None), (wiped.id, None)]);
}

pub async fn one_room_is_as_in_the_list(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    for name in ["one", "two"] {
        let room = world.room(name, &ann).await;
        world.post(room.id, &ann, "a").await;
    }
    let one = list(&world, &ann, RoomFilter::default(), PageRequest::first(1)).await.items.remove(0);
    world.join(one.room.id, &bob, Role::Member, at(1)).await;
    world.post(one.room.id, &bob, "b").await;
    for (user, unread) in [(&ann, 1), (&bob, 1)] {
        for listed in list(&world, user, RoomFilter::default(), PageRequest::first(50)).await.items {
            let alone = world.queries().room_summary(listed.room.id, user.id).await.expect("summary");
            assert_eq!(alone.as_ref(), Some(&listed));
        }
        let summary = world.queries().room_summary(one.room.id, user.id).await.expect("summary").expect("there");
        assert_eq!((summary.members, summary.unread, summary.last_message_at), (2, unread, Some(at(2))));
    }
    // It does not ask who may see the room.
    let hidden = world.private_room("hidden", &ann).await;
    let summary = world.queries().room_summary(hidden.id, bob.id).await.expect("summary").expect("there");
    assert_eq!((summary.membership, summary.members, summary.last_message_at), (None, 1, None));
    assert_eq!(world.queries().room_summary(RoomId(999_999), ann.id).await.expect("summary"), None);
}
