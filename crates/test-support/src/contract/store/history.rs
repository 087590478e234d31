//! Reading messages.

use hallway_domain::ports::UnreadCount;
use hallway_domain::{
    Message, MessageId, MessageView, Order, PageRequest, ReplyPreview, Role, RoomId, Seq, UserId, UserRef,
};

use super::world::{bodies, ids, view};
use super::{World, at};

const ALL: Seq = Seq(1_000_000);

struct Talk {
    world: World,
    ann: UserRef,
    room: RoomId,
    messages: Vec<Message>,
}

/// Ten messages, `m1` to `m10`, at the places 1 to 10; another room in between.
async fn talk(world: World) -> Talk {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let other = world.room("two", &ann).await.id;
    let mut messages = Vec::new();
    for n in 1..=10 {
        messages.push(world.post(room, &ann, &format!("m{n}")).await);
        world.post(other, &ann, "elsewhere").await;
    }
    Talk { world, ann, room, messages }
}

impl Talk {
    async fn history(&self, up_to: Seq, before: Option<MessageId>, limit: u32) -> Vec<MessageView> {
        self.world.queries().history(self.room, up_to, before, limit).await.expect("history")
    }

    async fn after(&self, after: MessageId, limit: u32) -> Vec<MessageView> {
        self.world.queries().history_after(self.room, after, limit).await.expect("history after")
    }
}

pub async fn gives_the_newest_up_to_a_place(world: World) {
    let talk = talk(world).await;
    let newest = talk.history(ALL, None, 3).await;
    assert_eq!(newest, talk.messages[7..].iter().cloned().map(view).collect::<Vec<_>>());
    assert_eq!(bodies(&talk.history(Seq(4), None, 2).await), ["m3", "m4"]);
    assert_eq!(bodies(&talk.history(Seq(2), None, 9).await), ["m1", "m2"]);
    assert_eq!(talk.history(Seq::ZERO, None, 9).await, []);
    assert_eq!(talk.history(ALL, None, 0).await, []);
}

pub async fn goes_back_before_a_message(world: World) {
    let talk = talk(world).await;
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = talk.history(ALL, before, 4).await;
        let Some(first) = page.first() else { break };
        before = Some(first.message.id);
        seen.splice(0..0, ids(&page));
    }
    assert_eq!(seen, talk.messages.iter().map(|message| message.id).collect::<Vec<_>>());
    assert_eq!(bodies(&talk.history(Seq(3), Some(talk.messages[6].id), 9).await), ["m1", "m2", "m3"]);
    assert_eq!(talk.history(ALL, Some(MessageId(999_999)), 9).await, []);
    let other = talk.world.queries().room_by_name(&super::world::room_name("two")).await.expect("room").expect("there");
    let elsewhere = talk.world.queries().history(other.id, ALL, None, 1).await.expect("history");
    assert_eq!(talk.history(ALL, Some(elsewhere[0].message.id), 9).await, [], "a message of another room");
}

pub async fn goes_on_after_a_message(world: World) {
    let talk = talk(world).await;
    assert_eq!(bodies(&talk.after(talk.messages[4].id, 3).await), ["m6", "m7", "m8"]);
    assert_eq!(bodies(&talk.after(talk.messages[7].id, 9).await), ["m9", "m10"]);
    assert_eq!(talk.after(talk.messages[9].id, 9).await, []);
    assert_eq!(talk.after(MessageId(999_999), 9).await, []);
}

pub async fn passes_over_deleted_messages(world: World) {
    let talk = talk(world).await;
    for n in [3, 4, 9] {
        talk.world.delete(&talk.messages[n], at(100)).await;
    }
    assert_eq!(bodies(&talk.history(ALL, None, 3).await), ["m7", "m8", "m9"]);
    // A deleted message still has its place to page around.
    assert_eq!(bodies(&talk.history(ALL, Some(talk.messages[4].id), 2).await), ["m2", "m3"]);
    assert_eq!(bodies(&talk.after(talk.messages[3].id, 2).await), ["m6", "m7"]);
    let page = talk.world.queries().messages(talk.room, PageRequest::first(50)).await.expect("messages");
    assert_eq!((bodies(&page.items), page.total), (vec!["m1", "m2", "m3", "m6", "m7", "m8", "m9"], 7));
}

pub async fn pages_from_the_newest(world: World) {
    let talk = talk(world).await;
    let page = async |limit, offset| {
        let page = PageRequest { limit, offset, order: Order::Descending };
        talk.world.queries().messages(talk.room, page).await.expect("messages")
    };
    let newest = page(4, 0).await;
    assert_eq!((bodies(&newest.items), newest.total), (vec!["m7", "m8", "m9", "m10"], 10));
    assert_eq!(bodies(&page(4, 4).await.items), ["m3", "m4", "m5", "m6"]);
    assert_eq!(bodies(&page(4, 8).await.items), ["m1", "m2"]);
    let beyond = page(4, 10).await;
    assert_eq!((beyond.items, beyond.total), (Vec::new(), 10));
}

