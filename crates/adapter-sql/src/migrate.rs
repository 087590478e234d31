//! Bringing the schema up to date, once, however many processes start together.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hallway_domain::ports::{StoreError, StoreResult};
use hallway_migrations::{Migrator, MigratorTrait, names};
use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use crate::SqlOptions;
use crate::connect::{postgres_unbounded, sqlite_options};
use crate::errors::{failed, not_open};
use crate::message_index;
use crate::options::Dialect;

/// Names our advisory lock among those of the database: "hallway" in ASCII.
const LOCK_KEY: i64 = 0x0068_616c_6c77_6179;
/// How often to ask for a lock file.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// Applies what is pending; the names of what was.
pub(crate) async fn up(options: &SqlOptions) -> StoreResult<Vec<String>> {
    match options.dialect()? {
        Dialect::Postgres => {
            // On a connection of its own: the lock is held by a session, and migrations come and go in transactions.
            let lock = lock_postgres(options).await?;
            let database = open(options).await?;
            let applied = apply(&database).await;
            close(database).await?;
            // Closing the session gives the lock back, also when migrating has failed.
            lock.close().await.map_err(not_open)?;
            applied
        }
        Dialect::Sqlite => {
            let file = sqlite_options(options)?.get_filename().to_owned();
            let lock = lock_file(&file, options.migration_timeout).await?;
            let database = open(options).await?;
            let applied = apply(&database).await;
            close(database).await?;
            drop(lock);
            applied
        }
    }
}

/// The names of migrations that the database has not got yet. Changes nothing, except that a SQLite file is made.
pub(crate) async fn pending(options: &SqlOptions) -> StoreResult<Vec<String>> {
    let database = open(options).await?;
    let pending = missing(&database).await.map(|state| state.pending);
    close(database).await?;
    pending
}

struct State {
    pending: Vec<String>,
    /// Applied by a newer version of this program.
    unknown: Vec<String>,
}

async fn apply(database: &DatabaseConnection) -> StoreResult<Vec<String>> {
    let State { pending, unknown } = missing(database).await?;
    if !unknown.is_empty() {
        if !pending.is_empty() {
            return Err(StoreError::Internal(format!(
                "this database belongs to another version: it has {} and lacks {}",
                unknown.join(", "),
                pending.join(", ")
            )));
        }
        // Migrations only expand what the version before them uses, so the older program still runs.
        tracing::warn!(migrations = unknown.join(", "), "the database is newer than this program");
        return Ok(pending);
    }
    if !pending.is_empty() {
        Migrator::up(database, None).await.map_err(failed)?;
        tracing::info!(migrations = pending.join(", "), "the database is up to date");
    }
    message_index::fill(database).await?;
    Ok(pending)
}

async fn missing(database: &DatabaseConnection) -> StoreResult<State> {
    let known = names();
    let applied = applied(database).await?;
    let unknown: Vec<_> = applied.iter().filter(|name| !known.contains(name)).cloned().collect();
    let applied: HashSet<_> = applied.into_iter().collect();
    Ok(State { pending: known.into_iter().filter(|name| !applied.contains(name)).collect(), unknown })
}

async fn applied(database: &DatabaseConnection) -> StoreResult<Vec<String>> {
    let exists = match database.get_database_backend() {
        sea_orm::DbBackend::Postgres => "SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass('seaql_migrations')",
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    let statement = |sql: &str| sea_orm::Statement::from_string(database.get_database_backend(), sql);
    if database.query_one_raw(statement(exists)).await.map_err(failed)?.is_none() {
        return Ok(Vec::new());
    }
    let rows = database.query_all_raw(statement("SELECT version FROM seaql_migrations ORDER BY version")).await;
    rows.map_err(failed)?.iter().map(|row| row.try_get("", "version").map_err(failed)).collect()
}

async fn open(options: &SqlOptions) -> StoreResult<DatabaseConnection> {
    match options.dialect()? {
        Dialect::Postgres => {
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(options.acquire_timeout);
            let pool = pool.connect_with(postgres_unbounded(options)?).await.map_err(not_open)?;
            Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
        }
        Dialect::Sqlite => {
            let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(options.acquire_timeout);
            let pool = pool.connect_with(sqlite_options(options)?).await.map_err(not_open)?;
            Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
        }
    }
}

async fn close(database: DatabaseConnection) -> StoreResult<()> {
    database.close().await.map_err(failed)
}

async fn lock_postgres(options: &SqlOptions) -> StoreResult<PgConnection> {
    let wait = options.migration_timeout.as_millis().to_string();
    let connect = postgres_unbounded(options)?.options([("lock_timeout", wait)]);
    let mut connection = connect.connect().await.map_err(not_open)?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK_KEY).execute(&mut connection).await.map_err(not_open)?;
    Ok(connection)
}

/// A lock on a file beside the database, given back by the system however this process ends. Not on the database itself:
/// closing any handle of that would take SQLite's own locks from it.
async fn lock_file(database: &Path, patience: Duration) -> StoreResult<File> {
    let mut path = database.as_os_str().to_owned();
    path.push(".migrating");
    let path = PathBuf::from(path);
    let problem = |error: &dyn std::fmt::Display| {
        StoreError::Unavailable(format!("cannot lock {} to migrate: {error}", path.display()))
    };
    let file = File::options().create(true).append(true).open(&path).map_err(|error| problem(&error))?;
    let until = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => tokio::time::sleep(ASK_AGAIN).await,
            Err(TryLockError::WouldBlock) => return Err(problem(&"another process migrates it for too long")),
            Err(TryLockError::Error(error)) => return Err(problem(&error)),
        }
    }
}
