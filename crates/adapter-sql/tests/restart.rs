//! A PostgreSQL that goes away and comes back, and locks that somebody else holds.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hallway_adapter_sql::{SqlOptions, SqlStore};
use hallway_domain::ports::{InsertedUser, Store, StoreError, StoreResult};
use hallway_domain::{PageRequest, RoomId, Seq, UserId};
use hallway_test_support::contract::store::World;
use hallway_test_support::services::postgres;

/// Opens all connections that the pools may have, and leaves them idle.
async fn warm(store: &SqlStore, connections: usize) {
    let units = join_all((0..connections / 2).map(|_| store.begin())).await;
    for unit in units {
        drop(unit.expect("begins"));
    }
    for outcome in join_all((0..connections * 4).map(|_| store.queries().user(UserId(1)))).await {
        outcome.expect("reads");
    }
}

async fn write(store: &SqlStore, name: &str) -> StoreResult<()> {
    let mut unit = store.begin().await?;
    assert!(matches!(unit.users().insert(World::new_user(name)).await?, InsertedUser::Created(_)));
    unit.commit().await
}

async fn read(store: &SqlStore, n: i64) -> StoreResult<()> {
    match n % 4 {
        0 => store.ping().await,
        1 => store.queries().user(UserId(n)).await.map(drop),
        2 => store.queries().events(RoomId(1), Seq(0), Seq(9), 9).await.map(drop),
        _ => {
            store.queries().users(&hallway_domain::ports::UserFilter::default(), PageRequest::first(5)).await.map(drop)
        }
    }
}

/// Fifty that come one after the other, then fifty at once.
async fn all_succeed(store: &SqlStore, round: &str) {
    for n in 0..50 {
        let outcome = if n % 2 == 0 { read(store, n).await } else { write(store, &format!("{round}{n}")).await };
        outcome.unwrap_or_else(|error| panic!("request {n} after {round}: {error}"));
    }
}

async fn all_at_once_succeed(store: &SqlStore, round: &str) {
    let reads = join_all((0..25).map(|n| read(store, n)));
    let names: Vec<_> = (0..25).map(|n| format!("{round}{n}")).collect();
    let writes = join_all(names.iter().map(|name| write(store, name)));
    let (reads, writes) = tokio::join!(reads, writes);
    for (n, outcome) in reads.into_iter().chain(writes).enumerate() {
        outcome.unwrap_or_else(|error| panic!("request {n} of many after {round}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_pays_for_connections_that_died_meanwhile() {
    let server = postgres::OwnServer::start().await;
    let options = SqlOptions { max_connections: 12, ..SqlOptions::new(server.url()) };
    SqlStore::migrate(&options).await.expect("migrate");
    let store = SqlStore::connect(&options).await.expect("connect");
    warm(&store, 12).await;
    server.crash().await;
    server.resume().await;
    all_succeed(&store, "crash").await;
    warm(&store, 12).await;
    server.crash().await;
    server.resume().await;
    all_at_once_succeed(&store, "second").await;
    warm(&store, 12).await;
    postgres::cut_connections(&server.url()).await.expect("the database is there");
    all_succeed(&store, "cut").await;
    warm(&store, 12).await;
    postgres::cut_connections(&server.url()).await.expect("the database is there");
    all_at_once_succeed(&store, "again").await;
}

/// While it is away that is said soon, and of a unit under way nothing is pretended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_loses_its_connection_fails() {
    let server = postgres::OwnServer::start().await;
    let options = SqlOptions { acquire_timeout: Duration::from_secs(2), ..SqlOptions::new(server.url()) };
    SqlStore::migrate(&options).await.expect("migrate");
    let store = SqlStore::connect(&options).await.expect("connect");
    let mut unit = store.begin().await.expect("begins");
    unit.users().insert(World::new_user("ann")).await.expect("inserts");
    server.crash().await;
    let begun = Instant::now();
    let error = read(&store, 1).await.expect_err("nobody is there");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    server.resume().await;
    let error = unit.commit().await.expect_err("its connection is gone");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    all_succeed(&store, "later").await;
    assert!(store.queries().user_by_username(&World::new_user("ann").username).await.expect("reads").is_none());
}

/// A room whose lock somebody holds who does not go on, as a frozen node: the lock is taken from them, and until then
/// nobody waits longer than they said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_holds_a_lock_for_ever() {
    let database = postgres::migrated().await;
    let options = SqlOptions {
        lock_timeout: Duration::from_millis(300),
        idle_in_transaction: Duration::from_millis(1500),
        ..SqlOptions::new(database.url())
    };
    let world = World::new(Arc::new(SqlStore::connect(&options).await.expect("connect")));
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await;
    let mut frozen = world.begin().await;
    frozen.rooms().lock(&[room.id]).await.expect("locks");
    let begun = Instant::now();
    let mut tries = 0;
    loop {
        let asked = Instant::now();
        let mut unit = world.begin().await;
        tries += 1;
        match unit.rooms().lock(&[room.id]).await {
            Ok(_) => break,
            Err(error) => assert!(matches!(error, StoreError::Conflict(_)), "to be tried again: {error}"),
        }
        assert!(asked.elapsed() >= Duration::from_millis(250), "it was waited for");
        assert!(begun.elapsed() < Duration::from_secs(20), "the lock is never given back");
    }
    assert!(tries > 1, "nobody held it");
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    frozen.commit().await.expect_err("it was ended");
}
