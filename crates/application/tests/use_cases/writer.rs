//! The message writer: batches, order, repeats, failures.

use futures_util::future::join_all;
use hallway_application::{SendMessage, Sent, SetSanction};
use hallway_domain::ports::BusItem;
use hallway_domain::{Actor, Fact, Room, SanctionKind, Seq};
use hallway_test_support::fakes::CommitFailure;

use crate::world::{World, code, message, settings};

async fn room(world: &World) -> (Actor, Actor, Room) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    world.bus.take();
    (ann, bob, room)
}

fn with_id(world: &World, room: &Room, text: &str) -> SendMessage {
    SendMessage { client_id: Some(world.client_id()), ..message(room.id, text) }
}

#[tokio::test]
async fn two_hundred_sends_are_a_few_transactions() {
    let world = World::new();
    let (ann, bob, one) = room(&world).await;
    let two = world.room(&bob, "two").await;
    let before = world.store.begun();
    let mut sends = Vec::new();
    for n in 0..100 {
        sends.push(world.app.messages().send(&ann, message(one.id, &format!("a{n}"))));
        sends
            .push(world.app.messages().send(&bob, message(if n % 2 == 0 { one.id } else { two.id }, &format!("b{n}"))));
    }
    let sent: Vec<Sent> = join_all(sends).await.into_iter().map(|sent| sent.expect("acked")).collect();
    assert_eq!(sent.len(), 200);
    assert_eq!(world.store.begun() - before, 4, "200 messages in batches of 64");
    // `log` checks that there is no hole; per caller and room the order is that of the calls.
    let (in_one, in_two) = (world.texts(one.id).await, world.texts(two.id).await);
    let of = |texts: &[String], who| texts.iter().filter(|text| text.starts_with(who)).cloned().collect::<Vec<_>>();
    assert_eq!(of(&in_one, 'a'), (0..100).map(|n| format!("a{n}")).collect::<Vec<_>>());
    assert_eq!(of(&in_one, 'b'), (0..100).step_by(2).map(|n| format!("b{n}")).collect::<Vec<_>>());
    assert_eq!(in_two, (1..100).step_by(2).map(|n| format!("b{n}")).collect::<Vec<_>>());
    // What was published is the log, in its order.
    let published: Vec<Seq> =
        world.bus.events().iter().filter(|event| event.room == one.id).map(|event| event.seq).collect();
    assert_eq!(published, (3..=152).map(Seq).collect::<Vec<_>>());
}

#[tokio::test]
async fn sends_are_queued_when_called_not_when_awaited() {
    let (mut world, writer) = World::idle(settings());
    let (ann, bob, room) = room(&world).await;
    let first = world.app.messages().send(&ann, message(room.id, "first"));
    let second = world.app.messages().send(&bob, message(room.id, "second"));
    drop(world.app.messages().send(&ann, message(room.id, "nobody waits for me")));
    world.run(writer);
    let second = second.await.expect("second");
    let first = first.await.expect("first");
    assert_eq!(second.seq, first.seq.next());
    assert_eq!(world.texts(room.id).await, ["first", "second", "nobody waits for me"]);
}

#[tokio::test]
async fn a_repeat_is_the_first_message() {
    let world = World::new();
    let (ann, bob, room) = room(&world).await;
    let messages = world.app.messages();
    let command = with_id(&world, &room, "once");
    let first = messages.send(&ann, command.clone()).await.expect("send");
    assert!(!first.duplicate);
    let expected = Sent { duplicate: true, ..first.clone() };
    assert_eq!(messages.send(&ann, command.clone()).await.expect("repeat"), expected);
    let other = SendMessage { body: message(room.id, "twice").body, ..command.clone() };
    assert_eq!(code(messages.send(&ann, other).await), "client_id_reused");
    let reply = SendMessage { reply_to: Some(first.message), ..command.clone() };
    assert_eq!(code(messages.send(&ann, reply).await), "client_id_reused");
    let of_bob = messages.send(&bob, command.clone()).await.expect("another's id is another message");
    assert!(!of_bob.duplicate);

    // What was edited or deleted since cannot be compared, and is still the same message.
    messages.edit(&ann, room.id, first.message, message(room.id, "edited").body).await.expect("edit");
    assert_eq!(messages.send(&ann, command.clone()).await.expect("repeat"), expected);
    messages.delete(&ann, room.id, first.message).await.expect("delete");
    assert_eq!(messages.send(&ann, command.clone()).await.expect("repeat"), expected);
    messages.delete(&bob, room.id, of_bob.message).await.expect("delete");
    let mute = SetSanction { kind: SanctionKind::Mute, on: Some(true), reason: None, expires_at: None };
    world.app.moderation().set_sanction(&ann, room.id, bob.id(), mute).await.expect("mute");
    let repeat = messages.send(&bob, command).await.expect("who was muted since still learns that it is there");
    assert_eq!(repeat, Sent { duplicate: true, ..of_bob });
    assert_eq!(world.texts(room.id).await.len(), 2);
}

