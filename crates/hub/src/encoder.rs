//! What the hub asks of whoever knows the wire.

use bytes::Bytes;
use hallway_domain::{
    Disconnect, Epoch, Event, Peers, RoomHead, RoomId, RoomLoss, RoomName, Seq, Signal, Timestamp, UserId, UserRef,
};

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
    /// The two of a direct conversation, which has no name.
    pub peers: Option<Peers>,
    /// Whom the frame is for, where that matters: a direct conversation is called by the name of the other side.
    pub viewer: Option<UserId>,
}

impl RoomLabel {
    #[must_use]
    pub fn of(head: &RoomHead) -> Self {
        let RoomHead { room, name, peers, epoch, seq: _ } = head.clone();
        Self { room, name, epoch, peers, viewer: None }
    }

    /// As the user's frames have it. All of a room's frames for one side of it have the same label.
    #[must_use]
    pub fn seen_by(mut self, user: UserId) -> Self {
        self.viewer = self.peers.is_some().then_some(user);
        self
    }

    /// The other side of a direct conversation.
    #[must_use]
    pub fn peer(&self) -> Option<&UserRef> {
        self.peers.as_ref()?.other(self.viewer?)
    }
}

/// Something happened in a room that the connection is a member of but has not joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    pub seq: Seq,
    pub unread: u64,
    /// How many of the unread messages mention the user.
    pub mentions: u64,
}

/// Turns deliveries into bytes that go to sockets as they are, frame headers included. Empty bytes are "nothing to
/// say in this dialect" and are not sent.
pub trait Encoder: Send + Sync + 'static {
    fn event(&self, dialect: Dialect, label: &RoomLabel, event: &Event) -> Bytes;
    fn signal(&self, dialect: Dialect, label: &RoomLabel, signal: &Signal) -> Bytes;
    /// Everybody who is in the room, by username: in the place of all that was told of it before.
    fn presence(&self, _dialect: Dialect, _label: &RoomLabel, _users: &[UserRef], _at: Timestamp) -> Bytes {
        Bytes::new()
    }
    fn activity(&self, dialect: Dialect, label: &RoomLabel, activity: Activity) -> Bytes;
    /// The room is taken away from this connection.
    fn loss(&self, dialect: Dialect, label: &RoomLabel, why: RoomLoss) -> Bytes;
    /// The last bytes of a connection: whatever says why, and the close frame.
    fn close(&self, dialect: Dialect, why: Disconnect) -> Bytes;
}
