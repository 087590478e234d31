//! Mutes and bans: rows of their own, so that leaving and rejoining erases none.

use crate::{FullName, RoomId, SanctionId, Timestamp, UserId, UserRef};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SanctionKind {
    /// May read, may not write.
    Mute,
    /// May not enter, read or write.
    Ban,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanction {
    pub id: SanctionId,
    pub room: RoomId,
    pub user: UserId,
    pub kind: SanctionKind,
    pub reason: Option<String>,
    pub by: Option<UserId>,
    pub created_at: Timestamp,
    /// None: until lifted. It ends by the clock alone, nobody has to act.
    pub expires_at: Option<Timestamp>,
    pub lifted_at: Option<Timestamp>,
}

impl Sanction {
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.lifted_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A sanction as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SanctionView {
    pub sanction: Sanction,
    pub user: UserRef,
    pub full_name: Option<FullName>,
    /// Who imposed it; none once the account was erased.
    pub by: Option<UserRef>,
}

/// A sanction to be imposed.
#[derive(Clone, Debug)]
pub struct NewSanction {
    pub room: RoomId,
    pub user: UserId,
    pub kind: SanctionKind,
    pub reason: Option<String>,
    pub by: UserId,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}
