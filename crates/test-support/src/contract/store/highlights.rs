//! Mentions, pins and marks.

use hallway_domain::ports::{MemberMark, Mention, Mentioned, UnreadCount};
use hallway_domain::{
    Fact, Message, MessageView, NotifyLevel, PageRequest, Role, RoomId, Seq, UserId, UserRef, Username,
};

use super::world::username;
use super::{World, at};

const MANY: PageRequest = PageRequest::first(50);

fn mention(message: &Message, author: &UserRef, who: Mentioned) -> Mention {
    Mention { room: message.room, seq: message.seq, message: message.id, author: author.id, who }
}

/// Posts what mentions these, whatever the text says.
async fn post(world: &World, room: RoomId, author: &UserRef, (text, who): (&str, &[Mentioned])) -> Message {
    let message = world.post(room, author, text).await;
    let mentions: Vec<_> = who.iter().map(|who| mention(&message, author, *who)).collect();
    let mut unit = world.begin().await;
    unit.mentions().insert_many(&mentions).await.expect("insert mentions");
    unit.commit().await.expect("commit mentions");
    message
}

async fn view(world: &World, message: &Message) -> MessageView {
    world.queries().message(message.room, message.id).await.expect("message").expect("found")
}

async fn unread(world: &World, room: RoomId, user: &UserRef) -> (u64, u64) {
    let counts = world.queries().unread(user.id, &[room]).await.expect("unread");
    (counts[0].messages, counts[0].mentions)
}

pub async fn finds_members_by_their_names(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    world.join(one, &bob, Role::Member, at(1)).await;
    world.join(two, &cem, Role::Member, at(1)).await;
    let wanted: Vec<(RoomId, Username)> = [(one, "bob"), (one, "cem"), (two, "cem"), (two, "nobody"), (one, "bob")]
        .map(|(room, name)| (room, username(name)))
        .to_vec();
    let mut unit = world.begin().await;
    let mut found = unit.mentions().members_named(&wanted).await.expect("members");
    found.sort();
    assert_eq!(found, [(one, bob), (two, cem)]);
    assert_eq!(unit.mentions().members_named(&[]).await.expect("nobody"), []);
    let many: Vec<_> = (0..700).map(|n| (one, username(&format!("user{n}")))).chain([(one, username("ann"))]).collect();
    assert_eq!(unit.mentions().members_named(&many).await.expect("members"), [(one, ann)]);
}

pub async fn shows_who_is_mentioned_in_order(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room("one", &ann).await.id;
    let who = [Mentioned::User(bob.id), Mentioned::User(cem.id), Mentioned::Here];
    let message = post(&world, room, &ann, ("@cem @here @bob @nobody", &who)).await;
    let plain = world.post(room, &ann, "a@b").await;
    let found = view(&world, &message).await;
    assert_eq!((&found.mentions[..], found.here), (&[cem.clone(), bob.clone()][..], true));
    let page = world.queries().messages(room, MANY).await.expect("messages").items;
    assert_eq!((&page[0].mentions, page[0].here, page[1].message.id), (&found.mentions, true, plain.id));
    assert_eq!((&page[1].mentions[..], page[1].here), (&[][..], false));
    // The log shows the message as it is now, and so does what says that it was edited.
    let mut unit = world.begin().await;
    unit.mentions().clear(message.id).await.expect("clear");
    unit.mentions().insert_many(&[mention(&message, &ann, Mentioned::User(bob.id))]).await.expect("insert");
    unit.commit().await.expect("commit");
    world.edit(&message, "only @bob", at(9)).await;
    let log = world.queries().events(room, Seq::ZERO, Seq(99), 99).await.expect("events");
    let Fact::MessagePosted(posted) = &log[0].fact else { panic!("{log:?}") };
    assert_eq!((&posted.mentions[..], posted.here), (std::slice::from_ref(&bob), false));
    let Fact::MessageEdited { mentions, here, .. } = &log[2].fact else { panic!("{log:?}") };
    assert_eq!((&mentions[..], *here), (&[bob][..], false));
}

pub async fn counts_unread_mentions(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room("one", &ann).await.id;
    world.join(room, &bob, Role::Member, at(1)).await;
    let user = |user: &UserRef| Mentioned::User(user.id);
    let first = post(&world, room, &ann, ("@bob", &[user(&bob)])).await;
    post(&world, room, &ann, ("@here @bob", &[user(&bob), Mentioned::Here])).await;
    post(&world, room, &ann, ("@cem", &[user(&cem)])).await;
    let own = post(&world, room, &bob, ("@bob @here", &[user(&bob), Mentioned::Here])).await;
    assert_eq!(unread(&world, room, &bob).await, (3, 2), "twice in one message is once, and one's own do not count");
    assert_eq!(unread(&world, room, &ann).await, (1, 1), "everybody");
    let mut unit = world.begin().await;
    assert!(unit.memberships().raise_read(room, bob.id, first.seq).await.expect("raise"));
    unit.commit().await.expect("commit");
    assert_eq!(unread(&world, room, &bob).await, (2, 1));
    let mut unit = world.begin().await;
    unit.mentions().clear(own.id).await.expect("clear");
    unit.commit().await.expect("commit");
    assert_eq!(unread(&world, room, &ann).await, (1, 0));
    let summary = world.queries().room_summary(room, bob.id).await.expect("summary").expect("found");
    assert_eq!((summary.unread, summary.mentions), (2, 1));
    let mut of = world.queries().unread_of(room, &[cem.id, bob.id, ann.id, bob.id]).await.expect("unread of");
    of.sort_by_key(|(user, _)| *user);
    of.dedup();
    let as_of = Seq(4);
    let count = |user: UserId, messages, mentions| (user, UnreadCount { room, messages, mentions, as_of });
    assert_eq!(of, [count(ann.id, 1, 0), count(bob.id, 2, 1)], "cem is not a member");
    assert_eq!(world.queries().unread_of(room, &[]).await.expect("nobody"), []);
}

