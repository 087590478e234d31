//! What the hub asks of whoever knows the wire.

use bytes::Bytes;
use hallway_domain::{Disconnect, Epoch, Event, RoomId, RoomLoss, RoomName, Seq, Signal};

/// Which encoding a connection reads. The hub compares it and nothing else: connections of one dialect get the very
/// same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialect(pub u8);

/// What frames of a room are labelled with. Follows renames in log order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomLabel {
    pub room: RoomId,
    pub name: Option<RoomName>,
    pub epoch: Epoch,
}

/// Something happened in a room that the connection is a member of but has not joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    pub seq: Seq,
    pub unread: u64,
}

/// Turns deliveries into bytes that go to sockets as they are, frame headers included. Empty bytes are "nothing to
/// say in this dialect" and are not sent.
pub trait Encoder: Send + Sync + 'static {
    fn event(&self, dialect: Dialect, label: &RoomLabel, event: &Event) -> Bytes;
    fn signal(&self, dialect: Dialect, label: &RoomLabel, signal: &Signal) -> Bytes;
    fn activity(&self, dialect: Dialect, label: &RoomLabel, activity: Activity) -> Bytes;
    /// The room is taken away from this connection.
    fn loss(&self, dialect: Dialect, label: &RoomLabel, why: RoomLoss) -> Bytes;
    /// The last bytes of a connection: whatever says why, and the close frame.
    fn close(&self, dialect: Dialect, why: Disconnect) -> Bytes;
}
