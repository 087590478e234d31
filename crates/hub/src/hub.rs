//! The registry of connections and topics.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};

use hallway_domain::ambient::Clock;
use hallway_domain::call::DeviceId;
use hallway_domain::ports::{BusError, EventBus, Presence, Store, StoreError};
use hallway_domain::{ConnectionId, Disconnect, RoomId, RoomLoss, Seq, SessionId, UserRef};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::connections::{Connection, Connections};
use crate::topic::{Cursor, Stage, Topic};
use crate::{Dialect, Encoder, Mailbox, MailboxSettings, meter};

/// What the hub works with.
pub struct HubDeps {
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn EventBus>,
    pub presence: Arc<dyn Presence>,
    pub encoder: Arc<dyn Encoder>,
    pub clock: Arc<dyn Clock>,
    /// Repairs run here.
    pub tasks: TaskTracker,
    pub settings: HubSettings,
}

#[derive(Clone, Debug)]
pub struct HubSettings {
    pub mailbox: MailboxSettings,
    /// Most connections of one user on this node.
    pub connections_per_user: usize,
    /// Most connections on this node.
    pub connections: usize,
    /// Most rooms of one connection; as many again may be watched.
    pub rooms_per_connection: usize,
    /// Most bytes that gather for one subscription before it is live.
    pub reservation_bytes: usize,
    /// Most people in one room, on this node, who are told how far each of the others has read.
    pub crowd: usize,
    /// Most events in one read of a repair.
    pub repair_page: u32,
}

/// Who a connection is.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    pub id: ConnectionId,
    pub user: UserRef,
    pub session: SessionId,
    pub dialect: Dialect,
    /// Which of the user's devices it is; one that names none is as long-lived as its connection.
    pub device: DeviceId,
}

/// What a connection's task must know of, beyond frames: those are in its mailbox already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The room is gone for this connection; forget it and its presence.
    Lost { room: RoomId, why: RoomLoss },
    /// The user became a member of the room elsewhere.
    Granted { room: RoomId },
    /// The connection was told to close. [`Mailbox::on_close`] tells it too, and always.
    Closed(Disconnect),
}

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("too many connections")]
    TooManyConnections,
    #[error("too many rooms on this connection")]
    TooManyRooms,
    /// Taken away, or never there.
    #[error("room is not available to this connection")]
    Revoked,
    #[error("connection is closed")]
    Closed,
    #[error("event bus: {0}")]
    Bus(#[from] BusError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// See the crate.
pub struct Hub {
    pub(crate) deps: HubDeps,
    pub(crate) me: Weak<Self>,
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) connections: Mutex<Connections>,
    pub(crate) topics: Mutex<HashMap<RoomId, Arc<Topic>>>,
    /// Followed with the first connection whose dialect has words for what is told there.
    pub(crate) everywhere: tokio::sync::OnceCell<()>,
    /// Users whose own channel is followed.
    pub(crate) users: crate::own_channel::Followed,
    /// A check of heads is waiting to begin.
    pub(crate) check_queued: AtomicBool,
    /// When the last one began.
    pub(crate) checked: Mutex<Option<Instant>>,
    /// A reading of who is there is waiting to begin.
    pub(crate) presence_queued: AtomicBool,
    pub(crate) presence_turn: tokio::sync::Mutex<()>,
    /// Spreads retries.
    pub(crate) jitter: RandomState,
}

impl Hub {
    /// # Panics
    /// Outside of a tokio runtime: repairs run on the one that is current here, whichever thread finds the need.
    pub fn new(deps: HubDeps) -> Arc<Self> {
        let runtime = tokio::runtime::Handle::current();
        Arc::new_cyclic(|me| Self {
            deps,
            me: Weak::clone(me),
            runtime,
            connections: Mutex::default(),
            topics: Mutex::default(),
            everywhere: tokio::sync::OnceCell::new(),
            users: crate::own_channel::Followed::new(),
            check_queued: AtomicBool::new(false),
            checked: Mutex::default(),
            presence_queued: AtomicBool::new(false),
            presence_turn: tokio::sync::Mutex::default(),
            jitter: RandomState::new(),
        })
    }

