//! What only a real database does: durability, its settings, its errors, and rows that others wrote.

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hallway_adapter_sql::{SqlOptions, SqlStore};
use hallway_domain::ports::{InsertedUser, Store, StoreError, UserFilter};
use hallway_domain::{Fact, PageRequest, Seq, UserRef};
use hallway_test_support::contract::store::{World, at};
use hallway_test_support::services::postgres;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tokio::task::JoinSet;

/// Tells a copy of this test program which database to write to.
const CHILD: &str = "HALLWAY_TEST_WRITE";

async fn open(options: &SqlOptions) -> DatabaseConnection {
    Database::connect(&options.url).await.expect("connect")
}

async fn world(options: &SqlOptions) -> World {
    SqlStore::migrate(options).await.expect("migrate");
    World::new(Arc::new(SqlStore::connect(options).await.expect("connect")))
}

/// Not a test by itself: writes and says so until it is killed.
#[tokio::test]
async fn writes_until_it_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how its parent speaks to it")]
    let Ok(url) = std::env::var(CHILD) else { return };
    let world = world(&SqlOptions::new(url)).await;
    let until = Instant::now() + Duration::from_secs(30);
    for n in 0.. {
        let user = world.user(&format!("user{n}")).await;
        println!("\nstored {}", user.username);
        if Instant::now() > until {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let (options, _directory) = support::sqlite();
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "writes_until_it_is_killed", "--nocapture"])
        .env(CHILD, &options.url)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut stored = Vec::new();
    while stored.len() < 25 {
        let line = lines.next().expect("more to come").expect("text");
        stored.extend(line.strip_prefix("stored ").map(str::to_owned));
    }
    child.kill().expect("kill");
    for line in lines {
        stored.extend(line.expect("text").strip_prefix("stored ").map(str::to_owned));
    }
    child.wait().expect("ends");

    let world = world(&options).await;
    let page = world.queries().users(&UserFilter::default(), PageRequest::first(10_000)).await.expect("users");
    let found: Vec<String> = page.items.into_iter().map(|user| user.username.into_string()).collect();
    assert_eq!(found[..stored.len()], stored);
}

