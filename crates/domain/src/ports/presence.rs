//! Who is there, on any node.

use async_trait::async_trait;
use time::Duration;

use crate::{ConnectionId, RoomId, Timestamp, UserRef};

#[derive(Debug, thiserror::Error)]
#[error("presence is not available: {0}")]
pub struct PresenceError(pub String);

/// What entering found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Whether this is the user's first connection in the room, on any node: the others are to be told.
    pub first: bool,
    /// Everybody who is in the room now, the user included, by username.
    pub users: Vec<UserRef>,
}

/// A user whose last connection in a room is gone: the others are to be told, exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    pub room: RoomId,
    pub user: UserRef,
}

/// A user whom this node had to enter again, and whom nobody else had seen there meanwhile: others may have been told
/// that they went, and are to be told that they are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub room: RoomId,
    pub user: UserRef,
}

/// Presence per (room, user, connection). Entering and leaving are atomic over all nodes. An entry belongs to the
/// node that made it and lives only as long as that node's lease.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Presence: Send + Sync + 'static {
    /// Idempotent for one connection and room.
    async fn enter(
        &self,
        room: RoomId,
        user: &UserRef,
        connection: ConnectionId,
        now: Timestamp,
    ) -> Result<Entered, PresenceError>;
    /// Takes the connection out of the room at once; the departure, if it was the user's last.
    async fn leave(
        &self,
        room: RoomId,
        user: &UserRef,
        connection: ConnectionId,
    ) -> Result<Option<Departure>, PresenceError>;
    /// The connection broke: it goes from all its rooms, but its user counts as there until `now + grace`, so that
    /// a page refresh is not seen as going and coming. [`Presence::sweep`] tells who did not come back.
    async fn lose(&self, connection: ConnectionId, now: Timestamp, grace: Duration) -> Result<(), PresenceError>;
    /// Everybody in the room, by username.
    async fn list(&self, room: RoomId) -> Result<Vec<UserRef>, PresenceError>;
    /// Which of the rooms have somebody in them, in the order given.
    async fn occupied(&self, rooms: &[RoomId]) -> Result<Vec<RoomId>, PresenceError>;
    /// As [`Presence::list`], but an error where only this node's part is known.
    async fn list_all(&self, room: RoomId) -> Result<Vec<UserRef>, PresenceError> {
        self.list(room).await
    }
    /// Renews this node's lease. When it had lapsed, or what was entered was forgotten, this node's entries are entered
    /// again.
    async fn renew(&self, now: Timestamp) -> Result<Vec<Arrival>, PresenceError>;
    /// Departures that have become due: ended graces and entries of nodes whose lease lapsed. Each is given to
    /// exactly one caller.
    async fn sweep(&self, now: Timestamp) -> Result<Vec<Departure>, PresenceError>;
}
