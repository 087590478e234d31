//! The only place that names adapters. Switching one is one `match` here.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use hallway_adapter_auth::{Argon2Hasher, HmacSigner, JwtTokens, TotpCodes, TurnSecret};
use hallway_adapter_blobs::{DiskIntake, ImageLimits, IntakeOptions, ObjectBlobs, S3Options};
use hallway_adapter_local::{
    FallbackLimiter, LocalBus, LocalCallLines, LocalPresence, LocalRateLimiter, LocalTickets, SystemClock, SystemIds,
};
use hallway_adapter_redis::{RedisNode, RedisOptions};
use hallway_adapter_sql::{SqlOptions, SqlStore, sqlite_url};
use hallway_application::{Application, FilePorts, Ports};
use hallway_domain::ambient::{Clock, Ids};
use hallway_domain::ports::{
    BusSink, CallLines, EventBus, PasswordHasher, Presence, RateLimiter, Store, Tickets, Tokens,
};
use hallway_hub::{Hub, HubDeps, HubSink};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::background::Background;
use crate::config::{Config, DataDir, FileStore};
use crate::error::StartError;
use crate::ice::{IceSource, Relay};
use crate::state::AppState;
use crate::ws::Sockets;
use crate::{rest, settings};

mod console;

pub(crate) use console::{Console, operate};

/// Everything, put together and running.
pub(crate) struct Wired {
    pub(crate) state: Data<AppState>,
    pub(crate) sockets: Data<Sockets>,
    /// Where the data is, for people.
    pub(crate) place: String,
    /// Cancelled when messages cannot be written any more.
    pub(crate) failed: CancellationToken,
    tasks: TaskTracker,
    /// Closed at the end; none where a test brings its own store.
    database: Option<Arc<SqlStore>>,
    /// Closed at the end; none where one node is all.
    redis: Option<Arc<RedisNode>>,
    /// Held while the server runs.
    data_dir: Option<DataDir>,
}

/// Where the data is kept, and the secret.
struct Home {
    url: SecretString,
    secret: SecretString,
    place: String,
    data_dir: Option<DataDir>,
}

/// What the nodes of a server have in common.
struct Common {
    bus: Arc<dyn EventBus>,
    /// Where the bus delivers: made after it.
    attach: Box<dyn FnOnce(Arc<dyn BusSink>)>,
    presence: Arc<dyn Presence>,
    limiter: Arc<dyn RateLimiter>,
    tickets: Arc<dyn Tickets>,
    lines: Arc<dyn CallLines>,
}

/// What tests replace.
pub(crate) struct Outside {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) tokens: Arc<dyn Tokens>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    /// None: there are no files.
    pub(crate) files: Option<FilePorts>,
    pub(crate) metrics: PrometheusHandle,
    /// None where one node is all.
    pub(crate) redis: Option<Arc<RedisNode>>,
}

/// Opens the database and puts everything together. Must be called inside the runtime that the tasks run on.
pub(crate) async fn wire(config: Config) -> Result<Wired, StartError> {
    install_tls();
    let metrics = PrometheusBuilder::new().install_recorder();
    let metrics = metrics.map_err(|error| StartError::Start(error.to_string()))?;
    rest::describe_metrics();

    let home = home(&config, &SystemIds)?;
    let hasher = Argon2Hasher::new(settings::hash_parallel(&config), config.auth.hash_queue);
    let hasher = hasher.map_err(|error| StartError::Start(error.to_string()))?;
    let secret = SecretSlice::from(home.secret.expose_secret().as_bytes().to_vec());
    let database = Arc::new(connect(&config, &home.url).await?);
    let redis = join(&config, &SystemIds).await?.map(Arc::new);
    let files = files(&config, &secret)?;
    let outside = Outside {
        store: Arc::<SqlStore>::clone(&database),
        hasher: Arc::new(hasher),
        tokens: Arc::new(JwtTokens::new(&secret)),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        files: Some(files),
        metrics,
        redis,
    };
    let (place, data_dir) = (home.place, home.data_dir);
    Ok(Wired { place, database: Some(database), data_dir, ..assemble(Arc::new(config), outside) })
}

