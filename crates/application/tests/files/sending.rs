//! Files in messages.

use std::sync::Arc;

use hallway_application::SendMessage;
use hallway_domain::ports::Store;
use hallway_domain::{AttachmentId, ClientId, Order, PageRequest, Seq};
use hallway_test_support::fakes::FakeStore;
use uuid::Uuid;

use crate::world::{World, code, message, small};

const GONE: &str = "attachment_not_found";

struct Talk {
    world: World,
    store: FakeStore,
}

impl Talk {
    fn new() -> Self {
        let store = FakeStore::default();
        Self { world: World::over(Arc::new(store.clone()), small()), store }
    }

    async fn shown(&self, room: &hallway_domain::Room) -> Vec<Vec<AttachmentId>> {
        let page = PageRequest { limit: 50, offset: 0, order: Order::Descending };
        let page = Store::queries(&self.store).messages(room.id, page).await.expect("messages");
        page.items.iter().map(|view| view.attachments.iter().map(|file| file.id).collect()).collect()
    }
}

#[tokio::test]
async fn a_message_has_its_files_in_their_order_and_may_say_nothing() {
    let talk = Talk::new();
    let ann = talk.world.user("ann").await;
    let room = talk.world.room(&ann, false).await;
    let (one, two) =
        (talk.world.upload(&ann, b"1").await.expect("taken"), talk.world.upload(&ann, b"2").await.expect("taken"));
    talk.world.app.messages().send(&ann, message(&room, "", &[&two, &one])).await.expect("sent");
    assert_eq!(talk.shown(&room).await, [[two.id, one.id]]);
    let log = Store::queries(&talk.store).events(room.id, Seq::ZERO, Seq(i64::MAX), 9).await.expect("events");
    let files: usize = (log.iter())
        .map(|event| match &event.fact {
            hallway_domain::Fact::MessagePosted(view) => view.attachments.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(files, 2);
}

#[tokio::test]
async fn files_of_others_sent_files_and_files_that_are_not_there_are_refused() {
    let talk = Talk::new();
    let world = &talk.world;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, false).await;
    world.app.rooms().join(&bob, room.id).await.expect("joined");
    let file = world.upload(&ann, b"1").await.expect("taken");
    let other = world.upload(&ann, b"2").await.expect("taken");
    let send = |actor, command| world.app.messages().send(actor, command);
    assert_eq!(code(send(&bob, message(&room, "mine now", &[&file])).await), GONE);
    assert_eq!(code(send(&ann, message(&room, "twice", &[&file, &file])).await), GONE);
    let mut missing = message(&room, "none", &[]);
    missing.attachments = vec![AttachmentId(999_999)];
    assert_eq!(code(send(&ann, missing.clone()).await), GONE);
    missing.attachments = (1..=11).map(AttachmentId).collect();
    assert_eq!(code(send(&ann, missing).await), "invalid");
    // One bad file, and the message takes none.
    let mut half = message(&room, "half", &[&other]);
    half.attachments.push(AttachmentId(999_999));
    assert_eq!(code(send(&ann, half).await), GONE);
    send(&ann, message(&room, "hers", &[&file])).await.expect("sent");
    assert_eq!(code(send(&ann, message(&room, "again", &[&file])).await), GONE);
    assert_eq!(talk.shown(&room).await, [[file.id]]);
    assert_eq!(code(world.app.attachments().discard(&ann, file.id).await), GONE, "it is the message's");
}

#[tokio::test]
async fn in_one_batch_one_message_gets_a_file_and_the_others_fail_alone() {
    let talk = Talk::new();
    let world = &talk.world;
    let ann = world.user("ann").await;
    let room = world.room(&ann, false).await;
    let file = world.upload(&ann, b"1").await.expect("taken");
    // Queued together: nobody awaits in between.
    let sends: Vec<_> = (0..6)
        .map(|number| {
            let files: &[_] = if number % 2 == 0 { &[&file] } else { &[] };
            world.app.messages().send(&ann, message(&room, &format!("{number}"), files))
        })
        .collect();
    let ends = futures_util::future::join_all(sends).await;
    let words: Vec<_> = ends.into_iter().map(|end| end.map_or_else(|error| error.code(), |_| "sent")).collect();
    assert_eq!(words, ["sent", "sent", GONE, "sent", GONE, "sent"]);
}

#[tokio::test]
async fn a_repeated_send_gets_the_first_message_and_its_files_back() {
    let talk = Talk::new();
    let world = &talk.world;
    let ann = world.user("ann").await;
    let room = world.room(&ann, false).await;
    let (file, other) =
        (world.upload(&ann, b"1").await.expect("taken"), world.upload(&ann, b"2").await.expect("taken"));
    let id = Some(ClientId(Uuid::from_u128(7)));
    let command = SendMessage { client_id: id, ..message(&room, "", &[&file]) };
    let first = world.app.messages().send(&ann, command.clone()).await.expect("sent");
    let again = world.app.messages().send(&ann, command.clone()).await.expect("the same");
    assert!(again.duplicate && again.message == first.message);
    let another = SendMessage { attachments: vec![other.id], ..command };
    assert_eq!(code(world.app.messages().send(&ann, another).await), "client_id_reused");
    assert_eq!(talk.shown(&room).await, [[file.id]]);
}
