//! Which Redis, and how long to wait for it.

use std::fmt;
use std::time::Duration;

use fred::error::{Error, ErrorKind};
use hallway_domain::NodeId;
use secrecy::SecretString;

/// How a node reaches Redis. [`RedisOptions::new`] gives what fits most.
#[derive(Clone)]
pub struct RedisOptions {
    /// `redis://user:password@host:port/database`, `rediss://` for TLS, `redis-cluster://` or `rediss-cluster://`. A
    /// plain address of a cluster's member works too. Never shown.
    pub url: SecretString,
    /// Beginning of every key and channel, so that installations may share a server. No braces.
    pub prefix: String,
    /// This run of this process.
    pub node: NodeId,
    /// How long this node's presence is believed after it was last renewed.
    pub lease: Duration,
    /// How long presence outlives the last word of any node in the room: what is left when all nodes die at once goes by
    /// itself. At least four leases.
    pub keep: Duration,
    /// Most rates that this node begins to count in a minute; beyond that new ones of a kind are counted together.
    pub new_rates: u32,
    /// Connections for commands, beside one that publishes and one that subscribes.
    pub connections: usize,
    /// Longest wait for the answer to a command.
    pub command_timeout: Duration,
    /// Longest wait at the start.
    pub connect_timeout: Duration,
}

impl RedisOptions {
    #[must_use]
    pub fn new(url: SecretString, node: NodeId, lease: Duration) -> Self {
        Self {
            url,
            prefix: "hallway:".to_owned(),
            node,
            lease,
            keep: Duration::from_hours(1),
            new_rates: 100_000,
            connections: 2,
            command_timeout: Duration::from_millis(750),
            connect_timeout: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions").field("prefix", &self.prefix).field("node", &self.node).finish_non_exhaustive()
    }
}

/// Why a node could not begin to use Redis. Holds neither address nor password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    #[error("the address is not one of redis://, rediss://, redis-cluster:// or rediss-cluster://: {0}")]
    Address(String),
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    #[error("the server does not accept the user name or password: {0}")]
    Refused(String),
    #[error("version {0} is too old: 7.0 or newer is needed")]
    TooOld(String),
    #[error("the server answers, but: {0}")]
    Other(String),
}

impl From<Error> for ConnectError {
    fn from(error: Error) -> Self {
        let details = error.details().to_owned();
        let is_refusal = ["NOAUTH", "WRONGPASS", "NOPERM"].iter().any(|start| details.starts_with(start));
        match error.kind() {
            ErrorKind::Auth => Self::Refused(details),
            _ if is_refusal || details.contains("invalid password") => Self::Refused(details),
            ErrorKind::IO | ErrorKind::Timeout | ErrorKind::Canceled | ErrorKind::Tls | ErrorKind::Routing => {
                Self::Unreachable(details)
            }
            ErrorKind::Config | ErrorKind::Url => Self::Address(details),
            _ => Self::Other(error.to_string()),
        }
    }
}