/// Everything between the outside and the routes. Its tasks run from now on.
pub(crate) fn assemble(config: Arc<Config>, outside: Outside) -> Wired {
    let Outside { store, hasher, tokens, clock, ids, files, metrics, redis } = outside;
    let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
    let server_id = match config.server.id.as_str() {
        "" => ids.node().to_string(),
        name => name.to_owned(),
    };
    let sockets = settings::sockets(&config, server_id);
    let Common { bus, attach, presence, limiter, tickets, lines } = common(redis.as_deref());
    let hub = Hub::new(HubDeps {
        store: Arc::clone(&store),
        bus: Arc::clone(&bus),
        presence: Arc::clone(&presence),
        encoder: Arc::new(sockets.encoder.clone()),
        clock: Arc::clone(&clock),
        tasks: tasks.clone(),
        settings: settings::hub(&config),
    });
    attach(Arc::new(HubSink(Arc::downgrade(&hub))));

    let ports = Ports {
        store: Arc::clone(&store),
        bus,
        presence,
        limiter,
        tickets,
        lines,
        hasher,
        codes: Arc::new(TotpCodes),
        tokens,
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        files,
    };
    let (app, writer) = Application::new(ports, settings::application(&config));
    let upload_links = sockets.encoder.fastsock.links.clone();
    upload_links.signed_by(app.clone());
    let failed = CancellationToken::new();
    let guard = failed.clone().drop_guard();
    tasks.spawn(async move {
        writer.run().await;
        // Only a panic gets past this: nothing could be sent any more, so the process must not go on as if.
        guard.disarm();
    });
    Background {
        app: app.clone(),
        hub: Arc::clone(&hub),
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
        keep_events: time::Duration::hours(config.database.keep_events_hours.into()),
        keep_sessions: time::Duration::hours(config.database.keep_sessions_hours.into()),
        collect_every: Duration::from_secs(config.attachments.collect_seconds),
    }
    .start(&tasks, &stopping);

    let sockets = Sockets::new(app.clone(), Arc::clone(&hub), Arc::clone(&clock), Arc::clone(&ids), sockets);
    let ice = ice(&config);
    let state =
        AppState { ice, app, hub, store, clock, ids, config, upload_links, stopping, tasks: tasks.clone(), metrics };
    let (state, sockets) = (Data::new(state), Data::new(sockets));
    Wired { state, sockets, place: String::new(), failed, tasks, database: None, redis, data_dir: None }
}

/// Which servers browsers are told of. What cannot be read was refused when the configuration was.
fn ice(config: &Config) -> IceSource {
    let calls = &config.calls;
    let mut secrets = calls.turn_secrets.expose_secret().split(',').map(str::trim);
    let secret = secrets.find(|secret| !secret.is_empty()).filter(|_| !calls.turn_urls.is_empty());
    let relay = secret.map(|secret| Relay {
        urls: calls.turn_urls.clone(),
        signer: Arc::new(TurnSecret::new(&SecretString::from(secret))),
        ttl: time::Duration::seconds(calls.turn_ttl_seconds.into()),
    });
    IceSource::new(crate::ice::parse(&calls.ice_servers).unwrap_or_default(), relay, calls.relay_only)
}

/// One process has these to itself; nodes behind a load balancer share them.
fn common(redis: Option<&RedisNode>) -> Common {
    match redis {
        None => {
            let bus = LocalBus::new();
            Common {
                bus: Arc::<LocalBus>::clone(&bus),
                attach: Box::new(move |sink| bus.attach(sink)),
                presence: Arc::new(LocalPresence::new()),
                limiter: Arc::new(LocalRateLimiter::default()),
                tickets: Arc::new(LocalTickets::default()),
                lines: Arc::new(LocalCallLines::default()),
            }
        }
        Some(node) => {
            let bus = node.bus();
            Common {
                bus: node.bus(),
                attach: Box::new(move |sink| bus.attach(sink)),
                presence: node.presence(),
                limiter: Arc::new(FallbackLimiter::new(node.limiter(), LocalRateLimiter::default())),
                tickets: node.tickets(),
                lines: node.lines(),
            }
        }
    }
}

/// Where files are kept and received. Looking at a large image takes memory as well as time.
fn files(config: &Config, secret: &SecretSlice<u8>) -> Result<FilePorts, StartError> {
    let settings = &config.attachments;
    let failed = |error: hallway_domain::ports::BlobError| StartError::Start(error.to_string());
    let blobs = match settings.store {
        FileStore::Disk => {
            let own = settings.directory.as_os_str().is_empty();
            let directory = if own { config.server.data_dir.join("attachments") } else { settings.directory.clone() };
            ObjectBlobs::disk(&directory)
        }
        FileStore::S3 => ObjectBlobs::s3(&S3Options {
            bucket: settings.s3_bucket.clone(),
            region: settings.s3_region.clone(),
            endpoint: settings.s3_endpoint.clone(),
            access_key_id: settings.s3_access_key_id.clone(),
            secret_access_key: settings.s3_secret_access_key.expose_secret().to_owned(),
            prefix: settings.s3_prefix.clone(),
        }),
    };
    let intake = IntakeOptions {
        images: ImageLimits {
            side: settings.image_max_side,
            pixels: settings.image_max_pixels,
            alloc: settings.image_max_pixels.saturating_mul(8),
            frames: settings.image_max_frames,
        },
        parallel: settings.image_parallel,
        queue: settings.image_queue,
    };
    let incoming = config.server.data_dir.join("incoming");
    Ok(FilePorts {
        blobs: Arc::new(blobs.map_err(failed)?),
        intake: Arc::new(DiskIntake::open(&incoming, intake).map_err(failed)?),
        signer: Arc::new(HmacSigner::new(secret)),
    })
}