/// Many units at once queue in the process; none is told that the database is busy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_writers_queue() {
    let (options, _directory) = support::sqlite();
    SqlStore::migrate(&options).await.expect("migrate");
    let store: Arc<dyn Store> = Arc::new(SqlStore::connect(&options).await.expect("connect"));
    let mut units = JoinSet::new();
    for n in 0..60 {
        let store = Arc::clone(&store);
        units.spawn(async move {
            let mut unit = store.begin().await.expect("begin");
            let new = World::new_user(&format!("user{n}"));
            assert!(matches!(unit.users().insert(new).await.expect("insert"), InsertedUser::Created(_)));
            unit.commit().await.expect("commit");
        });
    }
    units.join_all().await;
    let page = store.queries().users(&UserFilter::default(), PageRequest::first(1)).await.expect("users");
    assert_eq!(page.total, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_pool_is_unavailable_not_for_ever() {
    let (mut sqlite, _directory) = support::sqlite();
    let database = postgres::migrated().await;
    let mut postgres = SqlOptions::new(database.url());
    SqlStore::migrate(&sqlite).await.expect("migrate");
    for options in [&mut sqlite, &mut postgres] {
        options.acquire_timeout = Duration::from_millis(200);
        options.max_connections = 2;
        let store = SqlStore::connect(options).await.expect("connect");
        let unit = store.begin().await.expect("begin");
        let error = store.begin().await.err().expect("the one writer is taken");
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        store.ping().await.expect("readers are apart");
        drop(unit);
        store.begin().await.expect("free again").commit().await.expect("commit");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_opened_is_said_without_the_password() {
    let database = postgres::empty().await;
    let (head, tail) = database.url().split_once('@').expect("a password");
    let user = head.rsplit_once(':').expect("a password").0;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    for (url, unavailable) in [
        (format!("postgres://ann:s3cret@{nobody}/x"), true),
        (format!("{user}:s3cret@{tail}"), false),
        ("postgres://ann:s3cret@[/x".to_owned(), false),
        ("mysql://ann:s3cret@host/x".to_owned(), false),
        ("sqlite:///no/such/directory/x.db".to_owned(), true),
    ] {
        let mut options = SqlOptions::new(&url);
        options.acquire_timeout = Duration::from_secs(3);
        for error in [SqlStore::connect(&options).await.err(), SqlStore::migrate(&options).await.err()] {
            let error = error.expect("cannot be opened");
            assert!(!error.to_string().contains("s3cret"), "{error}");
            assert!(!unavailable || matches!(error, StoreError::Unavailable(_)), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_nobody_writes_is_corrupt() {
    let (sqlite, _directory) = support::sqlite();
    let database = postgres::empty().await;
    for options in [sqlite, SqlOptions::new(database.url())] {
        let world = world(&options).await;
        let ann = world.user("ann").await;
        let room = world.room("one", &ann).await;
        world.post(room.id, &ann, "hello").await;
        let raw = open(&options).await;
        raw.execute_unprepared("UPDATE memberships SET role = 'king'").await.expect("update");
        raw.execute_unprepared("UPDATE room_events SET kind = 'dance'").await.expect("update");
        let error = world.queries().standing(room.id, ann.id, at(1)).await.expect_err("no such role");
        assert!(matches!(&error, StoreError::Corrupt { table: "memberships", .. }), "{error}");
        let error = world.queries().events(room.id, Seq::ZERO, Seq(9), 9).await.expect_err("no such kind");
        assert!(matches!(&error, StoreError::Corrupt { table: "room_events", .. }), "{error}");
        raw.execute_unprepared("UPDATE room_events SET kind = 'message_posted', message_id = 999")
            .await
            .expect("update");
        let error = world.queries().events(room.id, Seq::ZERO, Seq(9), 9).await.expect_err("no such message");
        assert!(matches!(&error, StoreError::Corrupt { table: "room_events", .. }), "{error}");
    }
}

/// There is no port for it yet, but the tables must allow it: the messages stay, the name is gone from everywhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_account_leaves_its_messages() {
    let (sqlite, _directory) = support::sqlite();
    let database = postgres::empty().await;
    for options in [sqlite, SqlOptions::new(database.url())] {
        let world = world(&options).await;
        let (ann, bob) = (world.user("ann").await, world.user("bob").await);
        let room = world.room("one", &ann).await;
        let question = world.post(room.id, &bob, "question").await;
        world.post_as(room.id, &ann, "answer", |message| message.reply_to = Some(question.id)).await;
        world.record(room.id, at(5), Fact::MemberJoined { user: bob.clone() }).await;
        let raw = open(&options).await;
        raw.execute_unprepared("DELETE FROM users WHERE username = 'bob'").await.expect("delete");
        let history = world.queries().history(room.id, Seq(9), None, 9).await.expect("history");
        assert_eq!(history[0].message.author, None);
        assert_eq!(history[0].message.body, "question");
        let reply = history[1].reply.as_ref().expect("answers something");
        assert_eq!((&reply.author, reply.excerpt.as_str()), (&None, "question"));
        let events = world.queries().events(room.id, Seq::ZERO, Seq(9), 9).await.expect("events");
        let Fact::MemberJoined { user: UserRef { id, username } } = &events[2].fact else { panic!("{events:?}") };
        assert_eq!((*id, username.as_str()), (bob.id, "[deleted]"));
    }
}

/// A retry is the answer to these, so they must be told apart from bugs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_taken_meanwhile_is_a_conflict() {
    let (sqlite, _directory) = support::sqlite();
    let database = postgres::empty().await;
    for options in [sqlite, SqlOptions::new(database.url())] {
        let world = world(&options).await;
        let ann = world.user("ann").await;
        let room = world.room("one", &ann).await;
        let event = world.record(room.id, at(1), Fact::MemberJoined { user: ann.clone() }).await;
        let mut unit = world.begin().await;
        let error = unit.events().append(&[event]).await.expect_err("taken");
        assert!(matches!(&error, StoreError::Conflict(_)), "{error}");
        drop(unit);
        let mut unit = world.begin().await;
        let gone = UserRef { id: hallway_domain::UserId(999), ..ann };
        let emoji = hallway_domain::Emoji::parse(":tada:").expect("an emoji");
        let error = unit.reactions().add(hallway_domain::MessageId(1), &gone, &emoji, at(1)).await.expect_err("gone");
        assert!(matches!(&error, StoreError::Conflict(_)), "{error}");
    }
}