#[tokio::test]
async fn a_repeat_within_a_batch_is_one_message() {
    let (mut world, writer) = World::idle(settings());
    let (ann, bob, room) = room(&world).await;
    let command = with_id(&world, &room, "once");
    let other = SendMessage { body: message(room.id, "other").body, ..command.clone() };
    let messages = world.app.messages();
    let sends = [
        messages.send(&ann, command.clone()),
        messages.send(&ann, command.clone()),
        messages.send(&ann, other),
        messages.send(&bob, command),
    ];
    let begun = world.store.begun();
    world.run(writer);
    let [first, second, third, of_bob] = join_all(sends).await.try_into().expect("four answers");
    let (first, of_bob) = (first.expect("first"), of_bob.expect("of bob"));
    assert_eq!(second.expect("second"), Sent { duplicate: true, ..first.clone() });
    assert_eq!(code(third), "client_id_reused");
    assert_eq!((of_bob.duplicate, of_bob.seq), (false, first.seq.next()));
    assert_eq!(world.store.begun() - begun, 1, "found out before the database had to refuse");
}

#[tokio::test]
async fn one_bad_message_fails_alone() {
    let (mut world, writer) = World::idle(settings());
    let (ann, bob, room) = room(&world).await;
    let cem = world.user("cem").await;
    let secret = world.private_room(&ann, "secret").await;
    let messages = world.app.messages();
    let elsewhere = world.room(&ann, "two").await;
    let sends = [
        messages.send(&ann, message(room.id, "good")),
        messages.send(&cem, message(room.id, "not a member")),
        messages.send(&cem, message(secret.id, "not even seen")),
        messages.send(&ann, message(hallway_domain::RoomId(999_999), "nowhere")),
        messages
            .send(&ann, SendMessage { reply_to: Some(hallway_domain::MessageId(999_999)), ..message(room.id, "x") }),
        messages.send(&bob, message(room.id, "good too")),
        messages.send(&ann, message(elsewhere.id, "and here")),
    ];
    let begun = world.store.begun();
    world.run(writer);
    let answers = join_all(sends).await;
    let outcome = |n: usize| answers[n].as_ref().map(|sent| sent.seq.0).map_err(hallway_application::Error::code);
    let expected = [
        Ok(3),
        Err("not_a_member"),
        Err("room_not_found"),
        Err("room_not_found"),
        Err("message_not_found"),
        Ok(4),
        Ok(2),
    ];
    assert_eq!((0..7).map(outcome).collect::<Vec<_>>(), expected);
    assert_eq!(world.store.begun() - begun, 1);
}

#[tokio::test]
async fn a_reply_answers_what_is_there() {
    let world = World::new();
    let (ann, bob, room) = room(&world).await;
    let two = world.room(&bob, "two").await;
    let messages = world.app.messages();
    let target = world.send(&ann, &room, "question").await.message;
    let reply = |room: &Room| SendMessage { reply_to: Some(target), ..message(room.id, "answer") };
    messages.send(&bob, reply(&room)).await.expect("reply");
    let Some(Fact::MessagePosted(view)) = world.bus.events().pop().map(|event| event.fact) else { panic!("a message") };
    let preview = view.reply.expect("the reply shows what it answers");
    assert_eq!((preview.excerpt.as_str(), preview.author), ("question", Some(ann.user.clone())));
    assert_eq!(code(messages.send(&bob, reply(&two)).await), "message_not_found", "a message of another room");
    messages.delete(&ann, room.id, target).await.expect("delete");
    assert_eq!(code(messages.send(&bob, reply(&room)).await), "message_not_found");
}

#[tokio::test]
async fn a_ban_stops_what_is_queued() {
    let (mut world, writer) = World::idle(settings());
    let (ann, bob, room) = room(&world).await;
    let queued: Vec<_> =
        (0..5).map(|n| world.app.messages().send(&bob, message(room.id, &format!("spam {n}")))).collect();
    let ban = SetSanction { kind: SanctionKind::Ban, on: Some(true), reason: None, expires_at: None };
    world.app.moderation().set_sanction(&ann, room.id, bob.id(), ban).await.expect("ban");
    world.run(writer);
    for answer in join_all(queued).await {
        assert_eq!(code(answer), "banned");
    }
    assert!(world.texts(room.id).await.is_empty());
}