    /// Registers a connection. Notices are few and bounded: a task that does not take them is closed.
    ///
    /// Look at the session *after* connecting, so that a revocation in between cannot be missed: it closes the mailbox.
    pub fn connect(self: &Arc<Self>, info: ConnectionInfo) -> Result<(Arc<Mailbox>, mpsc::Receiver<Notice>), HubError> {
        let settings = &self.deps.settings;
        let farewell = self.deps.encoder.close(info.dialect, Disconnect::TooSlow);
        let mailbox = Arc::new(Mailbox::with_farewell(settings.mailbox, farewell));
        // Every room may be lost at once.
        let (notices, received) = mpsc::channel(settings.rooms_per_connection.saturating_mul(2).saturating_add(32));
        let connection = Arc::new(Connection::new(info, Arc::clone(&mailbox), notices));
        let mut connections = self.connections.lock();
        connections.insert(connection, settings.connections, settings.connections_per_user)?;
        meter::connections(connections.len());
        Ok((mailbox, received))
    }

    /// Forgets a connection and its subscriptions.
    pub fn disconnect(&self, id: ConnectionId) {
        let connection = {
            let mut connections = self.connections.lock();
            let Some(connection) = connections.remove(id) else { return };
            meter::connections(connections.len());
            connection
        };
        for topic in connection.leave_all() {
            {
                let mut state = topic.state.lock();
                state.unsubscribe(topic.room, id, None);
                state.unwatch(topic.room, id);
            }
            self.release(&topic);
        }
        self.let_go_of_user(connection.info.user.id);
    }

    /// Ends the connection's subscription to the room. If it watches the room, it hears of activity in it again.
    pub fn unsubscribe(&self, id: ConnectionId, room: RoomId) {
        let Some(connection) = self.connection(id) else { return };
        let Some(topic) = connection.topic(room) else { return };
        topic.state.lock().unsubscribe(room, id, None);
        self.release(&topic);
    }

    /// Places seen so far, for `pong`: one pair per live subscription of the connection.
    pub fn heads(&self, id: ConnectionId) -> Vec<(RoomId, Seq)> {
        let Some(connection) = self.connection(id) else { return Vec::new() };
        let topics = connection.joined().into_iter();
        let mut heads: Vec<_> = topics
            .filter_map(|topic| {
                let state = topic.state.lock();
                let live = state.subscribers.get(&id).is_some_and(|it| matches!(it.stage, Stage::Live));
                let head = state.cursor.as_ref().map(Cursor::head).filter(|_| live)?;
                Some((topic.room, head))
            })
            .collect();
        heads.sort_unstable();
        heads
    }

    /// Ends one connection.
    pub fn close(&self, id: ConnectionId, why: Disconnect) {
        if let Some(connection) = self.connection(id) {
            connection.close(why, self.deps.encoder.as_ref());
        }
    }

    /// Ends every connection, for shutdown.
    pub fn close_all(&self, why: Disconnect) {
        let all = self.connections.lock().all();
        for connection in all {
            connection.close(why, self.deps.encoder.as_ref());
        }
    }

    /// All connections, in no order.
    pub fn ids(&self) -> Vec<ConnectionId> {
        self.connections.lock().all().into_iter().map(|connection| connection.info.id).collect()
    }

    /// Whether the bus works.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn check_bus(&self) -> Result<(), BusError> {
        self.deps.bus.health().await
    }

    pub fn connections(&self) -> usize {
        self.connections.lock().len()
    }

    pub(crate) fn connection(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.connections.lock().get(id)
    }

    /// Runs something on the hub's own runtime, tracked.
    pub(crate) fn spawn<F: Future<Output = ()> + Send + 'static>(&self, task: impl FnOnce(Arc<Self>) -> F) {
        if let Some(hub) = self.me.upgrade() {
            self.deps.tasks.spawn_on(task(hub), &self.runtime);
        }
    }
}
