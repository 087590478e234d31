//! How many statements a batch of messages takes: the same for 2 as for 200.

mod support;

use std::sync::Arc;

use hallway_adapter_sql::{SqlOptions, SqlStore};
use hallway_domain::ports::{Mention, Mentioned};
use hallway_domain::{
    Body, ClientId, Event, Fact, Message, MessageKind, MessageView, NewMessage, RoomId, Seq, UserId, UserRef,
};
use hallway_test_support::contract::store::{World, at};
use hallway_test_support::services::postgres;
use parking_lot::Mutex;
use uuid::Uuid;

type Log = Arc<Mutex<Vec<String>>>;

async fn watched(options: &SqlOptions) -> (World, Log) {
    SqlStore::migrate(options).await.expect("migrate");
    let log = Log::default();
    let seen = Arc::clone(&log);
    let store = SqlStore::connect(options).await.expect("connect");
    let store = store.watching(move |statement| {
        assert!(!statement.failed, "{}", statement.sql);
        seen.lock().push(statement.sql.to_owned());
    });
    (World::new(Arc::new(store)), log)
}

/// What the message writer does for a batch, in the rooms of `rooms` in turn.
async fn batch(world: &World, rooms: &[RoomId], author: &UserRef, messages: usize, client: u128) {
    let key = |n: usize| ClientId(Uuid::from_u128(client + n as u128));
    let pairs: Vec<(RoomId, UserId)> = rooms.iter().map(|room| (*room, author.id)).collect();
    let keys: Vec<_> = (0..messages).map(|n| (rooms[n % rooms.len()], author.id, key(n))).collect();
    let mut unit = world.begin().await;
    let mut locked = unit.rooms().lock(rooms).await.expect("lock");
    assert_eq!(unit.memberships().find_many(&pairs).await.expect("memberships").len(), rooms.len());
    assert_eq!(unit.sanctions().in_force(&pairs, at(0)).await.expect("sanctions"), []);
    assert_eq!(unit.review().filter_versions(rooms).await.expect("filters"), []);
    assert_eq!(unit.messages().find_sent(&keys).await.expect("sent before"), []);
    let names: Vec<_> = rooms.iter().map(|room| (*room, author.username.clone())).collect();
    assert_eq!(unit.mentions().members_named(&names).await.expect("names").len(), rooms.len());
    let mut new = Vec::new();
    for n in 0..messages {
        let room = &mut locked[n % rooms.len()];
        new.push(NewMessage {
            room: room.id,
            seq: room.take_seq(),
            author: author.clone(),
            kind: MessageKind::Text,
            body: Body::parse(format!("message {n}"), 100).expect("a body"),
            reply_to: None,
            client_id: Some(key(n)),
            created_at: at(1),
        });
    }
    let stored = unit.messages().insert_many(new).await.expect("insert");
    let targets: Vec<_> = stored.iter().map(|message| message.id).collect();
    assert_eq!(unit.messages().find_many(&targets).await.expect("find").len(), messages);
    let mention = |message: &Message| Mention {
        room: message.room,
        seq: message.seq,
        message: message.id,
        author: author.id,
        who: Mentioned::Here,
    };
    let mentions: Vec<_> = stored.iter().map(mention).collect();
    unit.mentions().insert_many(&mentions).await.expect("mentions");
    let events: Vec<Event> = (stored.into_iter())
        .map(|message| Event {
            room: message.room,
            epoch: locked[0].epoch,
            seq: message.seq,
            at: message.created_at,
            fact: Fact::MessagePosted(Box::new(MessageView::bare(message))),
        })
        .collect();
    unit.events().append(&events).await.expect("append");
    let heads: Vec<(RoomId, Seq)> = locked.iter().map(|room| (room.id, room.last_seq)).collect();
    unit.rooms().set_last_seq(&heads).await.expect("heads");
    unit.commit().await.expect("commit");
}

async fn a_batch_is_a_fixed_number_of_statements(options: &SqlOptions) {
    let (world, log) = watched(options).await;
    let ann = world.user("ann").await;
    let mut rooms = Vec::new();
    for n in 0..10 {
        rooms.push(world.room(&format!("room {n}"), &ann).await.id);
    }
    let mut client = 1;
    for (rooms, messages) in [(&rooms[..1], 2), (&rooms[..1], 200), (&rooms[..], 200), (&rooms[..], SqlStore::BATCH)] {
        log.lock().clear();
        batch(&world, rooms, &ann, messages, client).await;
        client += messages as u128;
        let statements = log.lock().clone();
        assert_eq!(statements.len(), 12, "{messages} messages in {} rooms: {statements:#?}", rooms.len());
    }
    // One more than that still works, in two statements where one is too small.
    log.lock().clear();
    batch(&world, &rooms, &ann, SqlStore::BATCH + 100, client).await;
    assert!((12..=21).contains(&log.lock().len()), "{:#?}", log.lock().len());

    let mut expected = 1;
    let events = world.queries().events(rooms[0], Seq::ZERO, Seq(i64::MAX), 10_000).await.expect("events");
    for event in events {
        assert_eq!(event.seq, Seq(expected), "no hole, no double");
        expected += 1;
    }
    assert_eq!(expected - 1, 2 + 200 + 20 + 400 + 410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    let (options, _directory) = support::sqlite();
    a_batch_is_a_fixed_number_of_statements(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    let database = postgres::empty().await;
    a_batch_is_a_fixed_number_of_statements(&SqlOptions::new(database.url())).await;
}
