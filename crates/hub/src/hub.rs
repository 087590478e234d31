//! The registry of connections and topics, and the way in from the bus.

use std::sync::Arc;

use bytes::Bytes;
use hallway_domain::ambient::Clock;
use hallway_domain::ports::{BusItem, BusSink, EventBus, Store, StoreError};
use hallway_domain::{ConnectionId, Disconnect, RoomId, RoomLoss, SessionId, UserId, UserRef};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::{Dialect, Encoder, Mailbox, MailboxSettings, Reservation};

/// What the hub works with.
pub struct HubDeps {
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn EventBus>,
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
    /// Most rooms of one connection.
    pub rooms_per_connection: usize,
    /// Most bytes that gather for one subscription before it is live.
    pub reservation_bytes: usize,
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
}

/// What a connection's task must know of, beyond frames: those are in its mailbox already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The room is gone for this connection; forget it and its presence.
    Lost { room: RoomId, why: RoomLoss },
    /// The user became a member of the room elsewhere.
    Granted { room: RoomId },
    /// The connection was told to close.
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
    Bus(#[from] hallway_domain::ports::BusError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// See the crate.
pub struct Hub {}

impl Hub {
    pub fn new(deps: HubDeps) -> Arc<Self> {
        todo!()
    }
    /// Registers a connection. Notices are few and bounded: a task that does not take them is closed.
    pub fn connect(self: &Arc<Self>, info: ConnectionInfo) -> Result<(Arc<Mailbox>, mpsc::Receiver<Notice>), HubError> {
        todo!()
    }
    /// Forgets a connection and its subscriptions.
    pub fn disconnect(&self, id: ConnectionId) {
        todo!()
    }
    /// Begins to gather a room's events for a connection. On the first local subscriber follows the room on the bus
    /// and reads its head. Reserving a room that is subscribed begins anew.
    pub async fn reserve(self: &Arc<Self>, id: ConnectionId, room: RoomId) -> Result<Reservation, HubError> {
        todo!()
    }
    pub fn unsubscribe(&self, id: ConnectionId, room: RoomId) {
        todo!()
    }
    /// Begins to tell the connection of activity in a room that it has not joined; `unread` is the count so far.
    pub async fn watch(self: &Arc<Self>, id: ConnectionId, room: RoomId, unread: u64) -> Result<(), HubError> {
        todo!()
    }
    /// Compares the cursor of every followed room with its head in the database, and repairs. Call it every 10 s +-30 %.
    pub async fn check_heads(self: &Arc<Self>) {
        todo!()
    }
    /// Places seen so far, for `pong`: one pair per live subscription of the connection.
    pub fn heads(&self, id: ConnectionId) -> Vec<(RoomId, hallway_domain::Seq)> {
        todo!()
    }
    /// Ends one connection.
    pub fn close(&self, id: ConnectionId, why: Disconnect) {
        todo!()
    }
    /// Ends every connection, for shutdown.
    pub fn close_all(&self, why: Disconnect) {
        todo!()
    }
    pub fn connections(&self) -> usize {
        todo!()
    }
    /// Test builds call this after every step: registry and topics must agree.
    pub fn check_invariants(&self) {
        todo!()
    }
}

/// The sink that the bus delivers to. Holds the hub weakly, so that bus and hub do not keep each other alive.
pub struct HubSink(pub std::sync::Weak<Hub>);

impl BusSink for HubSink {
    fn deliver(&self, items: Vec<BusItem>) {
        todo!()
    }
    fn interrupted(&self) {
        todo!()
    }
}