/// Joins the other nodes, if there is a Redis to meet them at.
async fn join(config: &Config, ids: &dyn Ids) -> Result<Option<RedisNode>, StartError> {
    if config.redis.url.expose_secret().is_empty() {
        return Ok(None);
    }
    // A node is believed as long as a connection is.
    let lease = config.ws.heartbeat_ttl();
    let options = RedisOptions {
        prefix: config.redis.prefix.clone(),
        connections: config.redis.connections,
        command_timeout: Duration::from_millis(config.redis.command_timeout_ms),
        connect_timeout: Duration::from_millis(config.redis.connect_timeout_ms),
        ..RedisOptions::new(config.redis.url.clone(), ids.node(), lease)
    };
    let node = RedisNode::connect(&options).await.map_err(|error| StartError::Redis(error.to_string()))?;
    Ok(Some(node))
}

/// TLS to the database needs a provider, and two crates could otherwise choose different ones. One that is installed
/// already is as good.
fn install_tls() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Brings the database up to date and nothing else.
pub(crate) async fn migrate(config: Config) -> Result<(), StartError> {
    install_tls();
    let home = home(&config, &SystemIds)?;
    connect(&config, &home.url).await.map(drop)
}

/// Connecting migrates: no version of the program meets the tables of another.
async fn connect(config: &Config, url: &SecretString) -> Result<SqlStore, StartError> {
    let mut options = SqlOptions::new(url.expose_secret());
    options.max_connections = config.database.max_connections;
    options.acquire_timeout = Duration::from_millis(config.database.acquire_timeout_ms);
    options.statement_timeout = Duration::from_millis(config.database.statement_timeout_ms);
    options.search_timeout = Duration::from_millis(config.database.search_timeout_ms);
    options.lock_timeout = Duration::from_millis(config.database.lock_timeout_ms);
    options.idle_in_transaction = Duration::from_millis(config.database.idle_transaction_ms);
    let failed = |error: hallway_domain::ports::StoreError| StartError::Database(error.to_string());
    SqlStore::migrate(&options).await.map_err(failed)?;
    SqlStore::connect(&options).await.map_err(failed)
}

fn home(config: &Config, ids: &dyn Ids) -> Result<Home, StartError> {
    if !config.is_standalone() {
        let (url, secret) = (config.database.url.clone(), config.auth.secret.clone());
        return Ok(Home { url, secret, place: "PostgreSQL".to_owned(), data_dir: None });
    }
    let path = &config.server.data_dir;
    let data_dir = DataDir::open(path)?;
    let given = config.database.url.expose_secret();
    let (url, place) = if given.is_empty() {
        (SecretString::from(sqlite_url(&data_dir.database())), format!("data in {}, SQLite", path.display()))
    } else {
        (
            config.database.url.clone(),
            format!("SQLite at {}", given.trim_start_matches("sqlite:").trim_start_matches("//")),
        )
    };
    let secret = if config.auth.secret.expose_secret().is_empty() {
        data_dir.secret(ids.secret())?
    } else {
        config.auth.secret.clone()
    };
    Ok(Home { url, secret, place, data_dir: Some(data_dir) })
}

impl Wired {
    /// Lets go of everything and waits until what was taken in is committed.
    pub(crate) async fn finish(self, within: Duration) {
        let Self { state, sockets, tasks, database, redis, data_dir, .. } = self;
        let grace = Duration::from_millis(state.config.presence.grace_ms.into());
        drop((state, sockets));
        tasks.close();
        if tokio::time::timeout(within, tasks.wait()).await.is_err() {
            tracing::warn!(left = tasks.len(), "not everything ended in time");
        }
        if let Some(redis) = redis
            && tokio::time::timeout(within, redis.close(grace)).await.is_err()
        {
            tracing::warn!("Redis was not left in time");
        }
        if let Some(database) = database {
            match tokio::time::timeout(within, database.close()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the database was not closed"),
                Err(_) => tracing::warn!("the database was not closed in time"),
            }
        }
        // Only now may another process have it.
        drop(data_dir);
    }
}
