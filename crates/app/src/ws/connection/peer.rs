//! What the commands of a connection share.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use bytes::Bytes;
use hallway_domain::call::DeviceId;
use hallway_domain::{Actor, ConnectionId, Disconnect, Timestamp, User};
use hallway_hub::{Dialect, Hub, Mailbox};
use tokio::time::Instant;

use super::calls::{self, EarlyIce};
use super::followed::Followed;
use super::manners::Manners;
use crate::ws::Sockets;
use crate::ws::fastroom::NATIVE;

/// A connection that is known, as its own task sees it. The cells are state of that one task: the loop and the
/// command under way take turns on it.
pub(crate) struct Peer {
    pub(super) sockets: Arc<Sockets>,
    pub(super) user: User,
    pub(super) actor: Actor,
    pub(super) dialect: Dialect,
    pub(super) device: DeviceId,
    pub(super) early: RefCell<EarlyIce>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) followed: RefCell<Followed>,
    pub(super) manners: RefCell<Manners>,
    /// When its token ends.
    pub(super) expires_at: Cell<Timestamp>,
    /// When the client last showed that it is there.
    pub(super) heard: Cell<Instant>,
    pub(super) registration: Registration,
}

/// The connection's place in the hub; given up when dropped.
pub(super) struct Registration {
    pub(super) id: ConnectionId,
    pub(super) hub: Arc<Hub>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.hub.disconnect(self.id);
    }
}

impl Peer {
    pub(super) const fn id(&self) -> ConnectionId {
        self.registration.id
    }

    pub(super) fn is_native(&self) -> bool {
        self.dialect == NATIVE
    }

    /// Answers. No bytes are no answer.
    pub(super) fn say(&self, frames: Bytes) {
        if !frames.is_empty() {
            self.mailbox.push(frames);
        }
    }

    /// Something came from the client, or it has read on.
    pub(super) fn is_alive(&self) {
        self.heard.set(Instant::now());
    }

    /// Ends the connection from this side.
    pub(super) fn close(&self, why: Disconnect) {
        self.sockets.hub.close(self.id(), why);
    }

    /// The last duty: nothing is sent to the connection any more, and it is present nowhere.
    pub(super) async fn part(&self) {
        self.sockets.hub.disconnect(self.id());
        calls::depart(self).await;
        let attendance = self.sockets.app.attendance();
        let parted = if self.sockets.is_stopping() {
            attendance.depart(self.id()).await
        } else {
            attendance.lose(self.id()).await
        };
        if let Err(error) = parted {
            tracing::warn!(%error, connection.id = %self.id(), "the end of a connection is not shown");
        }
    }
}