pub async fn shows_what_a_reply_answers(world: World) {
    let talk = talk(world).await;
    let bob = talk.world.user("bob").await;
    let long = "\u{1F600}".repeat(ReplyPreview::EXCERPT_CHARS + 1);
    let target = talk.world.post(talk.room, &bob, &long).await;
    let answer = talk.world.post_as(talk.room, &talk.ann, "indeed", |message| message.reply_to = Some(target.id)).await;
    let expected = ReplyPreview {
        message: target.id,
        author: Some(bob),
        excerpt: "\u{1F600}".repeat(ReplyPreview::EXCERPT_CHARS),
    };
    assert_eq!(ReplyPreview::of(&target), expected);
    let found = talk.history(ALL, None, 1).await;
    assert_eq!(found, [MessageView { reply: Some(expected.clone()), ..MessageView::bare(answer.clone()) }]);
    let page = talk.world.queries().messages(talk.room, PageRequest::first(1)).await.expect("messages");
    assert_eq!(page.items[0].reply, Some(expected.clone()));
    assert_eq!(talk.after(target.id, 9).await[0].reply, Some(expected));
}

pub async fn a_deleted_target_shows_no_text(world: World) {
    let talk = talk(world).await;
    let target = &talk.messages[9];
    talk.world.post_as(talk.room, &talk.ann, "indeed", |message| message.reply_to = Some(target.id)).await;
    talk.world.delete(target, at(100)).await;
    let found = talk.history(ALL, None, 1).await;
    let expected = ReplyPreview { message: target.id, author: Some(talk.ann.clone()), excerpt: String::new() };
    assert_eq!(found[0].reply, Some(expected));
}

pub async fn one_message_with_all_that_belongs_to_it(world: World) {
    let talk = talk(world).await;
    let one = async |id| talk.world.queries().message(talk.room, id).await.expect("message");
    assert_eq!(one(talk.messages[2].id).await, Some(view(talk.messages[2].clone())));
    assert_eq!(one(MessageId(999_999)).await, None);
    let deleted = talk.world.delete(&talk.messages[2], at(50)).await;
    assert_eq!(one(deleted.id).await, Some(view(deleted)), "tombstones too");
}

/// Of the rooms asked for, those the user is a member of.
pub async fn counts_unread_messages(world: World) {
    let talk = talk(world).await;
    let bob = talk.world.user("bob").await;
    let unread = async |user: UserId| {
        let mut counts = talk.world.queries().unread(user, &[talk.room, RoomId(999_999)]).await.expect("unread");
        counts.sort_by_key(|count| count.room);
        let head = talk.world.queries().heads(&[talk.room]).await.expect("heads")[0].seq;
        assert!(counts.iter().all(|count| count.as_of == head), "counted as of {head}: {counts:?}");
        counts.into_iter().map(|UnreadCount { room, messages, .. }| (room, messages)).collect::<Vec<_>>()
    };
    assert_eq!(unread(bob.id).await, [], "not a member");
    talk.world.join(talk.room, &bob, Role::Member, at(1)).await;
    assert_eq!(unread(bob.id).await, [(talk.room, 10)]);
    assert_eq!(unread(talk.ann.id).await, [(talk.room, 0)], "one's own are not unread");
    talk.world.post(talk.room, &bob, "mine").await;
    talk.world.delete(&talk.messages[8], at(60)).await;
    assert_eq!(unread(bob.id).await, [(talk.room, 9)]);
    let mut unit = talk.world.begin().await;
    assert!(unit.memberships().raise_read(talk.room, bob.id, Seq(7)).await.expect("raise"));
    unit.commit().await.expect("commit");
    assert_eq!(unread(bob.id).await, [(talk.room, 2)], "m8 and m10");
    assert_eq!(unread(talk.ann.id).await, [(talk.room, 1)]);
    assert_eq!(talk.world.queries().unread(bob.id, &[]).await.expect("unread"), []);
}

pub async fn absurd_pages_are_empty(world: World) {
    let talk = talk(world).await;
    let page = PageRequest { limit: u32::MAX, offset: u64::MAX, order: Order::Ascending };
    let found = talk.world.queries().messages(talk.room, page).await.expect("messages");
    assert_eq!((found.items, found.total), (Vec::new(), 10));
    let members = talk.world.queries().members(talk.room, page, at(1)).await.expect("members");
    assert_eq!((members.items, members.total), (Vec::new(), 1));
    assert_eq!(talk.history(Seq(i64::MAX), None, u32::MAX).await.len(), 10);
    assert_eq!(talk.history(Seq(-1), None, 9).await, []);
}
