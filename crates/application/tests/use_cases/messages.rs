//! What happens to messages after they were sent, and reading them.

use hallway_application::SetSanction;
use hallway_domain::{
    Actor, Emoji, Fact, MessageId, PageRequest, ReactionGroup, Role, Room, SanctionKind, Seq, SignalKind,
};
use time::Duration;

use crate::world::{World, body, code};

fn emoji(text: &str) -> Emoji {
    Emoji::parse(text).expect("a valid emoji")
}

/// A room of `ann` with `bob` in it.
async fn talk() -> (World, Actor, Actor, Room) {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    (world, ann, bob, room)
}

async fn mute(world: &World, by: &Actor, room: &Room, target: &Actor) {
    let wish = SetSanction { kind: SanctionKind::Mute, on: Some(true), reason: None, expires_at: None };
    world.app.moderation().set_sanction(by, room.id, target.id(), wish).await.expect("mute");
}

#[tokio::test]
async fn authors_edit_their_own() {
    let (world, ann, bob, room) = talk().await;
    let messages = world.app.messages();
    let sent = world.send(&bob, &room, "helo").await;
    messages.react(&ann, room.id, sent.message, emoji(":tada:"), true).await.expect("react");
    world.clock.advance(Duration::seconds(9));
    let (view, seq) = messages.edit(&bob, room.id, sent.message, body("hello")).await.expect("edit");
    assert_eq!((view.message.body.as_str(), view.message.edited_at), ("hello", Some(world.now())));
    assert_eq!(view.reactions.len(), 1, "the view has all that belongs to the message");
    let log = world.log(room.id).await;
    assert_eq!(log.last().map(|event| event.seq), Some(seq));
    let fact = Fact::MessageEdited {
        message: sent.message,
        author: Some(bob.id()),
        body: "hello".to_owned(),
        edited_at: world.now(),
        mentions: Vec::new(),
        here: false,
    };
    assert_eq!(log.last().map(|event| &event.fact), Some(&fact));

    let (same, place) = messages.edit(&bob, room.id, sent.message, body("hello")).await.expect("the same text");
    assert_eq!((same, place), (view, seq));
    assert_eq!(world.log(room.id).await.len(), log.len(), "is no event");

    assert_eq!(
        code(messages.edit(&ann, room.id, sent.message, body("mine")).await),
        "not_permitted",
        "not even an owner"
    );
    assert_eq!(code(messages.edit(&bob, room.id, MessageId(999_999), body("x")).await), "message_not_found");
    mute(&world, &ann, &room, &bob).await;
    assert_eq!(code(messages.edit(&bob, room.id, sent.message, body("x")).await), "muted");
}

#[tokio::test]
async fn deleting_scrubs_and_is_done_once() {
    let (world, ann, bob, room) = talk().await;
    let cem = world.user("cem").await;
    world.join(&cem, &room).await;
    let messages = world.app.messages();
    let (first, second) = (world.send(&bob, &room, "secret one").await, world.send(&bob, &room, "secret two").await);
    assert_eq!(code(messages.delete(&cem, room.id, first.message).await), "not_permitted");
    let seq = messages.delete(&bob, room.id, first.message).await.expect("delete").expect("a place");
    assert_eq!(messages.delete(&bob, room.id, first.message).await.expect("again"), None);
    assert!(!world.audited().contains(&"delete_message"), "one's own needs no audit");
    messages.delete(&ann, room.id, second.message).await.expect("a moderator may");
    assert_eq!(world.audited().last(), Some(&"delete_message"));
    assert!(!format!("{:?}", world.log(room.id).await).contains("secret"), "the text is nowhere");
    assert_eq!(world.log(room.id).await.len() as u64, seq.0.unsigned_abs() + 1);
    for outcome in [
        messages.edit(&bob, room.id, first.message, body("x")).await.map(drop),
        messages.react(&bob, room.id, first.message, emoji(":tada:"), true).await.map(drop),
        messages.delete(&bob, room.id, MessageId(999_999)).await.map(drop),
    ] {
        assert_eq!(code(outcome), "message_not_found");
    }
    let page = messages.page(&ann, room.id, PageRequest::first(9)).await.expect("page");
    assert_eq!(page.total, 0, "lists leave tombstones out");
}

