//! A real PostgreSQL: one server per test process, one fresh database per test.
//!
//! Where it comes from, the first that works: `TEST_DATABASE_URL` (a server where the user may create databases), a
//! container if a Docker engine answers and `TEST_NO_DOCKER` is unset, a server of this machine's own binaries on a
//! temporary directory. If none works, tests fail and say why; they are never passed over.

mod docker;
mod evidence;
mod local;
mod own;

use std::env;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use hallway_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use uuid::Uuid;

use super::{Found, blocking};

pub use evidence::{cut_connections, evidence, heads, waiting_for_locks};
pub use own::OwnServer;

/// How long a server may take to answer its first query.
const STARTUP: Duration = Duration::from_mins(1);
const PREFIX: &str = "hallway_test_";
/// Databases on a shared server that a killed test process left behind are removed after this many seconds.
const STALE: u64 = 3600;

/// A database of one test's own, removed when dropped.
pub struct TestDatabase {
    url: String,
    name: String,
    server: &'static Server,
}

struct Server {
    /// Of a database that is always there.
    url: String,
    /// A database with all migrations, copied for each test.
    template: String,
}

/// A database with all migrations applied.
pub async fn migrated() -> TestDatabase {
    let server = server();
    create(server, &format!(" TEMPLATE {}", server.template)).await
}

/// A database with nothing in it.
pub async fn empty() -> TestDatabase {
    create(server(), "").await
}

impl TestDatabase {
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let url = self.server.url.clone();
        // A server that is gone takes its databases along: nothing to report.
        let _ = blocking(move || async move { execute(&url, &sql).await });
    }
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    match SERVER.get_or_init(|| blocking(start)) {
        Ok(server) => server,
        Err(problem) => panic!("{problem}"),
    }
}

async fn start() -> Result<Server, String> {
    prepare(find().await?).await
}

async fn find() -> Found {
    let mut problems = Vec::new();
    match given() {
        Ok(url) => return Ok(url),
        Err(problem) => problems.push(format!("TEST_DATABASE_URL: {problem}")),
    }
    match docker::start().await {
        Ok(url) => return Ok(url),
        Err(problem) => problems.push(format!("Docker: {problem}")),
    }
    match local::start() {
        Ok(url) => return Ok(url),
        Err(problem) => problems.push(format!("local server: {problem}")),
    }
    Err(format!(
        "no PostgreSQL for tests:\n  {}\nInstall PostgreSQL (for example `apt-get install postgresql`), start Docker, or \
         set TEST_DATABASE_URL to a server where the user may create databases.",
        problems.join("\n  ")
    ))
}

#[expect(clippy::disallowed_methods, reason = "the one switch of a test run")]
fn given() -> Found {
    env::var("TEST_DATABASE_URL").map_err(|_| "not set".to_owned())
}

/// Waits until the server answers, and makes the template.
async fn prepare(url: String) -> Result<Server, String> {
    let until = Instant::now() + STARTUP;
    while let Err(error) = execute(&url, "SELECT 1").await {
        if Instant::now() > until {
            return Err(format!("the PostgreSQL for tests does not answer: {error}{}", local::log_of(&url)));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let failed = |error: DbErr| format!("the PostgreSQL for tests cannot be prepared: {error}");
    remove_stale(&url).await.map_err(failed)?;
    let template = new_name();
    execute(&url, &format!("CREATE DATABASE {template}")).await.map_err(failed)?;
    let database = open(&with_database(&url, &template)).await.map_err(failed)?;
    Migrator::up(&database, None).await.map_err(failed)?;
    database.close().await.map_err(failed)?;
    Ok(Server { url, template })
}

async fn create(server: &'static Server, how: &str) -> TestDatabase {
    let name = new_name();
    let sql = format!("CREATE DATABASE {name}{how}");
    let until = Instant::now() + STARTUP;
    // The server refuses while something else, such as its own vacuum, looks at the template.
    while let Err(error) = execute(&server.url, &sql).await {
        assert!(Instant::now() < until, "a test database cannot be created: {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    TestDatabase { url: with_database(&server.url, &name), name, server }
}

async fn remove_stale(url: &str) -> Result<(), DbErr> {
    let database = open(url).await?;
    let backend = database.get_database_backend();
    let sql = format!("SELECT datname FROM pg_database WHERE datname LIKE '{}%'", PREFIX.replace('_', "\\_"));
    for row in database.query_all_raw(sea_orm::Statement::from_string(backend, sql)).await? {
        let name: String = row.try_get("", "datname")?;
        let made = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()?.parse::<u64>().ok());
        if made.is_some_and(|made| made + STALE < seconds()) {
            // Somebody else may be removing it as well.
            let _ = database.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
    database.close().await
}

#[expect(clippy::disallowed_methods, reason = "names of databases, not behaviour under test")]
fn new_name() -> String {
    format!("{PREFIX}{}_{}", seconds(), Uuid::new_v4().simple())
}

#[expect(clippy::disallowed_methods, reason = "names of databases, not behaviour under test")]
fn seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

async fn open(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
    Database::connect(options).await
}

async fn execute(url: &str, sql: &str) -> Result<(), DbErr> {
    let database = open(url).await?;
    let done = database.execute_unprepared(sql).await.map(drop);
    database.close().await?;
    done
}

/// The same server's URL with another database.
fn with_database(url: &str, name: &str) -> String {
    let (place, query) =
        url.split_once('?').map_or((url, String::new()), |(place, query)| (place, format!("?{query}")));
    let authority = place.find("://").map_or(0, |at| at + 3);
    let end = place[authority..].find('/').map_or(place.len(), |at| authority + at);
    format!("{}/{name}{query}", &place[..end])
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn only_the_database_changes() {
        assert_eq!(with_database("postgres://a:b@h:5/old", "new"), "postgres://a:b@h:5/new");
        assert_eq!(with_database("postgres://a:b@h:5", "new"), "postgres://a:b@h:5/new");
        assert_eq!(with_database("postgres://h/old?sslmode=disable", "new"), "postgres://h/new?sslmode=disable");
    }
}
