//! Asking Redis without ever waiting long for it.

use std::sync::LazyLock;
use std::time::Duration;

use fred::clients::Pool;
use fred::error::{Error, ErrorKind};
use fred::prelude::{Client, ClientLike as _, FromValue};
use fred::types::scripts::Script;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::meter;

/// After a command that took too long others fail at once for this long: a server that hangs must not hold up one
/// caller after the other.
const REST: Duration = Duration::from_secs(1);

/// A few connections for commands of one kind.
pub(crate) struct Link {
    pool: Pool,
    timeout: Duration,
    rests_until: Mutex<Option<Instant>>,
}

impl Link {
    pub(crate) const fn new(pool: Pool, timeout: Duration) -> Self {
        Self { pool, timeout, rests_until: Mutex::new(None) }
    }

    /// Does `work` on a connection that is up, within the timeout.
    pub(crate) async fn ask<T>(&self, work: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, String> {
        let resting = self.rests_until.lock().is_some_and(|until| Instant::now() < until);
        let client = self.pool.next_connected();
        if resting || !client.is_connected() {
            meter::failed();
            return Err("Redis does not answer".to_owned());
        }
        let outcome = tokio::time::timeout(self.timeout, work(client)).await;
        let late = match &outcome {
            Ok(Err(error)) => *error.kind() == ErrorKind::Timeout,
            outcome => outcome.is_err(),
        };
        *self.rests_until.lock() = late.then(|| Instant::now() + REST);
        let outcome = match outcome {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err("Redis took too long to answer".to_owned()),
        };
        outcome.inspect_err(|_| meter::failed())
    }

    /// Runs a script, loading it where it is not known.
    pub(crate) async fn run<T: FromValue>(
        &self,
        script: &LazyLock<Script>,
        keys: Vec<String>,
        arguments: Vec<String>,
    ) -> Result<T, String> {
        self.ask(async |client| script.evalsha_with_reload(client, keys, arguments).await).await
    }

    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }
}

/// A script of this crate.
macro_rules! script {
    ($(#[$doc:meta])* $name:ident, $path:literal) => {
        $(#[$doc])*
        static $name: std::sync::LazyLock<fred::types::scripts::Script> =
            std::sync::LazyLock::new(|| fred::types::scripts::Script::from_lua(include_str!($path)));
    };
}
pub(crate) use script;
