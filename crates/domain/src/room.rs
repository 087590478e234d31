//! Rooms: every conversation is one, direct messages too.

use std::fmt;

use time::Duration;

use crate::policy::{Permit, UpdateRoom};
use crate::{Epoch, Role, RoomId, RoomName, RoomTopic, Seq, Timestamp, UserId, UserRef};

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
    /// Whose conversation it is; for [`RoomKind::Direct`] alone.
    pub direct: Option<DirectKey>,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub epoch: Epoch,
    /// Place of the newest event.
    pub last_seq: Seq,
    /// Seconds between two messages of one member; 0 is off.
    pub slow_mode_seconds: u32,
    pub archived_at: Option<Timestamp>,
    pub rules: RoomRules,
}

/// Who may write in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Posting {
    #[default]
    Everyone,
    /// An announcement room: members read and react.
    Moderators,
}

/// What moderators set for everybody in a room and at its door. Everything is off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomRules {
    pub posting: Posting,
    /// Nobody becomes a member by themselves.
    pub locked_down: bool,
    /// How old an account must be to join; 0 is off.
    pub min_account_age_seconds: u32,
    /// How many may join within a minute; 0 is off.
    pub join_per_minute: u32,
}

/// What members are told of who may write, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RoomMode {
    pub posting: Posting,
    pub slow_mode_seconds: u32,
    pub archived: bool,
}

/// A room to be made.
#[derive(Clone, Debug)]
pub struct NewRoom {
    pub kind: RoomKind,
    pub name: Option<RoomName>,
    pub topic: Option<RoomTopic>,
    /// Given for [`RoomKind::Direct`] alone.
    pub direct: Option<DirectKey>,
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
    pub posting: Option<Posting>,
    /// At most [`RoomPatch::MOST_SLOW_SECONDS`].
    pub slow_mode_seconds: Option<u32>,
    pub archived: Option<bool>,
}

impl RoomPatch {
    /// Longest pause between two messages of a member: six hours.
    pub const MOST_SLOW_SECONDS: u32 = 21_600;
}

/// Where a room's log stands, and what its frames are labelled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomHead {
    pub room: RoomId,
    pub name: Option<RoomName>,
    /// Of a direct conversation, which has no name.
    pub peers: Option<Peers>,
    pub epoch: Epoch,
    pub seq: Seq,
}

/// Names a direct conversation: its two users in the order of their ids, or one user twice for a note to oneself.
/// There is at most one room of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectKey {
    low: UserId,
    high: UserId,
}

/// The two users of a direct conversation, in the order of its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peers {
    low: UserRef,
    high: UserRef,
}

impl DirectKey {
    /// The same key whoever of the two is named first.
    #[must_use]
    pub fn new(one: UserId, other: UserId) -> Self {
        Self { low: one.min(other), high: one.max(other) }
    }

    /// Both users: one, where it is a note to oneself.
    pub fn members(self) -> impl Iterator<Item = UserId> {
        std::iter::once(self.low).chain((self.high != self.low).then_some(self.high))
    }

    /// In the order of their ids.
    #[must_use]
    pub const fn both(self) -> (UserId, UserId) {
        (self.low, self.high)
    }

    #[must_use]
    pub fn has(self, user: UserId) -> bool {
        self.low == user || self.high == user
    }

    /// The other side of `user`; the user itself in a note to oneself. None: the user is not in it.
    #[must_use]
    pub fn other(self, user: UserId) -> Option<UserId> {
        if user == self.low {
            Some(self.high)
        } else if user == self.high {
            Some(self.low)
        } else {
            None
        }
    }

    /// Reads what `Display` wrote.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let (low, high) = text.split_once(':')?;
        let (low, high) = (UserId(low.parse().ok()?), UserId(high.parse().ok()?));
        (low <= high).then_some(Self { low, high })
    }
}

impl fmt::Display for DirectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.low, self.high)
    }
}

impl Peers {
    #[must_use]
    pub fn new(one: UserRef, other: UserRef) -> Self {
        if one.id <= other.id { Self { low: one, high: other } } else { Self { low: other, high: one } }
    }

    #[must_use]
    pub const fn key(&self) -> DirectKey {
        DirectKey { low: self.low.id, high: self.high.id }
    }

    /// Both, in the order of the key: the same one twice for a note to oneself.
    #[must_use]
    pub const fn both(&self) -> (&UserRef, &UserRef) {
        (&self.low, &self.high)
    }

    /// The other side of `user`, after whom that user's frames call the room. None: the user is not in it.
    #[must_use]
    pub fn other(&self, user: UserId) -> Option<&UserRef> {
        if user == self.low.id {
            Some(&self.high)
        } else if user == self.high.id {
            Some(&self.low)
        } else {
            None
        }
    }
}

impl Room {
    /// Takes the next place in the room's log. Call it only under the room's lock.
    pub const fn take_seq(&mut self) -> Seq {
        self.last_seq = self.last_seq.next();
        self.last_seq
    }

    /// `peers` are those of a direct conversation.
    #[must_use]
    pub fn head(&self, peers: Option<Peers>) -> RoomHead {
        RoomHead { room: self.id, name: self.name.clone(), peers, epoch: self.epoch, seq: self.last_seq }
    }

    #[must_use]
    pub const fn mode(&self) -> RoomMode {
        RoomMode {
            posting: self.rules.posting,
            slow_mode_seconds: self.slow_mode_seconds,
            archived: self.archived_at.is_some(),
        }
    }

    /// When a member who wrote last at `last` may write again; none: now, as far as slow mode goes.
    #[must_use]
    pub fn slow_until(&self, role: Role, last: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        if self.slow_mode_seconds == 0 || role.moderates() {
            return None;
        }
        last.map(|last| last + Duration::seconds(i64::from(self.slow_mode_seconds))).filter(|until| *until > now)
    }

    /// Applies `patch` at `now`; false when nothing would change.
    pub fn update(&mut self, _permit: &Permit<UpdateRoom>, patch: RoomPatch, now: Timestamp) -> bool {
        let before = (self.name.clone(), self.topic.clone(), self.kind, self.mode());
        if let Some(name) = patch.name {
            self.name = Some(name);
        }
        if let Some(topic) = patch.topic {
            self.topic = topic;
        }
        if let (Some(private), RoomKind::Public | RoomKind::Private) = (patch.private, self.kind) {
            self.kind = if private { RoomKind::Private } else { RoomKind::Public };
        }
        self.rules.posting = patch.posting.unwrap_or(self.rules.posting);
        if let Some(seconds) = patch.slow_mode_seconds {
            self.slow_mode_seconds = seconds.min(RoomPatch::MOST_SLOW_SECONDS);
        }
        if let Some(archived) = patch.archived {
            self.archived_at = archived.then(|| self.archived_at.unwrap_or(now));
        }
        before != (self.name.clone(), self.topic.clone(), self.kind, self.mode())
    }
}