#[tokio::test]
async fn whoever_is_not_in_a_room_changes_nothing_there_and_learns_no_more_than_a_reader() {
    let (world, ann, bob, room) = talk().await;
    let cem = world.user("cem").await;
    let secret = world.private_room(&ann, "secret").await;
    let messages = world.app.messages();
    let (open, hidden) = (world.send(&ann, &room, "open").await, world.send(&ann, &secret, "hidden").await);
    let own = world.send(&bob, &room, "bob's own").await;
    world.app.rooms().leave(&bob, room.id).await.expect("leave");
    let (absent, before) = (MessageId(999_999), world.log(room.id).await.len());
    for (actor, room, message, expected) in [
        (&cem, &room, open.message, "not_permitted"),
        (&bob, &room, own.message, "not_permitted"),
        (&cem, &room, absent, "message_not_found"),
        (&cem, &secret, hidden.message, "room_not_found"),
        (&cem, &secret, absent, "room_not_found"),
    ] {
        assert_eq!(code(messages.edit(actor, room.id, message, body("x")).await), expected);
        assert_eq!(code(messages.delete(actor, room.id, message).await), expected);
    }
    let ban = SetSanction { kind: SanctionKind::Ban, on: Some(true), reason: None, expires_at: None };
    world.join(&cem, &room).await;
    world.app.moderation().set_sanction(&ann, room.id, cem.id(), ban).await.expect("ban");
    for message in [open.message, absent] {
        assert_eq!(code(messages.edit(&cem, room.id, message, body("x")).await), "banned");
        assert_eq!(code(messages.delete(&cem, room.id, message).await), "banned");
    }
    let changed = world.facts(room.id).await.split_off(before).into_iter();
    let changed = changed.filter(|fact| matches!(fact, Fact::MessageEdited { .. } | Fact::MessageDeleted { .. }));
    assert_eq!(changed.count(), 0);
}

#[tokio::test]
async fn a_muted_author_may_still_delete() {
    let (world, ann, bob, room) = talk().await;
    let sent = world.send(&bob, &room, "regret").await;
    mute(&world, &ann, &room, &bob).await;
    world.app.messages().delete(&bob, room.id, sent.message).await.expect("delete");
}

#[tokio::test]
async fn reactions_are_given_once_and_bounded() {
    let (world, ann, bob, room) = talk().await;
    let messages = world.app.messages();
    let sent = world.send(&ann, &room, "hello").await.message;
    let seq = messages.react(&bob, room.id, sent, emoji(":tada:"), true).await.expect("react").expect("a place");
    assert_eq!(messages.react(&bob, room.id, sent, emoji(":tada:"), true).await.expect("again"), None);
    let reactions = vec![ReactionGroup { emoji: emoji(":tada:"), users: vec![bob.user.clone()] }];
    let fact =
        Fact::ReactionChanged { message: sent, user: bob.user.clone(), emoji: emoji(":tada:"), on: true, reactions };
    assert_eq!(world.log(room.id).await.last().map(|event| (event.seq, &event.fact)), Some((seq, &fact)));
    for other in [":wave:", ":+1:"] {
        messages.react(&ann, room.id, sent, emoji(other), true).await.expect("react");
    }
    assert_eq!(code(messages.react(&bob, room.id, sent, emoji(":cat:"), true).await), "too_many_emojis");
    messages.react(&ann, room.id, sent, emoji(":tada:"), true).await.expect("one that is there is no new one");
    assert!(messages.react(&bob, room.id, sent, emoji(":tada:"), false).await.expect("take back").is_some());
    assert_eq!(messages.react(&bob, room.id, sent, emoji(":tada:"), false).await.expect("again"), None);
    let cem = world.user("cem").await;
    assert_eq!(code(messages.react(&cem, room.id, sent, emoji(":tada:"), true).await), "not_a_member");
}

#[tokio::test]
async fn history_goes_back_page_by_page() {
    let (world, ann, bob, room) = talk().await;
    let messages = world.app.messages();
    let mut sent = Vec::new();
    for n in 1..=7 {
        sent.push(world.send(&ann, &room, &format!("m{n}")).await);
    }
    let (permit, head, ..) = world.app.rooms().admit(&bob, room.id).await.expect("admit");
    let bodies =
        |views: &[hallway_domain::MessageView]| views.iter().map(|view| view.message.body.clone()).collect::<Vec<_>>();
    let (page, more) = messages.history(&permit, head.last_seq, None, 3).await.expect("history");
    assert_eq!((bodies(&page), more), (["m5", "m6", "m7"].map(str::to_owned).to_vec(), true));
    let (page, more) = messages.history(&permit, head.last_seq, Some(sent[4].message), 4).await.expect("history");
    assert_eq!((bodies(&page), more), (["m1", "m2", "m3", "m4"].map(str::to_owned).to_vec(), false));
    let (page, _) = messages.history(&permit, sent[1].seq, None, 9).await.expect("history");
    assert_eq!(bodies(&page), ["m1", "m2"], "nothing after the head that was taken");

    let around = messages.around(&permit, sent[3].message, 3).await.expect("around");
    assert_eq!(
        (bodies(&around.messages), around.before, around.after),
        (["m3", "m4", "m5"].map(str::to_owned).to_vec(), true, true)
    );
    let around = messages.around(&permit, sent[6].message, 99).await.expect("around");
    assert_eq!((around.messages.len(), around.before, around.after), (7, false, false));
    messages.delete(&ann, room.id, sent[3].message).await.expect("delete");
    assert_eq!(code(messages.around(&permit, sent[3].message, 3).await), "message_not_found");
}

