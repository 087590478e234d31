//! Opening pools. Statements are logged by sqlx (slow ones as a warning), their values never.

use std::time::Duration;

use hallway_domain::ports::StoreResult;
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::SqlOptions;
use crate::errors::{bad_url, not_open};
use crate::options::Dialect;

/// A connection that was not used for so long is asked for a sign of life before it is used again.
const PING_AFTER: Duration = Duration::from_secs(30);
/// A transaction whose owner hangs (a frozen node) loses its locks after so long. Ours never wait for anything but the
/// database.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(5);
/// A write-ahead log that grew beyond this is cut back after the next checkpoint.
const WAL_BYTES: &str = "67108864";

/// Separate pools: a reader never waits for a writer.
pub(crate) struct Pools {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
}

pub(crate) async fn connect(options: &SqlOptions) -> StoreResult<Pools> {
    match options.dialect()? {
        Dialect::Postgres => {
            let readers = options.max_connections.div_ceil(2).max(1);
            let writers = options.max_connections.saturating_sub(readers).max(1);
            let connect = postgres_options(options)?;
            let writer = postgres_pool(options, writers).connect_with(connect.clone()).await.map_err(not_open)?;
            let reader = postgres_pool(options, readers).connect_with(connect).await.map_err(not_open)?;
            Ok(Pools {
                writer: SqlxPostgresConnector::from_sqlx_postgres_pool(writer),
                reader: SqlxPostgresConnector::from_sqlx_postgres_pool(reader),
            })
        }
        Dialect::Sqlite => {
            let connect = sqlite_options(options)?;
            // One connection is the queue: units take it in the order in which they asked, instead of polling a lock.
            let writer = sqlite_pool(options, 1).connect_with(connect.clone()).await.map_err(not_open)?;
            let reader = sqlite_pool(options, options.max_connections.max(1))
                .connect_with(connect.pragma("query_only", "on"))
                .await
                .map_err(not_open)?;
            Ok(Pools {
                writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
                reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
            })
        }
    }
}

/// What a PostgreSQL connection of ours is set to; without the bound on statements, for migrations.
pub(crate) fn postgres_unbounded(options: &SqlOptions) -> StoreResult<PgConnectOptions> {
    let connect: PgConnectOptions = options.url.parse().map_err(bad_url)?;
    Ok(connect.application_name(&options.application_name))
}

fn postgres_options(options: &SqlOptions) -> StoreResult<PgConnectOptions> {
    let millis = |duration: Duration| duration.as_millis().to_string();
    Ok(postgres_unbounded(options)?.options([
        ("statement_timeout", millis(options.statement_timeout)),
        // Whatever the server's own default is.
        ("default_transaction_isolation", "read committed".to_owned()),
        ("idle_in_transaction_session_timeout", millis(IDLE_IN_TRANSACTION)),
    ]))
}

fn postgres_pool(options: &SqlOptions, connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(options.idle_timeout)
        .max_lifetime(options.max_lifetime)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= PING_AFTER {
                    connection.ping().await?;
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

#[cfg(test)]
mod tests {
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
        let Pools { writer, reader } = connect(&options).await.expect("connect");
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

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn postgres_is_set_to_let_go() {
        let database = postgres::empty().await;
        let options = SqlOptions { max_connections: 5, ..SqlOptions::new(database.url()) };
        let Pools { writer, reader } = connect(&options).await.expect("connect");
        for db in [&writer, &reader] {
            for (name, expected) in [
                ("transaction_isolation", "read committed"),
                ("statement_timeout", "15s"),
                ("idle_in_transaction_session_timeout", "5s"),
                ("application_name", "hallway"),
            ] {
                assert_eq!(setting(db, format!("SHOW {name}")).await, expected, "{name}");
            }
        }
        let most = |db: &DatabaseConnection| db.get_postgres_connection_pool().options().get_max_connections();
        assert_eq!((most(&writer), most(&reader)), (2, 3));
    }
}
