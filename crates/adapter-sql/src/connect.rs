//! Opening pools. Statements are logged by sqlx (slow ones as a warning), their values never.

use std::time::{Duration, Instant};

use hallway_domain::ports::StoreResult;
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::Connection as _;
use sqlx::SqliteConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::time::timeout;

use crate::SqlOptions;
use crate::doubt::Doubt;
use crate::errors::{bad_url, not_open};
use crate::options::Dialect;

/// A connection that was not used for so long is asked for a sign of life before it is used again.
const PING_AFTER: Duration = Duration::from_secs(30);
/// How long that sign may take.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// How many searches SQLite does at once.
const SEARCHERS: u32 = 2;
/// Steps of SQLite's machine between two looks at the clock: well below a millisecond.
const STEPS: i32 = 10_000;
/// A write-ahead log that grew beyond this is cut back after the next checkpoint.
const WAL_BYTES: &str = "67108864";

/// Separate pools: a reader never waits for a writer.
pub(crate) struct Pools {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    /// Few, and with a bound of their own on how long they work: searches cost more than anything else that is read.
    pub(crate) searcher: DatabaseConnection,
    /// Of both.
    pub(crate) doubt: Doubt,
}

pub(crate) async fn connect(options: &SqlOptions) -> StoreResult<Pools> {
    let doubt = Doubt::default();
    match options.dialect()? {
        Dialect::Postgres => {
            let readers = options.max_connections.div_ceil(2).max(1);
            let writers = options.max_connections.saturating_sub(readers).max(1);
            let searchers = readers / 3;
            let connect = postgres_options(options, options.statement_timeout)?;
            let writer =
                postgres_pool(options, writers, &doubt).connect_with(connect.clone()).await.map_err(not_open)?;
            let reader =
                postgres_pool(options, readers - searchers, &doubt).connect_with(connect).await.map_err(not_open)?;
            let searcher = if searchers == 0 {
                reader.clone()
            } else {
                let connect = postgres_options(options, options.search_timeout)?;
                postgres_pool(options, searchers, &doubt).connect_with(connect).await.map_err(not_open)?
            };
            Ok(Pools {
                writer: SqlxPostgresConnector::from_sqlx_postgres_pool(writer),
                reader: SqlxPostgresConnector::from_sqlx_postgres_pool(reader),
                searcher: SqlxPostgresConnector::from_sqlx_postgres_pool(searcher),
                doubt,
            })
        }
        Dialect::Sqlite => {
            let connect = sqlite_options(options)?;
            // One connection is the queue: units take it in the order in which they asked, instead of polling a lock.
            let writer = sqlite_pool(options, 1).connect_with(connect.clone()).await.map_err(not_open)?;
            let connect = connect.pragma("query_only", "on");
            let reader = sqlite_pool(options, options.max_connections.max(1))
                .connect_with(connect.clone())
                .await
                .map_err(not_open)?;
            let searcher =
                bounded(options, sqlite_pool(options, SEARCHERS)).connect_with(connect).await.map_err(not_open)?;
            Ok(Pools {
                writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
                reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
                searcher: SqlxSqliteConnector::from_sqlx_sqlite_pool(searcher),
                doubt,
            })
        }
    }
}

/// What a PostgreSQL connection of ours is set to; without the bound on statements, for migrations.
pub(crate) fn postgres_unbounded(options: &SqlOptions) -> StoreResult<PgConnectOptions> {
    let connect: PgConnectOptions = options.url.parse().map_err(bad_url)?;
    Ok(connect.application_name(&options.application_name))
}

fn postgres_options(options: &SqlOptions, statement_timeout: Duration) -> StoreResult<PgConnectOptions> {
    let millis = |duration: Duration| duration.as_millis().to_string();
    Ok(postgres_unbounded(options)?.options([
        ("statement_timeout", millis(statement_timeout)),
        // Whatever the server's own default is.
        ("default_transaction_isolation", "read committed".to_owned()),
        ("lock_timeout", millis(options.lock_timeout)),
        ("idle_in_transaction_session_timeout", millis(options.idle_in_transaction)),
    ]))
}

fn postgres_pool(options: &SqlOptions, connections: u32, doubt: &Doubt) -> PgPoolOptions {
    let doubt = doubt.clone();
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(options.idle_timeout)
        .max_lifetime(options.max_lifetime)
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let ask = meta.idle_for >= PING_AFTER || doubt.covers(meta.idle_for);
            Box::pin(async move {
                // One whose server hangs must not hold up whoever asks.
                if ask {
                    timeout(PING_TIMEOUT, connection.ping()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
                }
                Ok(true)
            })
        })
}