#[tokio::test]
async fn the_log_is_read_or_said_to_be_cut() {
    use hallway_domain::ports::Store;

    let (world, ann, bob, room) = talk().await;
    let messages = world.app.messages();
    for n in 1..=3 {
        world.clock.advance(Duration::minutes(1));
        world.send(&ann, &room, &format!("m{n}")).await;
    }
    let (permit, head, ..) = world.app.rooms().admit(&bob, room.id).await.expect("admit");
    let part = messages.events(&permit, Seq(2), head.last_seq, 2).await.expect("events").expect("whole");
    assert_eq!(part.iter().map(|event| event.seq).collect::<Vec<_>>(), [Seq(3), Seq(4)]);
    let none = messages.events(&permit, head.last_seq, head.last_seq, 9).await.expect("events");
    assert_eq!(none, Some(Vec::new()));
    world.store.prune_events(world.now(), Duration::seconds(70), 99).await.expect("prune");
    assert_eq!(messages.events(&permit, Seq(2), head.last_seq, 9).await.expect("events"), None);
    let rest = messages.events(&permit, Seq(3), head.last_seq, 9).await.expect("events").expect("the rest is whole");
    assert_eq!(rest.len(), 2);
    world.store.prune_events(world.now(), Duration::seconds(-1), 99).await.expect("prune");
    assert_eq!(messages.events(&permit, Seq(3), head.last_seq, 9).await.expect("events"), None);
}

#[tokio::test]
async fn marks_rise_and_are_told() {
    let (world, ann, bob, room) = talk().await;
    let messages = world.app.messages();
    world.send(&ann, &room, "one").await;
    let head = world.send(&ann, &room, "two").await.seq;
    world.bus.take();
    messages.mark_delivered(&bob, room.id, head).await.expect("delivered");
    messages.mark_read(&bob, room.id, Seq(3)).await.expect("read");
    let before = world.store.begun();
    messages.mark_read(&bob, room.id, Seq(2)).await.expect("back");
    messages.mark_read(&bob, room.id, Seq(3)).await.expect("again");
    messages.mark_delivered(&bob, room.id, head).await.expect("again");
    assert_eq!(world.store.begun(), before, "what is no news costs no transaction");
    messages.mark_read(&bob, room.id, Seq(i64::MAX)).await.expect("no further than the end");
    let user = bob.user.clone();
    let mut told: Vec<SignalKind> = world.bus.signals().into_iter().map(|signal| signal.kind).collect();
    told.retain(|kind| !matches!(kind, SignalKind::Receipts { .. }));
    let expected = [
        SignalKind::Delivered { user: user.clone(), seq: head },
        SignalKind::Read { user: user.clone(), seq: Seq(3) },
        SignalKind::Read { user, seq: head },
    ];
    assert_eq!(told, expected);
    let (.., unread) = world.app.rooms().admit(&bob, room.id).await.expect("admit");
    assert_eq!(unread.messages, 0);
    let cem = world.user("cem").await;
    assert_eq!(code(messages.mark_read(&cem, room.id, head).await), "not_a_member");
}

#[tokio::test]
async fn a_demoted_moderator_deletes_no_more() {
    let (world, ann, bob, room) = talk().await;
    let moderation = world.app.moderation();
    let sent = world.send(&ann, &room, "hello").await.message;
    moderation.set_role(&ann, room.id, bob.id(), Role::Moderator).await.expect("promote");
    moderation.set_role(&ann, room.id, bob.id(), Role::Member).await.expect("demote");
    assert_eq!(code(world.app.messages().delete(&bob, room.id, sent).await), "not_permitted");
}
