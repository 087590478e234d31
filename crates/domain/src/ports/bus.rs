//! Between commit and sockets: what was committed, and what passes by, goes to every node that follows the room.

use async_trait::async_trait;

use crate::{Event, Revocation, RoomId, Signal};

#[derive(Debug, thiserror::Error)]
#[error("event bus is not available: {0}")]
pub struct BusError(pub String);

/// One thing that travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusItem {
    /// Already committed. Losing or repeating one is healed by its `seq`.
    Event(Event),
    Signal(Signal),
    /// Goes to every node, whatever it follows.
    Revocation(Revocation),
}

impl BusItem {
    /// The room whose followers get this; none goes to every node.
    #[must_use]
    pub const fn room(&self) -> Option<RoomId> {
        match self {
            Self::Event(event) => Some(event.room),
            Self::Signal(signal) => Some(signal.room),
            Self::Revocation(_) => None,
        }
    }
}

/// Where a node takes in what arrives. Must not block.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait BusSink: Send + Sync + 'static {
    /// Items in the order in which this node received them; one batch is best handed on as one.
    fn deliver(&self, items: Vec<BusItem>);
    /// Something may have been missed since the last delivery: look at the heads of all followed rooms.
    fn interrupted(&self);
}

/// Publishes after commit, and follows rooms for this node.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventBus: Send + Sync + 'static {
    /// Hands a batch to every node that follows the rooms, this one included.
    async fn publish(&self, items: Vec<BusItem>) -> Result<(), BusError>;
    /// Begins to receive a room's items; returns when nothing published from now on will be missed.
    async fn follow(&self, room: RoomId) -> Result<(), BusError>;
    async fn unfollow(&self, room: RoomId) -> Result<(), BusError>;
    /// Whether this node hears what others publish, and is heard. Answers soon.
    async fn health(&self) -> Result<(), BusError> {
        Ok(())
    }
}
