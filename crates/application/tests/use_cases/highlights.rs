//! Mentions, pins, marks that go back, and who has seen what.

use hallway_application::{Seen, SetSanction, Settings};
use hallway_domain::{
    Actor, Fact, MessageId, MessageView, NotifyLevel, PageRequest, Role, Room, SanctionKind, Seq, SignalKind,
};

use crate::world::{World, body, code, settings};

const MANY: PageRequest = PageRequest::first(50);

struct Talk {
    world: World,
    ann: Actor,
    bob: Actor,
    cem: Actor,
    room: Room,
}

/// A room of `ann` with `bob` in it; `cem` is elsewhere.
async fn talk(settings: Settings) -> Talk {
    let world = World::with(settings);
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    Talk { world, ann, bob, cem, room }
}

impl Talk {
    async fn view(&self, message: MessageId) -> MessageView {
        self.world.queries().message(self.room.id, message).await.expect("message").expect("found")
    }

    async fn last(&self) -> Fact {
        self.world.facts(self.room.id).await.pop().expect("a fact")
    }

    /// Kinds of signals since the last look.
    fn signals(&self) -> Vec<SignalKind> {
        let signals = self.world.bus.signals().into_iter().map(|signal| signal.kind).collect();
        self.world.bus.take();
        signals
    }
}

fn names(view: &MessageView) -> Vec<&str> {
    view.mentions.iter().map(|user| user.username.as_str()).collect()
}

#[tokio::test]
async fn only_members_are_mentioned_and_not_everybody_by_anybody() {
    let talk = talk(settings()).await;
    let by_ann = talk.world.send(&talk.ann, &talk.room, "@cem @bob @ann @here `@bob`").await;
    let view = talk.view(by_ann.message).await;
    assert_eq!((names(&view), view.here), (vec!["bob", "ann"], true), "in order of mention");
    assert_eq!(talk.last().await, Fact::MessagePosted(Box::new(view)), "told as it is stored");
    let by_bob = talk.world.send(&talk.bob, &talk.room, "@here @ann").await;
    let view = talk.view(by_bob.message).await;
    assert_eq!((names(&view), view.here), (vec!["ann"], false), "a member's @here is text");
    // Who comes later is not mentioned by what was said before.
    talk.world.join(&talk.cem, &talk.room).await;
    assert_eq!(names(&talk.view(by_ann.message).await), ["bob", "ann"]);
}

#[tokio::test]
async fn an_edit_mentions_anew_and_a_deletion_nobody() {
    let talk = talk(settings()).await;
    let messages = talk.world.app.messages();
    let sent = talk.world.send(&talk.ann, &talk.room, "@bob").await;
    let (view, _) = messages.edit(&talk.ann, talk.room.id, sent.message, body("@ann @here")).await.expect("edit");
    assert_eq!((names(&view), view.here), (vec!["ann"], true));
    let Fact::MessageEdited { mentions, here, .. } = talk.last().await else { panic!("an edit") };
    assert_eq!((mentions, here), (view.mentions, true));
    let unread = messages.unread(&talk.bob, talk.room.id).await.expect("unread");
    assert_eq!((unread.messages, unread.mentions), (1, 1), "with everybody");
    messages.edit(&talk.ann, talk.room.id, sent.message, body("nobody")).await.expect("edit");
    assert_eq!(messages.unread(&talk.bob, talk.room.id).await.expect("unread").mentions, 0);
    messages.edit(&talk.ann, talk.room.id, sent.message, body("@bob")).await.expect("edit");
    messages.pin(&talk.ann, talk.room.id, sent.message, true).await.expect("pin");
    messages.delete(&talk.ann, talk.room.id, sent.message).await.expect("delete");
    let unread = messages.unread(&talk.bob, talk.room.id).await.expect("unread");
    assert_eq!((unread.messages, unread.mentions), (0, 0));
    let view = talk.view(sent.message).await;
    assert_eq!((names(&view), view.here, view.pinned), (vec![], false, false), "a tombstone stands out of nothing");
    assert_eq!(messages.pins(&talk.bob, talk.room.id, MANY).await.expect("pins").total, 0);
}

