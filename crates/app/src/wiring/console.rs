//! What the command line needs of it.

use std::sync::Arc;

use hallway_adapter_auth::{Argon2Hasher, JwtTokens, TotpCodes};
use hallway_adapter_local::{SystemClock, SystemIds};
use hallway_adapter_sql::{SqlStore, sqlite_url};
use hallway_application::{Application, Ports};
use hallway_domain::ambient::Ids;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use super::{Common, Home, common, connect, home, install_tls};
use crate::config::{Config, DATABASE, DataDir};
use crate::error::StartError;
use crate::settings;

/// The use cases on accounts, for the command line. It may run beside a server on the same database: only one process
/// has the data directory, but SQLite is written by several in turn.
pub(crate) async fn operate(config: Config) -> Result<Console, StartError> {
    install_tls();
    let path = config.server.data_dir.join(DATABASE);
    let (home, held) = match home(&config, &SystemIds) {
        Ok(mut home) => {
            let held = home.data_dir.take();
            (home, held)
        }
        // A running server has the directory. Tokens are not signed here, so its secret is not needed.
        Err(_) if path.exists() => {
            let (url, secret) = (SecretString::from(sqlite_url(&path)), SecretString::from(String::new()));
            (Home { url, secret, place: String::new(), data_dir: None }, None)
        }
        Err(error) => return Err(error),
    };
    let database = Arc::new(connect(&config, &home.url).await?);
    let hasher = Argon2Hasher::new(settings::hash_parallel(&config), config.auth.hash_queue);
    let hasher = hasher.map_err(|error| StartError::Start(error.to_string()))?;
    let secret = SecretSlice::from(home.secret.expose_secret().as_bytes().to_vec());
    // Servers look for ended sessions themselves.
    let Common { bus, presence, limiter, tickets, lines, .. } = common(None);
    let ports = Ports {
        store: Arc::<SqlStore>::clone(&database),
        bus,
        presence,
        limiter,
        tickets,
        lines,
        hasher: Arc::new(hasher),
        codes: Arc::new(TotpCodes),
        tokens: Arc::new(JwtTokens::new(&secret)),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        files: None,
    };
    let (app, _writer) = Application::new(ports, settings::application(&config));
    Ok(Console { app, ids: Arc::new(SystemIds), database, held })
}

/// What the command line works with.
pub(crate) struct Console {
    pub(crate) app: Application,
    pub(crate) ids: Arc<dyn Ids>,
    database: Arc<SqlStore>,
    /// Nobody else starts meanwhile, where nobody runs.
    #[expect(dead_code, reason = "held, not read")]
    held: Option<DataDir>,
}

impl Console {
    pub(crate) async fn close(&self) -> Result<(), StartError> {
        self.database.close().await.map_err(|error| StartError::Database(error.to_string()))
    }
}
