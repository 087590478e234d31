//! Bringing a database up to date: once, twice, by many at once, and by a program that is older than the database.

mod support;

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use hallway_adapter_sql::{SqlOptions, SqlStore};
use hallway_domain::ports::{Store, StoreError};
use hallway_migrations::{Migrator, MigratorTrait, names};
use hallway_test_support::services::postgres;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tokio::task::JoinSet;

/// Tells a copy of this test program which database to migrate.
const CHILD: &str = "HALLWAY_TEST_MIGRATE";

async fn open(options: &SqlOptions) -> DatabaseConnection {
    Database::connect(&options.url).await.expect("connect")
}

async fn from_nothing_and_again(options: &SqlOptions) {
    assert_eq!(SqlStore::pending_migrations(options).await.expect("pending"), names());
    assert_eq!(SqlStore::migrate(options).await.expect("migrate"), names());
    assert_eq!(SqlStore::pending_migrations(options).await.expect("pending"), [""; 0]);
    assert_eq!(SqlStore::migrate(options).await.expect("again"), [""; 0]);
    let store = SqlStore::connect(options).await.expect("connect");
    store.ping().await.expect("ping");
    store.close().await.expect("close");

    let database = open(options).await;
    Migrator::down(&database, None).await.expect("down");
    assert_eq!(SqlStore::pending_migrations(options).await.expect("pending"), names());
    database.close().await.expect("close");
    assert_eq!(SqlStore::migrate(options).await.expect("up again"), names());
}

/// Of all that start together, exactly one applies each migration, and all go on when it is done.
async fn by_many_tasks(options: &SqlOptions) {
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let options = options.clone();
        tasks.spawn(async move { SqlStore::migrate(&options).await.expect("migrate") });
    }
    let applied: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(applied, names());
}

fn by_many_processes(options: &SqlOptions) {
    let program = std::env::current_exe().expect("this program");
    let start = || {
        Command::new(&program)
            .args(["--exact", "migrates_what_it_is_told", "--nocapture"])
            .env(CHILD, &options.url)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process")
    };
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    let mut applied = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        applied.extend(text.lines().filter_map(|line| line.strip_prefix("applied ")).map(str::to_owned));
    }
    assert_eq!(applied, names());
}

async fn newer_than_the_program(options: &SqlOptions) {
    SqlStore::migrate(options).await.expect("migrate");
    let database = open(options).await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)";
    database.execute_unprepared(newer).await.expect("insert");
    assert_eq!(SqlStore::migrate(options).await.expect("an older program starts all the same"), [""; 0]);

    let lost = format!("DELETE FROM seaql_migrations WHERE version = '{}'", names()[0]);
    database.execute_unprepared(&lost).await.expect("delete");
    let error = SqlStore::migrate(options).await.expect_err("neither older nor newer");
    assert!(matches!(&error, StoreError::Internal(problem) if problem.contains("m29990101")), "{error}");
    database.close().await.expect("close");
}

/// Not a test by itself: what [`by_many_processes`] starts.
#[tokio::test]
async fn migrates_what_it_is_told() {
    #[expect(clippy::disallowed_methods, reason = "how its parent speaks to it")]
    let Ok(url) = std::env::var(CHILD) else { return };
    for name in SqlStore::migrate(&SqlOptions::new(url)).await.expect("migrate") {
        println!("\napplied {name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_from_nothing_and_again() {
    let (options, _directory) = support::sqlite();
    from_nothing_and_again(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_by_many_tasks() {
    let (options, _directory) = support::sqlite();
    by_many_tasks(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_by_many_processes() {
    let (options, _directory) = support::sqlite();
    by_many_processes(&options);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_newer_than_the_program() {
    let (options, _directory) = support::sqlite();
    newer_than_the_program(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_says_who_is_in_the_way() {
    let (mut options, directory) = support::sqlite();
    options.migration_timeout = Duration::from_millis(200);
    let lock = directory.path().join("hall way %?#.db.migrating");
    let other = std::fs::File::create(&lock).expect("lock file");
    other.lock().expect("lock");
    let error = SqlStore::migrate(&options).await.expect_err("locked");
    assert!(matches!(&error, StoreError::Unavailable(problem) if problem.contains(".migrating")), "{error}");
    drop(other);
    SqlStore::migrate(&options).await.expect("free again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_from_nothing_and_again() {
    let database = postgres::empty().await;
    from_nothing_and_again(&SqlOptions::new(database.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_by_many_tasks() {
    let database = postgres::empty().await;
    by_many_tasks(&SqlOptions::new(database.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_by_many_processes() {
    let database = postgres::empty().await;
    by_many_processes(&SqlOptions::new(database.url()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_newer_than_the_program() {
    let database = postgres::empty().await;
    newer_than_the_program(&SqlOptions::new(database.url())).await;
}

/// Both databases get the same tables with the same columns and indexes, but for what finds tokens: an index in PostgreSQL, a
/// virtual table and those below it in SQLite.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_schemas_are_one() {
    let (sqlite, _directory) = support::sqlite();
    SqlStore::migrate(&sqlite).await.expect("migrate");
    let database = postgres::migrated().await;
    let columns_sqlite = "SELECT m.name || '.' || c.name AS what FROM sqlite_master m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'message_tokens%'";
    let columns_postgres =
        "SELECT table_name || '.' || column_name AS what FROM information_schema.columns WHERE table_schema = 'public'";
    let indexes_sqlite = "SELECT name AS what FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_%'";
    let indexes_postgres = "SELECT indexname AS what FROM pg_indexes WHERE schemaname = 'public'
        AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE 'pk_%'
        AND indexname <> 'ix_message_search_tokens'";
    let (sqlite, postgres) = (open(&sqlite).await, open(&SqlOptions::new(database.url())).await);
    let columns = names_of(&sqlite, columns_sqlite).await;
    assert!(columns.contains("messages.body") && columns.len() > 60, "{columns:?}");
    assert_eq!(columns, names_of(&postgres, columns_postgres).await);
    let indexes = names_of(&sqlite, indexes_sqlite).await;
    assert!(indexes.contains("ix_messages_live"), "{indexes:?}");
    assert_eq!(indexes, names_of(&postgres, indexes_postgres).await);
}

async fn names_of(database: &DatabaseConnection, sql: &str) -> BTreeSet<String> {
    let statement = sea_orm::Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(statement).await.expect("answers");
    rows.iter().map(|row| row.try_get("", "what").expect("a name")).collect()
}
