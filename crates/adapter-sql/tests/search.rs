//! What search keeps of messages: nothing of what is gone, and everything that was there before.

mod support;

use std::sync::Arc;

use hallway_adapter_sql::{SqlOptions, SqlStore};
use hallway_domain::UserRef;
use hallway_domain::search::{MessageSearch, Needle};
use hallway_test_support::contract::store::{World, at};
use hallway_test_support::services::postgres;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

async fn found(world: &World, reader: &UserRef, text: &str) -> usize {
    let search = MessageSearch {
        reader: reader.id,
        needles: vec![Needle::new(text).expect("a word")],
        author: None,
        room: None,
        after: None,
        before: None,
        has: std::collections::BTreeSet::new(),
        older_than: None,
        limit: 50,
    };
    world.queries().search(&search, at(100)).await.expect("search").items.len()
}

async fn opened(options: &SqlOptions) -> (World, DatabaseConnection) {
    SqlStore::migrate(options).await.expect("migrate");
    let store = SqlStore::connect(options).await.expect("connect");
    (World::new(Arc::new(store)), Database::connect(&options.url).await.expect("connect"))
}

/// Everything that the tables of the index hold, byte for byte.
async fn kept(db: &DatabaseConnection) -> Vec<u8> {
    let statements: &[&str] = match db.get_database_backend() {
        DbBackend::Postgres => &["SELECT convert_to(text || ' ' || tokens::text, 'UTF8') AS kept FROM message_search"],
        _ => &[
            "SELECT CAST(text || ' ' || tokens AS BLOB) AS kept FROM message_search",
            "SELECT block AS kept FROM message_tokens_data",
            "SELECT CAST(term AS BLOB) AS kept FROM message_tokens_idx",
        ],
    };
    let mut kept = Vec::new();
    for sql in statements {
        for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), *sql)).await.expect("answers") {
            kept.extend(row.try_get::<Vec<u8>>("", "kept").expect("bytes"));
            kept.push(b' ');
        }
    }
    kept
}

fn holds(kept: &[u8], part: &str) -> bool {
    kept.windows(part.len()).any(|window| window == part.as_bytes())
}

async fn what_is_erased_is_gone(options: &SqlOptions) {
    let (world, db) = opened(options).await;
    let ann = world.user("ann").await;
    let room = world.room("talk", &ann).await;
    let doomed = world.room("doomed", &ann).await;
    world.post(room.id, &ann, "what stays: harmless words").await;
    let secret = world.post(room.id, &ann, "qqq zyzzyva 秘密").await;
    let edited = world.post(room.id, &ann, "the kwyjibo").await;
    world.post(doomed.id, &ann, "vexillology").await;
    // In PostgreSQL tokens are quoted; in SQLite, neighbours share their beginnings, so whole words are not found there.
    let traces = ["zyzzyva", "zyz", "zzy", "yva", "秘密", "kwyjibo", "kwy", "jib", "vexillology", "vex", "xil"];
    let before = kept(&db).await;
    for trace in ["zyzzyva", "秘密", "kwyjibo", "vexillology"] {
        assert!(holds(&before, trace), "does this test still read what is kept? {trace}");
    }
    world.delete(&secret, at(10)).await;
    world.edit(&edited, "the harmless words", at(11)).await;
    let mut unit = world.begin().await;
    unit.rooms().delete(doomed.id).await.expect("delete");
    unit.commit().await.expect("commit");
    let after = kept(&db).await;
    for trace in traces {
        assert!(!holds(&after, trace), "{trace} is still there");
    }
    assert!(holds(&after, "harmless"));
    assert_eq!(found(&world, &ann, "harmless").await, 2);
    db.close().await.expect("close");
}

async fn old_messages_are_found(options: &SqlOptions) {
    let (world, db) = opened(options).await;
    let ann = world.user("ann").await;
    let room = world.room("talk", &ann).await;
    let mut last = None;
    for n in 0..12 {
        last = Some(world.post(room.id, &ann, &format!("old message {n}")).await);
    }
    let last = last.expect("a message");
    world.delete(&last, at(50)).await;
    // As it is right after the migration, and when filling was interrupted after four.
    for (up_to, emptied) in [(last.id.0, "true"), (last.id.0 - 5, "message_id <= (SELECT up_to FROM search_backlog)")] {
        db.execute_unprepared(&format!("INSERT INTO search_backlog (up_to) VALUES ({up_to})")).await.expect("insert");
        db.execute_unprepared(&format!("DELETE FROM message_search WHERE {emptied}")).await.expect("delete");
        assert!(found(&world, &ann, "old message").await < 11);
        SqlStore::migrate(options).await.expect("fill");
        assert_eq!(found(&world, &ann, "old message").await, 11);
    }
    // What an older version wrote since.
    db.execute_unprepared("DELETE FROM message_search WHERE message_id % 2 = 0").await.expect("delete");
    assert!(found(&world, &ann, "old message").await < 11);
    SqlStore::migrate(options).await.expect("fill");
    assert_eq!(found(&world, &ann, "old message").await, 11);
    db.close().await.expect("close");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_what_is_erased_is_gone() {
    let (options, _directory) = support::sqlite();
    what_is_erased_is_gone(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_what_is_erased_is_gone() {
    let database = postgres::empty().await;
    what_is_erased_is_gone(&SqlOptions::new(database.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_old_messages_are_found() {
    let (options, _directory) = support::sqlite();
    old_messages_are_found(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_old_messages_are_found() {
    let database = postgres::empty().await;
    old_messages_are_found(&SqlOptions::new(database.url())).await;
}
