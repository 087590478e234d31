//! The only place that names adapters. Switching one is one `match` here.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use hallway_adapter_auth::{Argon2Hasher, JwtTokens};
use hallway_adapter_local::{LocalBus, LocalPresence, LocalRateLimiter, LocalTickets, SystemClock, SystemIds};
use hallway_adapter_sql::{SqlOptions, SqlStore, sqlite_url};
use hallway_application::{Application, Ports};
use hallway_domain::ambient::{Clock, Ids};
use hallway_domain::ports::{EventBus, Store};
use hallway_hub::{Hub, HubDeps, HubSink};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::background::Background;
use crate::config::{Config, DataDir};
use crate::error::StartError;
use crate::state::AppState;
use crate::ws::Sockets;
use crate::{rest, settings};

/// Everything, put together and running.
pub(crate) struct Wired {
    pub(crate) state: Data<AppState>,
    pub(crate) sockets: Data<Sockets>,
    /// Where the data is, for people.
    pub(crate) place: String,
    tasks: TaskTracker,
    /// Held while the server runs.
    _data_dir: Option<DataDir>,
}

/// Where the data is kept, and the secret.
struct Home {
    url: SecretString,
    secret: SecretString,
    place: String,
    data_dir: Option<DataDir>,
}

/// Puts everything together. Must be called inside the runtime that the tasks run on.
pub(crate) async fn wire(config: Config) -> Result<Wired, StartError> {
    // TLS to the database needs a provider, and two crates could otherwise choose different ones. Already installed is
    // as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder();
    let metrics = recorder.map_err(|error| StartError::Start(error.to_string()))?;
    rest::describe_metrics();

    let (clock, ids) = (Arc::new(SystemClock) as Arc<dyn Clock>, Arc::new(SystemIds) as Arc<dyn Ids>);
    let home = home(&config, ids.as_ref())?;
    let store: Arc<dyn Store> = Arc::new(connect(&config, &home.url).await?);
    let config = Arc::new(config);
    let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());

    let server_id = match config.server.id.as_str() {
        "" => ids.node().to_string(),
        name => name.to_owned(),
    };
    let sockets = settings::sockets(&config, server_id);
    let bus = LocalBus::new();
    let hub = Hub::new(HubDeps {
        store: Arc::clone(&store),
        bus: Arc::<LocalBus>::clone(&bus) as Arc<dyn EventBus>,
        encoder: Arc::new(sockets.encoder),
        clock: Arc::clone(&clock),
        tasks: tasks.clone(),
        settings: settings::hub(&config),
    });
    bus.attach(Arc::new(HubSink(Arc::downgrade(&hub))));

    let hasher = Argon2Hasher::new(settings::hash_parallel(&config), config.auth.hash_queue);
    let hasher = hasher.map_err(|error| StartError::Start(error.to_string()))?;
    let secret = SecretSlice::from(home.secret.expose_secret().as_bytes().to_vec());
    let ports = Ports {
        store: Arc::clone(&store),
        bus,
        presence: Arc::new(LocalPresence::new()),
        limiter: Arc::new(LocalRateLimiter::default()),
        tickets: Arc::new(LocalTickets::default()),
        hasher: Arc::new(hasher),
        tokens: Arc::new(JwtTokens::new(&secret)),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
    };
    let (app, writer) = Application::new(ports, settings::application(&config));
    tasks.spawn(writer.run());
    Background {
        app: app.clone(),
        hub: Arc::clone(&hub),
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
        keep_events: time::Duration::hours(config.database.keep_events_hours.into()),
        keep_sessions: time::Duration::hours(config.database.keep_sessions_hours.into()),
    }
    .start(&tasks, &stopping);

    let sockets = Sockets::new(app.clone(), Arc::clone(&hub), Arc::clone(&clock), Arc::clone(&ids), sockets);
    let state = AppState { app, hub, store, clock, ids, config, stopping, metrics };
    Ok(Wired {
        state: Data::new(state),
        sockets: Data::new(sockets),
        place: home.place,
        tasks,
        _data_dir: home.data_dir,
    })
}

/// Brings the database up to date and nothing else.
pub(crate) async fn migrate(config: Config) -> Result<(), StartError> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let home = home(&config, &SystemIds)?;
    connect(&config, &home.url).await.map(drop)
}

/// Connecting migrates: no version of the program meets the tables of another.
async fn connect(config: &Config, url: &SecretString) -> Result<SqlStore, StartError> {
    let mut options = SqlOptions::new(url.expose_secret());
    options.max_connections = config.database.max_connections;
    options.acquire_timeout = Duration::from_millis(config.database.acquire_timeout_ms);
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
        let Self { state, sockets, tasks, _data_dir, .. } = self;
        drop((state, sockets));
        tasks.close();
        if tokio::time::timeout(within, tasks.wait()).await.is_err() {
            tracing::warn!(left = tasks.len(), "not everything ended in time");
        }
    }
}