#[tokio::test]
async fn moderators_pin_and_nobody_else() {
    let talk = talk(Settings { pins_per_room: 2, ..settings() }).await;
    let messages = talk.world.app.messages();
    let room = talk.room.id;
    let first = talk.world.send(&talk.bob, &talk.room, "first").await.message;
    let (second, third) = (
        talk.world.send(&talk.ann, &talk.room, "second").await.message,
        talk.world.send(&talk.ann, &talk.room, "third").await.message,
    );
    assert_eq!(code(messages.pin(&talk.bob, room, first, true).await), "not_moderator", "not even one's own");
    assert_eq!(code(messages.pin(&talk.cem, room, first, true).await), "not_moderator");
    let seq = messages.pin(&talk.ann, room, first, true).await.expect("pin").expect("news");
    assert_eq!(talk.last().await, Fact::PinChanged { message: first, user: talk.ann.user.clone(), on: true });
    assert_eq!(talk.world.log(room).await.last().map(|event| event.seq), Some(seq));
    assert_eq!(messages.pin(&talk.ann, room, first, true).await.expect("again"), None, "is no event");
    messages.pin(&talk.ann, room, second, true).await.expect("pin");
    assert_eq!(code(messages.pin(&talk.ann, room, third, true).await), "too_many_pins");
    assert_eq!(messages.pin(&talk.ann, room, second, true).await.expect("again"), None, "also when the room is full");
    let pins = messages.pins(&talk.bob, room, MANY).await.expect("pins");
    let listed: Vec<_> = pins.items.iter().map(|pin| pin.message.message.id).collect();
    assert_eq!((listed, pins.total), (vec![second, first], 2), "the newest pin first, the refused one not");
    assert!(talk.view(first).await.pinned);
    messages.pin(&talk.ann, room, first, false).await.expect("unpin").expect("news");
    assert_eq!(messages.pin(&talk.ann, room, first, false).await.expect("again"), None);
    messages.pin(&talk.ann, room, third, true).await.expect("there is room now");
    assert_eq!(code(messages.pin(&talk.ann, room, MessageId(999_999), true).await), "message_not_found");

    let hidden = talk.world.private_room(&talk.ann, "two").await;
    let secret = talk.world.send(&talk.ann, &hidden, "secret").await.message;
    assert_eq!(code(messages.pin(&talk.bob, hidden.id, secret, true).await), "room_not_found");
    assert_eq!(code(messages.pins(&talk.bob, hidden.id, MANY).await), "room_not_found");
    assert_eq!(code(messages.pin(&talk.ann, room, secret, true).await), "message_not_found", "of another room");
}

#[tokio::test]
async fn unread_again_is_told_to_oneself() {
    let talk = talk(settings()).await;
    let messages = talk.world.app.messages();
    let room = talk.room.id;
    let first = talk.world.send(&talk.ann, &talk.room, "first").await;
    let second = talk.world.send(&talk.ann, &talk.room, "@bob").await;
    messages.mark_read(&talk.bob, room, second.seq).await.expect("read");
    talk.signals();
    let unread = messages.mark_unread(&talk.bob, room, first.message).await.expect("mark unread");
    assert_eq!((unread.read, unread.messages, unread.mentions), (Seq(first.seq.0 - 1), 2, 1));
    let told = SignalKind::MarkedUnread { user: talk.bob.id(), seq: unread.read, unread: 2, mentions: 1 };
    assert_eq!(told.only_for(), Some(talk.bob.id()));
    assert_eq!(talk.signals(), [told]);
    assert_eq!(messages.mark_unread(&talk.bob, room, second.message).await.expect("later"), unread, "never forth");
    assert_eq!(talk.signals(), []);
    messages.mark_read(&talk.bob, room, first.seq).await.expect("read");
    assert_eq!(messages.unread(&talk.bob, room).await.expect("unread").messages, 1, "a mark rises from there");

    assert_eq!(code(messages.mark_unread(&talk.cem, room, first.message).await), "not_a_member");
    assert_eq!(code(messages.mark_unread(&talk.bob, room, MessageId(999_999)).await), "message_not_found");
    messages.delete(&talk.ann, room, first.message).await.expect("delete");
    assert_eq!(code(messages.mark_unread(&talk.bob, room, first.message).await), "message_not_found");
}

