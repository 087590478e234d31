//! Which database, and how much of it.

use std::fmt;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use hallway_domain::ports::{StoreError, StoreResult};

/// How to reach a database. [`SqlOptions::new`] gives what fits most.
#[derive(Clone)]
pub struct SqlOptions {
    /// `postgres://user:password@host/database`, or `sqlite:` and a path ([`sqlite_url`] makes one). Never shown.
    pub url: String,
    /// Connections of this process: on PostgreSQL one half for writers and one for readers (of these a third for
    /// searches), on SQLite all for readers beside the one writer and two for searches.
    pub max_connections: u32,
    /// How long to wait for a free connection before the store is "not available".
    pub acquire_timeout: Duration,
    /// Closes what was not used for so long.
    pub idle_timeout: Duration,
    /// Renews connections after so long (PostgreSQL).
    pub max_lifetime: Duration,
    /// Ends a statement that runs longer, whatever it waits for (PostgreSQL). Migrations are not bound by it.
    pub statement_timeout: Duration,
    /// Ends a search that runs longer (both).
    pub search_timeout: Duration,
    /// How long a statement waits for a row that another transaction holds, before its unit is begun again
    /// (PostgreSQL). Shorter than `idle_in_transaction`: what a frozen node has waiting must not get the row next, and
    /// keep it as long again.
    pub lock_timeout: Duration,
    /// A transaction whose owner does not go on (a frozen node) is ended after so long, and its locks are free
    /// (PostgreSQL). Ours never wait for anything but the database.
    pub idle_in_transaction: Duration,
    /// How long to wait for another process that writes to the file (SQLite), or that migrates (both).
    pub busy_timeout: Duration,
    pub migration_timeout: Duration,
    /// What PostgreSQL lists this process as.
    pub application_name: String,
}

impl SqlOptions {
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(10),
            max_lifetime: Duration::from_mins(30),
            statement_timeout: Duration::from_secs(15),
            search_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
            idle_in_transaction: Duration::from_secs(3),
            busy_timeout: Duration::from_secs(5),
            migration_timeout: Duration::from_mins(5),
            application_name: "hallway".to_owned(),
        }
    }

    pub(crate) fn dialect(&self) -> StoreResult<Dialect> {
        let scheme = self.url.split(':').next().unwrap_or_default();
        match scheme {
            "postgres" | "postgresql" => Ok(Dialect::Postgres),
            "sqlite" => Ok(Dialect::Sqlite),
            // The URL itself may hold a password.
            _ => Err(StoreError::Internal("the database URL must begin with postgres:// or sqlite:".to_owned())),
        }
    }
}

impl fmt::Debug for SqlOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlOptions")
            .field("dialect", &self.dialect().ok())
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// Which database a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

/// The URL of a SQLite file, whatever characters its path has.
#[must_use]
pub fn sqlite_url(path: &Path) -> String {
    let mut url = "sqlite://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~') {
            url.push(char::from(*byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_as_url() {
        assert_eq!(sqlite_url(Path::new("/var/lib/hallway/hallway.db")), "sqlite:///var/lib/hallway/hallway.db");
        assert_eq!(sqlite_url(Path::new("a b/50%?#ü.db")), "sqlite://a%20b/50%25%3F%23%C3%BC.db");
        for path in ["/tmp/x y%?#&=ü/db", "rel/ative.db", "./x.db"] {
            let options: sqlx::sqlite::SqliteConnectOptions = sqlite_url(Path::new(path)).parse().expect("parses");
            assert_eq!(options.get_filename(), Path::new(path));
        }
    }

    #[test]
    fn neither_debug_nor_errors_show_the_url() {
        let options = SqlOptions::new("postgres://ann:s3cret@db/hallway");
        assert!(!format!("{options:?}").contains("s3cret"));
        let error = SqlOptions::new("mysql://ann:s3cret@db/hallway").dialect().expect_err("not supported");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert!(error.to_string().contains("postgres://"), "{error}");
    }
}
