//! Messages as the writer of batches needs them.

use hallway_domain::{Message, MessageId, MessageKind, NewMessage, RoomId, Seq, UserRef};

use super::world::{body, client, lock, new_message};
use super::{World, at};

async fn insert(world: &World, messages: Vec<NewMessage>) -> Vec<Message> {
    let mut unit = world.begin().await;
    let stored = unit.messages().insert_many(messages).await.expect("insert many");
    unit.commit().await.expect("commit");
    stored
}

fn by_seq(mut messages: Vec<Message>) -> Vec<Message> {
    messages.sort_by_key(|message| (message.room, message.seq));
    messages
}

pub async fn stores_many_in_the_order_given(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let target = world.post(one, &ann, "first").await;
    let mut answer = new_message(one, Seq(2), &bob, "second");
    answer.reply_to = Some(target.id);
    answer.client_id = Some(client(1));
    let batch = vec![new_message(two, Seq(1), &bob, "x"), answer, new_message(one, Seq(3), &ann, "third")];
    let stored = insert(&world, batch).await;
    let expected = Message {
        id: stored[1].id,
        room: one,
        seq: Seq(2),
        author: Some(bob.clone()),
        kind: MessageKind::Text,
        body: "second".to_owned(),
        reply_to: Some(target.id),
        client_id: Some(client(1)),
        created_at: at(2),
        edited_at: None,
        deleted_at: None,
    };
    assert_eq!(stored[1], expected);
    assert_eq!(
        stored.iter().map(|message| (message.room, message.seq)).collect::<Vec<_>>(),
        [(two, Seq(1)), (one, Seq(2)), (one, Seq(3))]
    );
    let mut unit = world.begin().await;
    for message in stored {
        assert_eq!(unit.messages().find(message.room, message.id).await.expect("find"), Some(message));
    }
}

pub async fn stores_hundreds_at_once(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let mut batch = Vec::new();
    // The place of an id in the batch must not decide whose row it names: places go down here.
    for seq in (1..=500).rev() {
        let mut message = new_message(room, Seq(seq), &ann, &format!("m{seq}"));
        message.client_id = (seq % 2 == 0).then(|| client(u128::from(seq.unsigned_abs())));
        batch.push(message);
    }
    let stored = insert(&world, batch).await;
    assert_eq!(stored.len(), 500);
    for (message, seq) in stored.iter().zip((1..=500).rev()) {
        assert_eq!((message.seq, message.body.as_str()), (Seq(seq), format!("m{seq}").as_str()));
    }
    let mut unit = world.begin().await;
    let ids: Vec<_> = stored.iter().map(|message| message.id).collect();
    let mut expected = stored;
    expected.reverse();
    assert_eq!(by_seq(unit.messages().find_many(&ids).await.expect("find many")), expected);
}

pub async fn finds_many_of_any_room(world: World) {
    let ann = world.user("ann").await;
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let a = world.post(one, &ann, "a").await;
    let b = world.post(two, &ann, "b").await;
    let b = world.delete(&b, at(7)).await;
    let mut unit = world.begin().await;
    let found = unit.messages().find_many(&[b.id, MessageId(999_999), a.id, b.id]).await.expect("find many");
    assert_eq!(by_seq(found), [a, b], "each once, tombstones too");
}

pub async fn finds_what_was_sent_before(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let send = async |room: RoomId, author: &UserRef, n| {
        world.post_as(room, author, "hello", |message| message.client_id = Some(client(n))).await
    };
    let first = send(one, &ann, 1).await;
    // The same id of another author or in another room is another message.
    let of_bob = send(one, &bob, 1).await;
    let elsewhere = send(two, &ann, 1).await;
    world.post(one, &ann, "without an id").await;
    let gone = send(one, &ann, 2).await;
    let gone = world.delete(&gone, at(9)).await;
    let keys = [
        (one, ann.id, client(1)),
        (one, bob.id, client(1)),
        (one, ann.id, client(2)),
        (one, ann.id, client(3)),
        (two, bob.id, client(1)),
    ];
    let mut unit = world.begin().await;
    let found = by_seq(unit.messages().find_sent(&keys).await.expect("find sent"));
    assert_eq!(found, [first, of_bob, gone]);
    let found = unit.messages().find_sent(&[(two, ann.id, client(1))]).await.expect("find sent");
    assert_eq!(found, [elsewhere]);
}

pub async fn saves_edits_and_tombstones(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &ann, "befor").await;
    let edited = world.edit(&message, "before", at(10)).await;
    let view = world.queries().message(room, message.id).await.expect("message").expect("found");
    assert_eq!(view.message, edited);
    let deleted = world.delete(&edited, at(11)).await;
    assert_eq!((deleted.body.as_str(), deleted.edited_at, deleted.deleted_at), ("", Some(at(10)), Some(at(11))));
    let mut unit = world.begin().await;
    assert_eq!(unit.messages().find(room, message.id).await.expect("find"), Some(deleted));
}

pub async fn is_found_only_in_its_room(world: World) {
    let ann = world.user("ann").await;
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let message = world.post(one, &ann, "here").await;
    assert_eq!(world.queries().message(two, message.id).await.expect("message"), None);
    let mut unit = world.begin().await;
    assert_eq!(unit.messages().find(two, message.id).await.expect("find"), None);
    assert_eq!(unit.messages().find(one, MessageId(message.id.0 + 1)).await.expect("find"), None);
    assert_eq!(unit.messages().find(one, message.id).await.expect("find"), Some(message));
}

pub async fn keeps_any_text(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let long = "\u{1F600}".repeat(4000);
    let texts =
        ["it's \"quoted\" \\ %_ $1 ?", "  lines\r\nand\ttabs  ", "\u{202E}עברית \u{1F469}\u{200D}\u{1F680}", &long];
    let mut batch = Vec::new();
    for (text, seq) in texts.iter().zip(1..) {
        batch.push(NewMessage { body: body(text), ..new_message(room, Seq(seq), &ann, "x") });
    }
    let stored = insert(&world, batch).await;
    for (message, text) in stored.iter().zip(texts) {
        assert_eq!(message.body, text);
        let found = world.queries().message(room, message.id).await.expect("message").expect("found");
        assert_eq!(found.message.body, text);
    }
}

pub async fn nothing_asked_is_nothing_found(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    world.post(room, &ann, "here").await;
    let mut unit = world.begin().await;
    lock(unit.as_mut(), room).await;
    assert_eq!(unit.messages().find_many(&[]).await.expect("find none"), []);
    assert_eq!(unit.messages().find_sent(&[]).await.expect("find none"), []);
    assert_eq!(unit.messages().insert_many(Vec::new()).await.expect("insert none"), []);
    unit.events().append(&[]).await.expect("append none");
    unit.commit().await.expect("commit");
}