/// What a SQLite connection of ours is set to. `FULL`: what was committed survives a power cut, not only a kill.
pub(crate) fn sqlite_options(options: &SqlOptions) -> StoreResult<SqliteConnectOptions> {
    let connect: SqliteConnectOptions = options.url.parse().map_err(bad_url)?;
    Ok(connect
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(options.busy_timeout)
        .pragma("journal_size_limit", WAL_BYTES))
}

/// Never closes and renews its connections: they cannot break.
fn sqlite_pool(options: &SqlOptions, connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// SQLite has no bound on how long a statement may run: each time that a connection is given out, it is told until when.
fn bounded(options: &SqlOptions, pool: SqlitePoolOptions) -> SqlitePoolOptions {
    async fn until(connection: &mut SqliteConnection, end: Instant) -> Result<(), sqlx::Error> {
        connection.lock_handle().await?.set_progress_handler(STEPS, move || Instant::now() < end);
        Ok(())
    }
    let most = options.search_timeout;
    pool.after_connect(move |connection, _| Box::pin(until(connection, Instant::now() + most))).before_acquire(
        move |connection, _| {
            Box::pin(async move {
                until(connection, Instant::now() + most).await?;
                Ok(true)
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use hallway_domain::ports::StoreError;
    use hallway_test_support::services::postgres;
    use sea_orm::{ConnectionTrait, Statement};

    use super::*;
    use crate::{SqlStore, sqlite_url};

    async fn setting(db: &DatabaseConnection, sql: String) -> String {
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(statement).await.expect("answers").expect("a row");
        row.try_get_by::<String, _>(0).or_else(|_| row.try_get_by::<i64, _>(0).map(|n| n.to_string())).expect("a value")
    }

    #[tokio::test]
    async fn sqlite_is_set_to_keep_its_word() {
        let directory = tempfile::tempdir().expect("a directory");
        let options = SqlOptions::new(sqlite_url(&directory.path().join("set.db")));
        SqlStore::migrate(&options).await.expect("migrate");
        let Pools { writer, reader, .. } = connect(&options).await.expect("connect");
        // 2 is FULL.
        for (name, value) in
            [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "5000")]
        {
            assert_eq!(setting(&writer, format!("PRAGMA {name}")).await, value, "{name}");
        }
        assert_eq!(writer.get_sqlite_connection_pool().options().get_max_connections(), 1);
        let error = reader.execute_unprepared("DELETE FROM users").await.expect_err("readers do not write");
        assert!(error.to_string().contains("readonly"), "{error}");
    }

    /// Works for minutes if it may.
    async fn toil(db: &DatabaseConnection) {
        let sql =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT max(i) FROM n";
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let error = crate::errors::failed(db.query_one_raw(statement).await.expect_err("given up"));
        assert!(matches!(&error, StoreError::Unavailable(_)), "{error}");
        assert_eq!(setting(db, "SELECT CAST(7 AS BIGINT)".to_owned()).await, "7", "and goes on with the next");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_search_does_not_work_for_ever() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = postgres::empty().await;
        for url in [sqlite_url(&directory.path().join("set.db")), database.url().to_owned()] {
            let options = SqlOptions { search_timeout: Duration::from_millis(100), ..SqlOptions::new(url) };
            let searcher = connect(&options).await.expect("connect").searcher;
            toil(&searcher).await;
            toil(&searcher).await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn postgres_is_set_to_let_go() {
        let database = postgres::empty().await;
        let options = SqlOptions { max_connections: 5, ..SqlOptions::new(database.url()) };
        let Pools { writer, reader, searcher, .. } = connect(&options).await.expect("connect");
        for db in [&writer, &reader] {
            for (name, expected) in [
                ("transaction_isolation", "read committed"),
                ("statement_timeout", "15s"),
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "3s"),
                ("application_name", "hallway"),
            ] {
                assert_eq!(setting(db, format!("SHOW {name}")).await, expected, "{name}");
            }
        }
        let most = |db: &DatabaseConnection| db.get_postgres_connection_pool().options().get_max_connections();
        assert_eq!((most(&writer), most(&reader), most(&searcher)), (2, 2, 1));
        assert_eq!(setting(&searcher, "SHOW statement_timeout".to_owned()).await, "5s");
    }
}