#[tokio::test]
async fn levels_are_kept_and_told_to_oneself() {
    let talk = talk(settings()).await;
    let messages = talk.world.app.messages();
    let room = talk.room.id;
    talk.signals();
    messages.set_notify(&talk.bob, room, NotifyLevel::Mentions).await.expect("level");
    messages.set_notify(&talk.bob, room, NotifyLevel::Mentions).await.expect("the same level");
    assert_eq!(talk.signals(), [SignalKind::NotifyChanged { user: talk.bob.id(), level: NotifyLevel::Mentions }]);
    let summary = talk.world.app.rooms().summary(&talk.bob, room).await.expect("summary");
    assert_eq!(summary.membership.map(|membership| membership.notify), Some(NotifyLevel::Mentions));
    assert_eq!(code(messages.set_notify(&talk.cem, room, NotifyLevel::All).await), "not_a_member");
}

#[tokio::test]
async fn who_has_seen_a_message_is_told_in_small_rooms() {
    let talk = talk(Settings { seen_by_members: 3, ..settings() }).await;
    let messages = talk.world.app.messages();
    let room = talk.room.id;
    talk.world.join(&talk.cem, &talk.room).await;
    let first = talk.world.send(&talk.ann, &talk.room, "first").await;
    let second = talk.world.send(&talk.ann, &talk.room, "second").await;
    messages.mark_read(&talk.bob, room, first.seq).await.expect("read");
    messages.mark_delivered(&talk.cem, room, second.seq).await.expect("delivered");
    let seen = async |message| messages.seen(&talk.ann, room, message).await;
    let of = |actor: &Actor, read, delivered| Seen { user: actor.user.clone(), read, delivered };
    let expected = [of(&talk.bob, true, true), of(&talk.cem, false, true)];
    assert_eq!(seen(first.message).await.expect("seen"), expected, "of the others");
    let expected = [of(&talk.bob, false, false), of(&talk.cem, false, true)];
    assert_eq!(seen(second.message).await.expect("seen"), expected);
    assert_eq!(code(seen(MessageId(999_999)).await), "message_not_found");

    let dee = talk.world.user("dee").await;
    talk.world.join(&dee, &talk.room).await;
    assert_eq!(code(seen(first.message).await), "room_too_large");
    let (permit, ..) = talk.world.app.rooms().admit(&dee, room).await.expect("admit");
    assert_eq!(messages.marks(&permit).await.expect("marks"), None);
    let hidden = talk.world.private_room(&talk.ann, "two").await;
    let secret = talk.world.send(&talk.ann, &hidden, "secret").await.message;
    assert_eq!(code(messages.seen(&talk.bob, hidden.id, secret).await), "room_not_found");
}

#[tokio::test]
async fn who_is_banned_neither_pins_nor_marks() {
    let talk = talk(settings()).await;
    let moderation = talk.world.app.moderation();
    moderation.set_role(&talk.ann, talk.room.id, talk.bob.id(), Role::Moderator).await.expect("promote");
    let sent = talk.world.send(&talk.ann, &talk.room, "hello").await.message;
    let ban = SetSanction { kind: SanctionKind::Ban, on: Some(true), reason: None, expires_at: None };
    moderation.set_sanction(&talk.ann, talk.room.id, talk.bob.id(), ban).await.expect("ban");
    let (messages, room) = (talk.world.app.messages(), talk.room.id);
    assert_eq!(code(messages.pin(&talk.bob, room, sent, true).await), "banned");
    assert_eq!(code(messages.pins(&talk.bob, room, MANY).await), "banned");
    assert_eq!(code(messages.mark_unread(&talk.bob, room, sent).await), "banned");
    assert_eq!(code(messages.set_notify(&talk.bob, room, NotifyLevel::All).await), "banned");
    assert_eq!(code(messages.seen(&talk.bob, room, sent).await), "banned");
}
