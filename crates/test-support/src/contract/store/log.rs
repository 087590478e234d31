//! A room's log, as resume reads it.

use hallway_domain::{
    Emoji, Event, Fact, MemberChange, Message, MessageId, MessageView, Posting, Purge, ReactionGroup, ReplyPreview,
    Role, RoomId, RoomKind, RoomMode, RoomName, RoomTopic, Seq, Toggle,
};

use super::world::{append, lock, posted, view};
use super::{World, at};

async fn all(world: &World, room: RoomId) -> Vec<Event> {
    world.queries().events(room, Seq::ZERO, Seq(i64::MAX), 1000).await.expect("events")
}

fn seqs(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.seq.0).collect()
}

pub async fn gives_every_kind_of_fact_back(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await;
    let message = world.post(room.id, &ann, "hello").await;
    let change = MemberChange::new(bob.clone());
    let emoji = Emoji::parse("\u{1F44D}").expect("a valid emoji");
    let facts = [
        Fact::MemberJoined { user: bob.clone() },
        Fact::MemberUpdated(MemberChange { role: Some(Role::Moderator), ..change.clone() }),
        Fact::MemberUpdated(MemberChange { mute: Some(Toggle::On(Some(at(500)))), ..change.clone() }),
        Fact::MemberUpdated(MemberChange { ban: Some(Toggle::On(None)), mute: Some(Toggle::Off), ..change.clone() }),
        Fact::MemberUpdated(MemberChange { role: Some(Role::Owner), ..change.clone() }),
        Fact::MemberUpdated(MemberChange { role: Some(Role::Member), ban: Some(Toggle::Off), ..change }),
        Fact::MemberLeft { user: bob.clone(), kicked: false },
        Fact::MemberLeft { user: bob.clone(), kicked: true },
        Fact::MessagesPurged(Purge { user: bob.clone(), from: Seq(1), to: Seq(9), messages: vec![message.id] }),
        Fact::RoomUpdated {
            name: Some(RoomName::parse("uno").expect("a valid name")),
            topic: Some(RoomTopic::parse("it's \"new\" \u{1F389}").expect("a valid topic")),
            kind: RoomKind::Private,
            mode: RoomMode { posting: Posting::Moderators, slow_mode_seconds: 30, archived: true },
        },
        Fact::RoomUpdated { name: None, topic: None, kind: RoomKind::Direct, mode: RoomMode::default() },
        Fact::PinChanged { message: message.id, user: bob.clone(), on: true },
        Fact::PinChanged { message: message.id, user: bob.clone(), on: false },
        Fact::ReactionChanged {
            message: message.id,
            user: bob.clone(),
            emoji: emoji.clone(),
            on: true,
            reactions: Vec::new(),
        },
        Fact::ReactionChanged { message: message.id, user: bob, emoji, on: false, reactions: Vec::new() },
    ];
    let mut expected = vec![posted(&room, message)];
    for (fact, seconds) in facts.into_iter().zip(20..) {
        expected.push(world.record(room.id, at(seconds), fact).await);
    }
    assert_eq!(all(&world, room.id).await, expected);
    assert_eq!(seqs(&expected), (1..=16).collect::<Vec<_>>());
}

pub async fn is_read_in_parts(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    for _ in 0..9 {
        world.record(room, at(1), Fact::MemberJoined { user: ann.clone() }).await;
    }
    let part = async |after, up_to, limit| {
        seqs(&world.queries().events(room, Seq(after), Seq(up_to), limit).await.expect("events"))
    };
    assert_eq!(part(0, 9, 99).await, (1..=9).collect::<Vec<_>>());
    assert_eq!(part(3, 7, 99).await, [4, 5, 6, 7]);
    assert_eq!(part(3, 7, 2).await, [4, 5]);
    assert_eq!(part(5, 6, 1).await, [6]);
    assert_eq!(part(9, 20, 9).await, [0; 0]);
    assert_eq!(part(7, 3, 9).await, [0; 0]);
    assert_eq!(part(0, 9, 0).await, [0; 0]);
    assert_eq!(world.queries().events(RoomId(999_999), Seq(0), Seq(9), 9).await.expect("events"), []);
}

