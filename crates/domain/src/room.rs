//! Rooms: every conversation is one, direct messages too.

use crate::policy::{Permit, UpdateRoom};
use crate::{Epoch, RoomId, RoomName, RoomTopic, Seq, Timestamp, UserId};

/// Who may find and enter a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoomKind {
    /// Everybody who is signed in may find, read and join it.
    Public,
    /// Only members know that it exists.
    Private,
    /// Between two users; has no name.
    Direct,
}

/// A conversation with one gapless log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub id: RoomId,
    pub kind: RoomKind,
    /// Unique among rooms; none for [`RoomKind::Direct`].
    pub name: Option<RoomName>,
    pub topic: Option<RoomTopic>,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub epoch: Epoch,
    /// Place of the newest event.
    pub last_seq: Seq,
    /// Seconds between two messages of one member; 0 is off.
    pub slow_mode_seconds: u32,
    pub archived_at: Option<Timestamp>,
}

/// A room to be made.
#[derive(Clone, Debug)]
pub struct NewRoom {
    pub kind: RoomKind,
    pub name: Option<RoomName>,
    pub topic: Option<RoomTopic>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub epoch: Epoch,
}

/// What an owner or moderator may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomPatch {
    pub name: Option<RoomName>,
    /// `Some(None)` removes the topic.
    pub topic: Option<Option<RoomTopic>>,
    pub private: Option<bool>,
}

/// Where a room's log stands, and what its frames are labelled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomHead {
    pub room: RoomId,
    pub name: Option<RoomName>,
    pub epoch: Epoch,
    pub seq: Seq,
}

impl Room {
    /// Takes the next place in the room's log. Call it only under the room's lock.
    pub const fn take_seq(&mut self) -> Seq {
        self.last_seq = self.last_seq.next();
        self.last_seq
    }

    #[must_use]
    pub fn head(&self) -> RoomHead {
        RoomHead { room: self.id, name: self.name.clone(), epoch: self.epoch, seq: self.last_seq }
    }

    /// Applies `patch`; false when nothing would change.
    pub fn update(&mut self, _permit: &Permit<UpdateRoom>, patch: RoomPatch) -> bool {
        let before = (self.name.clone(), self.topic.clone(), self.kind);
        if let Some(name) = patch.name {
            self.name = Some(name);
        }
        if let Some(topic) = patch.topic {
            self.topic = topic;
        }
        if let (Some(private), RoomKind::Public | RoomKind::Private) = (patch.private, self.kind) {
            self.kind = if private { RoomKind::Private } else { RoomKind::Public };
        }
        before != (self.name.clone(), self.topic.clone(), self.kind)
    }
}
