//! FastSock's clients on two nodes over PostgreSQL and Redis.

use hallway_test_support::services::{postgres, redis};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fastsock_client::{Person, To, room};
use crate::fastsock_flow;
use crate::support::Server;

/// Two nodes and what they share.
pub(crate) struct Nodes {
    pub(crate) one: Server,
    pub(crate) other: Server,
    _files: TempDir,
    _database: postgres::TestDatabase,
}

impl Nodes {
    pub(crate) async fn start() -> Self {
        Self::start_with(redis::url()).await
    }

    async fn start_with(redis_url: &str) -> Self {
        let database = postgres::empty().await;
        let files = TempDir::with_prefix("hallway-test-files-").expect("a temporary directory");
        let prefix = redis::prefix();
        let settings = [
            ("DATABASE_URL", database.url()),
            ("REDIS_URL", redis_url),
            ("HALLWAY_REDIS__PREFIX", prefix.as_str()),
            ("HALLWAY_AUTH__SECRET", "a secret of the tests, long enough for HS256"),
            ("HALLWAY_CORS__LOCALHOST", "on"),
            ("HALLWAY_ATTACHMENTS__DIRECTORY", files.path().to_str().expect("UTF-8")),
        ];
        let one = Server::start_with(&settings).await;
        let other = Server::start_with(&settings).await;
        Self { one, other, _files: files, _database: database }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_of_it_on_two_nodes() {
    let nodes = Nodes::start().await;
    fastsock_flow::whole(&nodes.one, &nodes.other).await;
}

/// What was told to everybody of a node where the sender was not connected, and twice to the receiver.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_a_direct_message_reaches_its_two_people_on_whatever_node_and_nobody_else() {
    let nodes = Nodes::start().await;
    let (ann, bob) = (Person::new(&nodes.one, "ann").await, Person::new(&nodes.one, "bob").await);
    let ivy = Person::new(&nodes.one, "ivy").await;
    let mut sender = ann.connect(&nodes.one).await;
    let mut receivers = [bob.connect(&nodes.one).await, bob.connect(&nodes.other).await];
    let mut bystanders = [ivy.connect(&nodes.one).await, ivy.connect(&nodes.other).await];
    sender.send("typing.start", json!({"receiver_id": bob.id}));
    sender.send_to(To::User(bob.id), "TOP SECRET").await;
    sender.send("typing.start", json!({"receiver_id": bob.id}));
    for receiver in &mut receivers {
        receiver.until("typing.start").await;
        receiver.fence().await;
        assert_eq!(receiver.texts(), ["TOP SECRET"]);
    }
    // What was published before has reached every node by the time that something later has.
    sender.send_to(To::User(ivy.id), "for ivy").await;
    for bystander in &mut bystanders {
        bystander.until_fits("message.receive", |data| data["content"] == "for ivy").await;
        bystander.fence().await;
        assert_eq!(bystander.texts(), ["for ivy"]);
        assert_eq!(bystander.seen("typing.start"), [&Value::Null; 0]);
    }
}

/// What was stored, killed its sender's socket, and ended all delivery until a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s12_an_outage_of_redis_ends_no_socket_and_loses_no_message() {
    let mut broker = redis::OwnServer::start().expect("redis-server is installed");
    let nodes = Nodes::start_with(&broker.url()).await;
    let (ann, bob) = (Person::new(&nodes.one, "ann").await, Person::new(&nodes.one, "bob").await);
    let mut sender = ann.connect(&nodes.one).await;
    let mut receivers = [bob.connect(&nodes.one).await, bob.connect(&nodes.other).await];
    sender.send_to(To::User(bob.id), "before").await;
    for receiver in &mut receivers {
        receiver.until("message.receive").await;
    }
    broker.stop();
    sender.send_to(To::User(bob.id), "during").await;
    broker.start_again();
    sender.send_to(To::User(bob.id), "after").await;
    for receiver in &mut receivers {
        receiver.until_fits("message.receive", |data| data["content"] == "after").await;
        receiver.fence().await;
        assert_eq!(receiver.texts(), ["before", "during", "after"]);
    }
}

/// That somebody was let in is in no log that a connection follows already: it has to be found out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s12_a_room_that_begins_during_an_outage_is_followed_after_it() {
    let mut broker = redis::OwnServer::start().expect("redis-server is installed");
    let nodes = Nodes::start_with(&broker.url()).await;
    let (ann, bob) = (Person::new(&nodes.one, "ann").await, Person::new(&nodes.one, "bob").await);
    let mut sender = ann.connect(&nodes.one).await;
    let mut receivers = [bob.connect(&nodes.one).await, bob.connect(&nodes.other).await];
    broker.stop();
    let team = room(&nodes.one, &ann, "Team", &[&bob]).await;
    broker.start_again();
    for sock in std::iter::once(&mut sender).chain(&mut receivers) {
        assert_eq!(sock.until("room.created").await["id"], team);
    }
    sender.send_to(To::Room(team), "hello").await;
    for receiver in &mut receivers {
        receiver.until("message.receive").await;
        receiver.fence().await;
        assert_eq!(receiver.texts(), ["hello"]);
        assert_eq!(receiver.seen("room.created").len(), 1);
    }
}