pub async fn shows_messages_as_they_are_now(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    let target = world.post(room, &bob, "question").await;
    let answer = world.post_as(room, &ann, "anser", |message| message.reply_to = Some(target.id)).await;
    world.edit(&answer, "answr", at(20)).await;
    let answer = world.edit(&answer, "answer", at(21)).await;
    let emoji = Emoji::parse(":tada:").expect("a valid emoji");
    let mut unit = world.begin().await;
    assert!(unit.reactions().add(answer.id, &bob, &emoji, at(22)).await.expect("react"));
    unit.commit().await.expect("commit");
    let facts: Vec<Fact> = all(&world, room).await.into_iter().map(|event| event.fact).collect();
    let edit = Fact::MessageEdited {
        message: answer.id,
        author: answer.author_id(),
        body: "answer".to_owned(),
        edited_at: at(21),
        mentions: Vec::new(),
        here: false,
    };
    let shown = MessageView {
        reply: Some(ReplyPreview::of(&target)),
        reactions: vec![ReactionGroup { emoji, users: vec![bob] }],
        ..MessageView::bare(answer)
    };
    let expected =
        [Fact::MessagePosted(Box::new(view(target))), Fact::MessagePosted(Box::new(shown)), edit.clone(), edit];
    assert_eq!(facts, expected);
}

pub async fn forgets_what_was_deleted(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &ann, "secret").await;
    let edited = world.edit(&message, "still secret", at(20)).await;
    let deleted: Message = world.delete(&edited, at(21)).await;
    let events = all(&world, room).await;
    assert!(!format!("{events:?}").contains("secret"), "the text is gone from the log too");
    let facts: Vec<Fact> = events.into_iter().map(|event| event.fact).collect();
    let expected = [
        Fact::MessagePosted(Box::new(view(deleted))),
        Fact::MessageEdited {
            message: message.id,
            author: message.author_id(),
            body: String::new(),
            edited_at: at(20),
            mentions: Vec::new(),
            here: false,
        },
        Fact::MessageDeleted { message: message.id, author: message.author_id() },
    ];
    assert_eq!(facts, expected);
}

pub async fn takes_no_place_twice(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let first = world.record(room, at(1), Fact::MemberJoined { user: ann.clone() }).await;
    let mut unit = world.begin().await;
    lock(unit.as_mut(), room).await;
    let again = Event { fact: Fact::MemberLeft { user: ann, kicked: false }, ..first.clone() };
    assert!(unit.events().append(&[again]).await.is_err(), "the place is taken");
    drop(unit);
    assert_eq!(all(&world, room).await, [first]);
}

pub async fn is_one_per_room(world: World) {
    let ann = world.user("ann").await;
    let (one, two) = (world.room("one", &ann).await, world.room("two", &ann).await);
    // Both in one statement, as the writer of batches does it.
    let mut unit = world.begin().await;
    unit.rooms().lock(&[one.id, two.id]).await.expect("lock");
    let event =
        |room: &hallway_domain::Room, seq, fact| Event { room: room.id, epoch: room.epoch, seq, at: at(1), fact };
    let joined = Fact::MemberJoined { user: ann.clone() };
    let events = [
        event(&two, Seq(1), joined.clone()),
        event(&one, Seq(1), joined),
        event(&two, Seq(2), Fact::MemberLeft { user: ann.clone(), kicked: false }),
    ];
    unit.events().append(&events).await.expect("append");
    unit.rooms().set_last_seq(&[(one.id, Seq(1)), (two.id, Seq(2))]).await.expect("set");
    unit.commit().await.expect("commit");
    assert_eq!(all(&world, one.id).await, events[1..2]);
    assert_eq!(all(&world, two.id).await, [events[0].clone(), events[2].clone()]);

    let mut unit = world.begin().await;
    let locked = lock(unit.as_mut(), two.id).await;
    assert_eq!(locked.last_seq, Seq(2));
    let third = event(&two, Seq(3), Fact::MessageDeleted { message: MessageId(1), author: None });
    append(unit.as_mut(), &third).await;
    drop(unit);
    assert_eq!(all(&world, two.id).await.len(), 2, "a dropped unit leaves no hole and no event");
}
