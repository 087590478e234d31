//! Rooms: making, changing, removing.

use hallway_domain::ports::Store;
use hallway_domain::{
    Emoji, Epoch, Fact, NewRoom, PageRequest, Posting, Role, Room, RoomHead, RoomId, RoomKind, RoomRules, RoomTopic,
    SanctionKind, Seq,
};

use super::world::{client, room_name};
use super::{World, at};

fn topic(text: &str) -> RoomTopic {
    RoomTopic::parse(text).expect("a valid topic")
}

pub async fn stores_and_finds(world: World) {
    let ann = world.user("ann").await;
    let new = NewRoom {
        topic: Some(topic("Ä Ö \u{1F44B}")),
        created_at: at(3),
        epoch: Epoch((1 << 53) - 1),
        ..World::new_room("Lobby", RoomKind::Private, &ann)
    };
    let room = world.insert_room(new, &ann).await;
    let expected = Room {
        id: room.id,
        kind: RoomKind::Private,
        name: Some(room_name("Lobby")),
        topic: Some(topic("Ä Ö \u{1F44B}")),
        direct: None,
        created_by: Some(ann.id),
        created_at: at(3),
        epoch: Epoch((1 << 53) - 1),
        last_seq: Seq::ZERO,
        slow_mode_seconds: 0,
        archived_at: None,
        rules: RoomRules::default(),
    };
    assert_eq!(room, expected);
    assert_eq!(world.queries().room(room.id).await.expect("room"), Some(expected.clone()));
    assert_eq!(world.queries().room_by_name(&room_name("Lobby")).await.expect("by name"), Some(expected));
    // Names are as they were written.
    assert_eq!(world.queries().room_by_name(&room_name("lobby")).await.expect("by name"), None);
    assert_eq!(world.queries().room(RoomId(room.id.0 + 1)).await.expect("room"), None);
}

pub async fn names_are_unique(world: World) {
    let ann = world.user("ann").await;
    world.room("one", &ann).await;
    let mut unit = world.begin().await;
    let again = unit.rooms().insert(World::new_room("one", RoomKind::Private, &ann)).await.expect("insert");
    assert_eq!(again, None);
    assert!(unit.rooms().insert(World::new_room("One", RoomKind::Public, &ann)).await.expect("insert").is_some());
}

pub async fn a_duplicate_leaves_the_unit_usable(world: World) {
    let ann = world.user("ann").await;
    let one = world.room("one", &ann).await;
    let mut unit = world.begin().await;
    assert_eq!(unit.rooms().insert(World::new_room("one", RoomKind::Public, &ann)).await.expect("insert"), None);
    let two = unit.rooms().insert(World::new_room("two", RoomKind::Public, &ann)).await.expect("insert");
    let two = two.expect("the name is free");
    let taken = Room { name: Some(room_name("one")), ..two.clone() };
    assert!(!unit.rooms().update(&taken).await.expect("update to a taken name"));
    assert!(unit.rooms().update(&Room { topic: Some(topic("t")), ..two.clone() }).await.expect("update"));
    unit.commit().await.expect("commit after duplicates");
    let found = world.queries().room(two.id).await.expect("room").expect("stored");
    assert_eq!((found.name, found.topic), (two.name, Some(topic("t"))));
    assert_ne!(one.id, two.id);
}

pub async fn updates_what_may_change(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await;
    let changed = Room {
        name: Some(room_name("uno")),
        topic: Some(topic("now with a topic")),
        kind: RoomKind::Private,
        slow_mode_seconds: 30,
        archived_at: Some(at(9)),
        rules: RoomRules {
            posting: Posting::Moderators,
            locked_down: true,
            min_account_age_seconds: 86_400,
            join_per_minute: 7,
        },
        ..room.clone()
    };
    let mut unit = world.begin().await;
    super::world::lock(unit.as_mut(), room.id).await;
    assert!(unit.rooms().update(&changed).await.expect("update"));
    // Saving what is there already is no clash with oneself.
    assert!(unit.rooms().update(&changed).await.expect("update again"));
    unit.commit().await.expect("commit");
    assert_eq!(world.queries().room(room.id).await.expect("room"), Some(changed.clone()));
    let mut unit = world.begin().await;
    let cleared = Room { topic: None, archived_at: None, ..changed };
    assert!(unit.rooms().update(&cleared).await.expect("clear"));
    unit.commit().await.expect("commit");
    assert_eq!(world.queries().room(room.id).await.expect("room"), Some(cleared));
    assert_eq!(world.queries().room_by_name(&room_name("one")).await.expect("old name"), None);
}

