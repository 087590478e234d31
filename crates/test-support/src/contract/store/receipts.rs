//! What clients ask that know messages and no marks.

use hallway_domain::{Email, MessageId, MessagePlace, Receipt, Role, RoomId, Seq, UserRef};

use super::direct::made;
use super::{World, at};

pub async fn a_message_is_found_in_whatever_room(world: World) {
    let ann = world.user("ann").await;
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let first = world.post(one, &ann, "first").await;
    let second = world.post(two, &ann, "second").await;
    let place = async |id| world.queries().message_place(id).await.expect("a place");
    let expected = MessagePlace { id: second.id, room: two, seq: second.seq, author: Some(ann.id), is_deleted: false };
    assert_eq!(place(second.id).await, Some(expected));
    world.delete(&first, at(9)).await;
    assert_eq!(place(first.id).await.map(|place| (place.room, place.is_deleted)), Some((one, true)));
    assert_eq!(place(MessageId(999_999)).await, None);
}

pub async fn are_messages_of_others_the_newest_first(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    let mut messages = Vec::new();
    for author in [&ann, &bob, &ann, &bob, &ann] {
        messages.push(world.post(room, author, "hello").await);
    }
    world.delete(&messages[2], at(9)).await;
    let receipts = async |user: &UserRef, after: Seq, up_to: Seq, limit| {
        let receipts = world.queries().receipts(room, user.id, (after, up_to), limit).await.expect("receipts");
        receipts.into_iter().map(|receipt| receipt.message).collect::<Vec<_>>()
    };
    let end = Seq(i64::MAX);
    assert_eq!(receipts(&bob, Seq::ZERO, end, 9).await, [messages[4].id, messages[0].id]);
    assert_eq!(receipts(&bob, Seq::ZERO, end, 1).await, [messages[4].id]);
    assert_eq!(receipts(&bob, messages[0].seq, messages[3].seq, 9).await, [MessageId(0); 0]);
    assert_eq!(receipts(&ann, messages[0].seq, messages[1].seq, 9).await, [messages[1].id]);
    let of_ann = world.queries().receipts(room, ann.id, (Seq::ZERO, end), 1).await.expect("receipts");
    assert_eq!(of_ann, [Receipt { message: messages[3].id, author: bob.id }]);
    assert_eq!(world.queries().receipts(RoomId(999_999), ann.id, (Seq::ZERO, end), 9).await.expect("none"), []);
}

pub async fn the_furthest_other_reader_counts(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let cem = world.user("cem").await;
    let room = world.room("one", &ann).await.id;
    world.join(room, &bob, Role::Member, at(1)).await;
    world.join(room, &cem, Role::Member, at(1)).await;
    for _ in 0..5 {
        world.post(room, &ann, "hello").await;
    }
    let mut unit = world.begin().await;
    for (user, seq) in [(&ann, 9), (&bob, 3), (&cem, 5)] {
        assert!(unit.memberships().raise_read(room, user.id, Seq(seq)).await.expect("raise"));
    }
    unit.commit().await.expect("commit");
    let read = async |user: &UserRef| world.queries().read_by_others(room, user.id).await.expect("a mark");
    assert_eq!((read(&ann).await, read(&cem).await), (Seq(5), Seq(9)));
    assert_eq!(world.queries().read_by_others(RoomId(999_999), ann.id).await.expect("a mark"), Seq::ZERO);
}

pub async fn acquaintances_share_a_room(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (cem, eve) = (world.user("cem").await, world.user("eve").await);
    for name in ["one", "two"] {
        let room = world.room(name, &ann).await.id;
        world.join(room, &cem, Role::Member, at(1)).await;
    }
    world.room("other", &eve).await;
    made(&world, &ann, &bob).await;
    let of = async |user: &UserRef, direct, limit| {
        world.queries().acquaintances(user.id, direct, limit).await.expect("acquaintances")
    };
    assert_eq!(of(&ann, false, 9).await, [bob.clone(), cem.clone()]);
    assert_eq!(of(&ann, false, 1).await, std::slice::from_ref(&bob));
    assert_eq!(of(&ann, true, 9).await, std::slice::from_ref(&bob));
    assert_eq!(of(&cem, false, 9).await, std::slice::from_ref(&ann));
    assert_eq!(of(&eve, false, 9).await, []);
}

pub async fn an_address_signs_in(world: World) {
    let ann = world.user("ann").await;
    let mut unit = world.begin().await;
    let mut user = unit.users().find(ann.id).await.expect("find").expect("ann");
    user.email = Some(Email::parse("ann@example.org").expect("an address"));
    assert!(unit.users().update(&user).await.expect("update"));
    unit.commit().await.expect("commit");
    let found = async |text: &str| {
        let email = Email::parse(text).expect("an address");
        world.queries().credentials_by_email(&email).await.expect("credentials")
    };
    let (known, _) = found("ANN@example.org").await.expect("found");
    assert_eq!(known, user);
    assert_eq!(found("nobody@example.org").await, None);
}
