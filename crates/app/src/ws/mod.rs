//! Live connections: `GET /ws`, and FastSock's `GET /api/v1/ws/chat`.
//!
//! `upgrade` decides who may open a socket, one task of `connection` owns it from then on, and `body` drains its
//! mailbox into the socket. Nothing here knows what a frame looks like: that is the dialect's folder, [`fastroom`] or
//! [`fastsock`].
//!
//! For the server: `HttpServer::on_connect(ws::on_connect)` before `bind`, `web::Data<Sockets>` in the app data,
//! [`configure`], and [`Sockets::shutdown`] before the HTTP server stops.

mod body;
mod calls;
mod connection;
mod credentials;
mod dialects;
pub mod fastroom;
pub mod fastsock;
mod guard;
mod origin;
mod text;
mod upgrade;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use hallway_application::Application;
use hallway_domain::Disconnect;
use hallway_domain::ambient::{Clock, Ids};
use hallway_hub::{Hub, MailboxSettings};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use dialects::Dialects;
pub use origin::AllowedOrigins;
pub use wire::on_connect;

/// Bounds and manners of connections.
#[derive(Clone, Debug)]
pub struct SocketSettings {
    /// Name of this node, as clients are told it.
    pub server_id: String,
    pub origins: AllowedOrigins,
    pub allow_query_token: bool,
    /// Answer a bad token by accepting and closing with 4400, as FastRoom did, instead of with 401.
    pub legacy_4400: bool,
    pub heartbeat: Duration,
    pub heartbeat_ttl: Duration,
    /// How long a connection may take to say who it is.
    pub auth_timeout: Duration,
    /// How long a client may take to read what holds up a replay.
    pub write_timeout: Duration,
    pub frame_bytes: usize,
    pub message_chars: usize,
    /// Most rooms of a connection.
    pub rooms: usize,
    /// Most connections of this node.
    pub connections: usize,
    pub replay_events: u32,
    /// Bytes of one uploaded file; clients are told.
    pub upload_bytes: u64,
    /// Most sends of a connection that wait for their commit; then it is not read any further.
    pub pipelined_sends: usize,
    /// Whether a connection that sends too many frames is closed.
    pub rates: bool,
    pub mailbox: MailboxSettings,
    /// The same as the hub has.
    pub encoder: Dialects,
    /// What connections are told when the server stops.
    pub goodbye: Disconnect,
}

/// What every connection shares. One per server, in the app data as `web::Data<Sockets>`.
pub struct Sockets {
    pub(crate) app: Application,
    pub(crate) hub: Arc<Hub>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) settings: SocketSettings,
    tasks: TaskTracker,
    stopping: CancellationToken,
    /// Connections that have yet to say who they are.
    strangers: Arc<Semaphore>,
}

/// Most connections at a time that have not said who they are.
const MAX_STRANGERS: usize = 1024;

impl Sockets {
    pub fn new(
        app: Application,
        hub: Arc<Hub>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        settings: SocketSettings,
    ) -> Self {
        let strangers = Arc::new(Semaphore::new(MAX_STRANGERS));
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        Self { app, hub, clock, ids, settings, tasks, stopping, strangers }
    }

    /// Refuses new connections, sends every open one its close frame, one after another over `drain`, and waits until
    /// all are gone, but no longer than `within` after that. Call it before the HTTP server stops, which would cut them
    /// without a word.
    pub async fn shutdown(&self, drain: Duration, within: Duration) {
        self.stopping.cancel();
        self.drain(drain).await;
        self.hub.close_all(self.settings.goodbye);
        self.tasks.close();
        if tokio::time::timeout(within, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "connections did not end in time");
        }
        // Whoever has not come to another node by now has left: nobody here could say so later.
        if let Err(error) = self.app.attendance().sweep().await {
            tracing::warn!(%error, "the last departures are not shown");
        }
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Spread, so that the others are not overrun.
    async fn drain(&self, over: Duration) {
        let connections = self.hub.ids();
        let begin = tokio::time::Instant::now();
        let step = over / u32::try_from(connections.len()).unwrap_or(u32::MAX).max(1);
        for (place, id) in (0..).zip(connections) {
            if over.is_zero() || self.hub.connections() == 0 {
                return;
            }
            tokio::time::sleep_until(begin + step * place).await;
            self.hub.close(id, self.settings.goodbye);
        }
    }
}

/// Mounts `/ws`.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/ws", web::get().to(upgrade::upgrade));
}

/// Mounts FastSock's `/ws/chat`.
pub fn configure_fastsock(config: &mut ServiceConfig) {
    config.route("/ws/chat", web::get().to(upgrade::upgrade_fastsock));
}