pub async fn marks_go_back_when_told(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    world.join(room, &bob, Role::Member, at(1)).await;
    let mut unit = world.begin().await;
    let marks = unit.memberships();
    assert!(marks.raise_read(room, ann.id, Seq(7)).await.expect("raise"));
    assert!(marks.lower_read(room, ann.id, Seq(3)).await.expect("lower"));
    assert!(!marks.lower_read(room, ann.id, Seq(3)).await.expect("lower to the same"));
    assert!(!marks.lower_read(room, ann.id, Seq(4)).await.expect("never forth"));
    assert!(!marks.lower_read(room, UserId(999_999), Seq(1)).await.expect("not a member"));
    assert!(marks.set_notify(room, bob.id, NotifyLevel::Nothing).await.expect("level"));
    assert!(!marks.set_notify(room, bob.id, NotifyLevel::Nothing).await.expect("the same level"));
    assert!(!marks.set_notify(room, UserId(999_999), NotifyLevel::Nothing).await.expect("not a member"));
    unit.commit().await.expect("commit");
    let expected = [
        MemberMark { user: ann.clone(), read: Seq(3), delivered: Seq(7) },
        MemberMark { user: bob.clone(), read: Seq::ZERO, delivered: Seq::ZERO },
    ];
    assert_eq!(world.queries().marks(room, 9).await.expect("marks"), expected);
    assert_eq!(world.queries().marks(room, 1).await.expect("marks"), expected[..1]);
    let level = async |user: &UserRef| {
        let standing = world.queries().standing(room, user.id, at(1)).await.expect("standing");
        standing.membership.expect("a member").notify
    };
    assert_eq!((level(&ann).await, level(&bob).await), (NotifyLevel::All, NotifyLevel::Nothing));
}

pub async fn pins_messages_once(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let first = world.post(one, &ann, "first").await;
    let second = post(&world, one, &bob, ("@ann", &[Mentioned::User(ann.id)])).await;
    let elsewhere = world.post(two, &ann, "elsewhere").await;
    let mut unit = world.begin().await;
    let pins = unit.pins();
    assert!(pins.add(one, second.id, ann.id, at(5)).await.expect("pin"));
    assert!(!pins.add(one, second.id, bob.id, at(6)).await.expect("pin again"));
    assert!(pins.add(one, first.id, bob.id, at(7)).await.expect("pin"));
    assert!(pins.add(two, elsewhere.id, ann.id, at(8)).await.expect("pin"));
    assert_eq!((pins.count(one).await.expect("count"), pins.count(two).await.expect("count")), (2, 1));
    unit.commit().await.expect("commit after a duplicate");
    let listed = world.queries().pins(one, MANY).await.expect("pins");
    assert_eq!(listed.total, 2);
    let shown: Vec<_> = listed.items.iter().map(|pin| (pin.message.message.id, pin.by.clone(), pin.at)).collect();
    assert_eq!(shown, [(first.id, Some(bob), at(7)), (second.id, Some(ann.clone()), at(5))], "the newest pin first");
    assert!(listed.items[1].message.pinned);
    assert_eq!(listed.items[1].message.mentions, [ann]);
    let part = world.queries().pins(one, PageRequest { limit: 1, offset: 1, ..MANY }).await.expect("pins");
    assert_eq!((part.items.len(), part.total, part.items[0].message.message.id), (1, 2, second.id));
    assert!(view(&world, &first).await.pinned);
    let mut unit = world.begin().await;
    assert!(unit.pins().remove(first.id).await.expect("unpin"));
    assert!(!unit.pins().remove(first.id).await.expect("unpin again"));
    unit.commit().await.expect("commit");
    assert!(!view(&world, &first).await.pinned);
}

pub async fn stand_out_of_nothing_when_the_room_is_gone(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let message = post(&world, room, &ann, ("@ann", &[Mentioned::User(ann.id)])).await;
    let mut unit = world.begin().await;
    assert!(unit.pins().add(room, message.id, ann.id, at(5)).await.expect("pin"));
    unit.rooms().delete(room).await.expect("delete");
    unit.commit().await.expect("commit");
    assert_eq!(world.queries().pins(room, MANY).await.expect("pins").total, 0);
    assert_eq!(world.queries().unread(ann.id, &[room]).await.expect("unread"), []);
}
