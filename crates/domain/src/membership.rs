//! Who belongs to a room, and as what.

use crate::{RoomId, Sanction, SanctionKind, Seq, Timestamp, UserId};

/// Rank in a room; a higher one includes the lower. Nobody acts on an equal or higher rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Member,
    Moderator,
    Owner,
}

impl Role {
    #[must_use]
    pub const fn moderates(self) -> bool {
        matches!(self, Self::Moderator | Self::Owner)
    }
}

/// What a member wants to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotifyLevel {
    All,
    Mentions,
    Nothing,
}

/// A user's place in a room. A sanction is not part of it, so that leaving erases none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub room: RoomId,
    pub user: UserId,
    pub role: Role,
    pub joined_at: Timestamp,
    pub last_read: Seq,
    pub last_delivered: Seq,
    pub notify: NotifyLevel,
}

/// All that decides what a user may do in a room, as one transaction read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub membership: Option<Membership>,
    /// In force at the moment of reading, never lifted or expired ones.
    pub mute: Option<Sanction>,
    pub ban: Option<Sanction>,
}

impl Standing {
    /// From what was stored; sanctions that are over by `now` do not count.
    #[must_use]
    pub fn new(membership: Option<Membership>, sanctions: impl IntoIterator<Item = Sanction>, now: Timestamp) -> Self {
        let mut standing = Self { membership, mute: None, ban: None };
        for sanction in sanctions.into_iter().filter(|sanction| sanction.is_in_force(now)) {
            match sanction.kind {
                SanctionKind::Mute => standing.mute = Some(sanction),
                SanctionKind::Ban => standing.ban = Some(sanction),
            }
        }
        standing
    }

    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.membership.as_ref().map(|membership| membership.role)
    }

    #[must_use]
    pub fn moderates(&self) -> bool {
        self.role().is_some_and(Role::moderates)
    }
}
