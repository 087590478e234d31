//! One node's connections.

use std::sync::Arc;
use std::time::Duration;

use fred::clients::Pool;
use fred::interfaces::ClientLike as _;
use fred::types::Builder;
use fred::types::InfoKind;
use fred::types::config::{Config, ReconnectPolicy, UnresponsiveConfig};
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bus::Lines;
use crate::link::Link;
use crate::names::Names;
use crate::{ConnectError, RedisBus, RedisCallLines, RedisOptions, RedisPresence, RedisRateLimiter, RedisTickets};

/// Oldest server that has all that is asked of it: sharded channels.
const OLDEST: u32 = 7;
/// Messages of other nodes that may wait to be taken in; what comes on top is dropped, and said.
const WAITING_MESSAGES: usize = 2048;
/// Commands that may wait for a connection.
const WAITING_COMMANDS: usize = 10_000;
/// A connection whose peer answers nothing for so long is made anew.
const UNRESPONSIVE: Duration = Duration::from_secs(3);

/// This node's part in Redis: a bus, presence, limits and tickets that it shares with the other nodes.
pub struct RedisNode {
    bus: Arc<RedisBus>,
    presence: Arc<RedisPresence>,
    limiter: Arc<RedisRateLimiter>,
    tickets: Arc<RedisTickets>,
    lines: Arc<RedisCallLines>,
    pools: Vec<Pool>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl RedisNode {
    /// Connects, and begins this node's lease. From here on an outage is lived through.
    ///
    /// # Errors
    /// When Redis does not answer in time, refuses, or is too old.
    pub async fn connect(options: &RedisOptions) -> Result<Self, ConnectError> {
        let connecting = Self::try_connect(options);
        let late = || ConnectError::Unreachable(format!("no answer within {:?}", options.connect_timeout));
        tokio::time::timeout(options.connect_timeout, connecting).await.unwrap_or_else(|_| Err(late()))
    }

    async fn try_connect(options: &RedisOptions) -> Result<Self, ConnectError> {
        let (mut config, clustered) = config(options.url.expose_secret())?;
        let mut commands = open(&config, options, options.connections.max(1)).await?;
        let about: String = commands.info(Some(InfoKind::Server)).await?;
        let version = field(&about, "redis_version");
        if version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_none_or(|major| major < OLDEST) {
            return Err(ConnectError::TooOld(version.to_owned()));
        }
        let is_cluster = clustered || field(&about, "redis_mode") == "cluster";
        if is_cluster && !clustered {
            config = member_of_cluster(&config)?;
            close(&commands).await;
            commands = open(&config, options, options.connections.max(1)).await?;
        }
        let (publisher, subscriber) = (open(&config, options, 1).await?, open(&config, options, 1).await?);
        let pools = vec![commands.clone(), publisher.clone(), subscriber.clone()];
        let link = |pool| Link::new(pool, options.command_timeout);
        let lines = Lines { publisher: link(publisher), subscriber: link(subscriber), clustered: is_cluster };
        let commands = Arc::new(link(commands));
        let names = Names::new(options.prefix.clone());

        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let presence = RedisPresence::start(Arc::clone(&commands), names.clone(), options).await;
        let own = options.node.to_string();
        let call_lines = RedisCallLines::start(Arc::clone(&commands), names.clone(), own, options.lease).await;
        let bus = RedisBus::start(lines, names.clone(), options.node.to_string(), &tasks, &stopping).await;
        Ok(Self {
            bus: bus.map_err(ConnectError::Other)?,
            presence: Arc::new(presence.map_err(ConnectError::Other)?),
            limiter: Arc::new(RedisRateLimiter::new(Arc::clone(&commands), names.clone(), options.new_rates)),
            tickets: Arc::new(RedisTickets::new(Arc::clone(&commands), names)),
            lines: Arc::new(call_lines.map_err(ConnectError::Other)?),
            pools,
            tasks,
            stopping,
        })
    }

    pub fn bus(&self) -> Arc<RedisBus> {
        Arc::clone(&self.bus)
    }

    pub fn presence(&self) -> Arc<RedisPresence> {
        Arc::clone(&self.presence)
    }

    pub fn limiter(&self) -> Arc<RedisRateLimiter> {
        Arc::clone(&self.limiter)
    }

    pub fn tickets(&self) -> Arc<RedisTickets> {
        Arc::clone(&self.tickets)
    }

    pub fn lines(&self) -> Arc<RedisCallLines> {
        Arc::clone(&self.lines)
    }

    /// Ends this node's part. Whoever is still counted in here gets `grace` to come back by another node, which tells
    /// of those who did not.
    pub async fn close(&self, grace: Duration) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if let Err(error) = self.presence.close(grace).await {
            tracing::warn!(error, "presence was not ended: other nodes wait for the lease to lapse");
        }
        if let Err(error) = self.lines.end().await {
            tracing::warn!(error, "the lease of devices was not ended: calls wait for it to lapse");
        }
        for pool in &self.pools {
            close(pool).await;
        }
    }
}