#[tokio::test]
async fn a_full_queue_is_busy() {
    let (mut world, writer) = World::idle(hallway_application::Settings { writer_queue: 3, ..settings() });
    let (ann, _, room) = room(&world).await;
    let sends: Vec<_> = (0..5).map(|n| world.app.messages().send(&ann, message(room.id, &format!("m{n}")))).collect();
    world.run(writer);
    let codes: Vec<_> =
        join_all(sends).await.into_iter().map(|sent| sent.map_err(|error| error.code()).err()).collect();
    assert_eq!(codes, [None, None, None, Some("busy"), Some("busy")]);
    assert_eq!(world.texts(room.id).await, ["m0", "m1", "m2"]);
}

#[tokio::test]
async fn without_a_writer_sends_fail() {
    let (world, writer) = World::idle(settings());
    let (ann, _, room) = room(&world).await;
    let queued = world.app.messages().send(&ann, message(room.id, "queued"));
    drop(writer);
    assert_eq!(code(queued.await), "unavailable");
    assert_eq!(code(world.app.messages().send(&ann, message(room.id, "late")).await), "unavailable");
}

#[tokio::test]
async fn the_writer_ends_with_the_application_and_loses_nothing() {
    let (world, writer) = World::idle(settings());
    let (ann, _, room) = room(&world).await;
    let sends: Vec<_> = (0..100).map(|n| world.app.messages().send(&ann, message(room.id, &format!("m{n}")))).collect();
    let store = world.store.clone();
    drop(world);
    writer.run().await;
    assert!(join_all(sends).await.iter().all(Result::is_ok));
    let history = hallway_domain::ports::Store::queries(&store).history(room.id, Seq(i64::MAX), None, 999).await;
    assert_eq!(history.expect("history").len(), 100);
}

#[tokio::test]
async fn a_failing_commit_never_acks_what_is_not_stored_nor_stores_twice() {
    let failures = [
        (CommitFailure::Conflict, None),
        (CommitFailure::Refused, Some("internal")),
        (CommitFailure::LostBefore, Some("unavailable")),
        (CommitFailure::LostAfter, Some("unavailable")),
    ];
    for (failure, error) in failures {
        let (mut world, writer) = World::idle(settings());
        let (ann, bob, room) = room(&world).await;
        let commands: Vec<_> = (0..10).map(|n| with_id(&world, &room, &format!("m{n}"))).collect();
        let app = world.app.clone();
        let send_all = || {
            let senders = [&ann, &bob].into_iter().cycle();
            let sends = commands.iter().zip(senders).map(|(command, by)| app.messages().send(by, command.clone()));
            join_all(sends.collect::<Vec<_>>())
        };
        let first = send_all();
        world.store.fail_commit(failure);
        world.run(writer);
        for answer in first.await {
            assert_eq!(answer.err().map(|error| error.code()), error, "{failure:?}");
        }
        // Senders who got no ack send again, as they were.
        let again = send_all().await;
        let stored_before = matches!(failure, CommitFailure::Conflict | CommitFailure::LostAfter);
        for answer in again {
            assert_eq!(answer.expect("the second time").duplicate, stored_before, "{failure:?}");
        }
        assert_eq!(world.texts(room.id).await, (0..10).map(|n| format!("m{n}")).collect::<Vec<_>>(), "{failure:?}");
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_stored_takes_no_other_down() {
    let (mut world, writer) = World::idle(settings());
    let (ann, bob, room) = room(&world).await;
    world.store.refuse_body("poison");
    let messages = world.app.messages();
    let sends = [
        messages.send(&ann, message(room.id, "before")),
        messages.send(&bob, message(room.id, "poison")),
        messages.send(&ann, message(room.id, "after")),
    ];
    world.run(writer);
    let [before, poison, after] = join_all(sends).await.try_into().expect("three answers");
    assert_eq!(code(poison), "internal");
    assert_eq!(after.expect("after").seq, before.expect("before").seq.next());
    assert_eq!(world.texts(room.id).await, ["before", "after"]);
}

#[tokio::test]
async fn a_bus_that_is_down_loses_no_message() {
    let world = World::new();
    let (ann, _, room) = room(&world).await;
    world.bus.set_down(true);
    let sent = world.send(&ann, &room, "heard later").await;
    assert_eq!(world.texts(room.id).await, ["heard later"]);
    world.bus.set_down(false);
    world.send(&ann, &room, "heard now").await;
    let heard: Vec<_> = world.bus.take();
    assert!(matches!(&heard[..], [BusItem::Event(event)] if event.seq == sent.seq.next()), "the gap shows");
}