pub async fn locks_what_exists_in_order(world: World) {
    let ann = world.user("ann").await;
    let (one, two) = (world.room("one", &ann).await, world.room("two", &ann).await);
    let mut unit = world.begin().await;
    let asked = [two.id, RoomId(two.id.0 + 100), one.id, two.id];
    let locked = unit.rooms().lock(&asked).await.expect("lock");
    assert_eq!(locked, [one, two]);
    assert_eq!(unit.rooms().lock(&[]).await.expect("lock nothing"), []);
}

pub async fn heads_of_many_rooms(world: World) {
    let ann = world.user("ann").await;
    let (one, two) = (world.room("one", &ann).await, world.room("two", &ann).await);
    let three = world.room("three", &ann).await;
    let mut unit = world.begin().await;
    unit.rooms().lock(&[one.id, two.id]).await.expect("lock");
    unit.rooms().set_last_seq(&[(two.id, Seq(9)), (one.id, Seq(4))]).await.expect("set");
    unit.rooms().set_last_seq(&[]).await.expect("set nothing");
    unit.commit().await.expect("commit");
    let mut heads = world.queries().heads(&[three.id, one.id, RoomId(999_999), two.id]).await.expect("heads");
    heads.sort_by_key(|head| head.room);
    let head = |room: &Room, seq| RoomHead { seq: Seq(seq), ..room.head(None) };
    assert_eq!(heads, [head(&one, 4), head(&two, 9), head(&three, 0)]);
    assert_eq!(world.queries().heads(&[]).await.expect("no heads"), []);
}

pub async fn deletes_all_that_is_inside(world: World) {
    let ann = world.user("ann").await;
    let (gone, stays) = (world.room("gone", &ann).await, world.room("stays", &ann).await);
    let bob = world.user("bob").await;
    world.join(gone.id, &bob, Role::Member, at(1)).await;
    world.sanction(gone.id, &bob, SanctionKind::Ban, None).await;
    let first = world.post_as(gone.id, &ann, "one", |message| message.client_id = Some(client(1))).await;
    let message = world.post_as(gone.id, &ann, "two", |message| message.reply_to = Some(first.id)).await;
    world.record(gone.id, at(5), Fact::MemberJoined { user: bob.clone() }).await;
    let kept = world.post(stays.id, &ann, "kept").await;
    let emoji = Emoji::parse(":tada:").expect("a valid emoji");
    let mut unit = world.begin().await;
    assert!(unit.reactions().add(message.id, &bob, &emoji, at(6)).await.expect("react"));
    unit.commit().await.expect("commit");

    let mut unit = world.begin().await;
    super::world::lock(unit.as_mut(), gone.id).await;
    unit.rooms().delete(gone.id).await.expect("delete");
    unit.commit().await.expect("commit");

    let queries = world.queries();
    assert_eq!(queries.room(gone.id).await.expect("room"), None);
    assert_eq!(queries.message(gone.id, message.id).await.expect("message"), None);
    assert_eq!(queries.events(gone.id, Seq::ZERO, Seq(99), 99).await.expect("events"), []);
    assert_eq!(queries.members(gone.id, PageRequest::first(9), at(9)).await.expect("members").total, 0);
    let standing = queries.standing(gone.id, bob.id, at(9)).await.expect("standing");
    assert_eq!((standing.membership, standing.ban), (None, None));
    assert!(queries.message(stays.id, kept.id).await.expect("message").is_some());
    let mut unit = world.begin().await;
    assert_eq!(unit.messages().find_many(&[message.id, first.id]).await.expect("find"), []);
    assert_eq!(unit.reactions().emojis(message.id).await.expect("emojis"), []);
    unit.rooms().delete(gone.id).await.expect("deleting what is gone is fine");
}

async fn another(store: &dyn Store, name: &str, by: &hallway_domain::UserRef) -> RoomId {
    let mut unit = store.begin().await.expect("begin");
    let new = World::new_room(name, RoomKind::Public, by);
    let room = unit.rooms().insert(new).await.expect("insert").expect("the name is free");
    unit.commit().await.expect("commit");
    room.id
}

pub async fn never_reuses_an_id(world: World) {
    let ann = world.user("ann").await;
    let store = world.store();
    let first = another(store.as_ref(), "one", &ann).await;
    let mut unit = world.begin().await;
    unit.rooms().delete(first).await.expect("delete");
    unit.commit().await.expect("commit");
    let second = another(store.as_ref(), "one", &ann).await;
    assert!(second > first, "{second} must not be what {first} was");
}