/// A line of what the server says about itself.
fn field<'a>(about: &'a str, name: &str) -> &'a str {
    let value = |line: &'a str| line.trim().strip_prefix(name)?.strip_prefix(':');
    about.lines().find_map(value).unwrap_or_default()
}

fn config(url: &str) -> Result<(Config, bool), ConnectError> {
    let scheme = url.split(':').next().unwrap_or_default();
    if !matches!(scheme, "redis" | "rediss" | "redis-cluster" | "rediss-cluster") {
        return Err(ConnectError::Address(format!("it begins with {scheme:.20}")));
    }
    let config = Config::from_url(url).map_err(ConnectError::from)?;
    let clustered = config.server.is_clustered();
    Ok((config, clustered))
}

/// The same for the whole cluster that the server is a member of.
fn member_of_cluster(config: &Config) -> Result<Config, ConnectError> {
    use fred::types::config::ServerConfig;
    let hosts = config.server.hosts();
    if hosts.is_empty() {
        return Err(ConnectError::Address("no host".to_owned()));
    }
    let hosts = hosts.into_iter().map(|server| (server.host.to_string(), server.port)).collect();
    Ok(Config { server: ServerConfig::new_clustered(hosts), database: None, ..config.clone() })
}

async fn open(config: &Config, options: &RedisOptions, size: usize) -> Result<Pool, ConnectError> {
    // For ever, from 50 ms up to 2 s apart, and not all nodes at once.
    let mut policy = ReconnectPolicy::new_exponential(0, 50, 2000, 2);
    policy.set_jitter(200);
    let mut builder = Builder::from_config(config.clone());
    builder.set_policy(policy);
    builder.with_performance_config(|performance| {
        // Commands have a deadline of their own; this is for what the client asks by itself.
        performance.default_command_timeout = options.command_timeout * 2;
        performance.broadcast_channel_capacity = WAITING_MESSAGES;
    });
    builder.with_connection_config(|connection| {
        connection.connection_timeout = options.connect_timeout;
        connection.internal_command_timeout = options.connect_timeout;
        // What was not answered is not sent again: its sender has been told, and may have done it otherwise.
        connection.max_command_attempts = 1;
        connection.max_command_buffer_len = WAITING_COMMANDS;
        connection.reconnect_on_auth_error = true;
        connection.auto_client_setname = true;
        connection.tcp.nodelay = Some(true);
        connection.unresponsive =
            UnresponsiveConfig { max_timeout: Some(UNRESPONSIVE), interval: Duration::from_secs(1) };
    });
    let pool = builder.build_pool(size)?;
    pool.init().await?;
    Ok(pool)
}

async fn close(pool: &Pool) {
    // Nothing is under way any more, so a server that does not answer is not waited for.
    let _ = tokio::time::timeout(Duration::from_millis(500), pool.quit()).await;
}
