//! Why the server could not start or go on.

use std::io;

use crate::config::ConfigError;

/// One line for whoever started it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot use the database (database.url, DATABASE_URL): {0}")]
    Database(String),
    #[error("cannot use Redis (redis.url, REDIS_URL): {0}")]
    Redis(String),
    #[error("{0}")]
    Bind(String),
    #[error("cannot start: {0}")]
    Start(String),
    /// A command of the command line that was refused.
    #[error("{0}")]
    Refused(String),
    #[error("the message writer failed; the log above says why")]
    Writer,
    #[error("stopped at once by a second signal")]
    Interrupted,
    #[error("the server failed: {0}")]
    Server(#[from] io::Error),
}
