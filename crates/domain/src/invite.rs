//! Invitations: links that let whoever holds them into a room.

use time::Duration;

use crate::{InviteId, RoomId, RoomName, Timestamp, UserId, UserRef};

/// A link into a room. The code in it is never stored, only its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    pub id: InviteId,
    pub room: RoomId,
    /// None once the account was erased.
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    /// None: until revoked.
    pub expires_at: Option<Timestamp>,
    /// None: any number.
    pub max_uses: Option<u32>,
    pub uses: u32,
    pub revoked_at: Option<Timestamp>,
}

impl Invite {
    /// Whether it lets somebody in now. By the clock alone: nobody has to end it.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none()
            && self.expires_at.is_none_or(|end| now < end)
            && self.max_uses.is_none_or(|most| self.uses < most)
    }
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvite {
    pub room: RoomId,
    /// SHA-256 of its code.
    pub hash: [u8; 32],
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub max_uses: Option<u32>,
}

/// How long an invitation holds, and for how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InviteTerms {
    pub lifetime: Option<Duration>,
    pub max_uses: Option<u32>,
}

impl InviteTerms {
    /// Longest that an invitation may be set to hold: a year.
    pub const MOST_SECONDS: u64 = 31_536_000;
    /// Most people whom a counted invitation lets in.
    pub const MOST_USES: u32 = 100_000;
}

/// An invitation as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteView {
    pub invite: Invite,
    /// None once the account was erased.
    pub by: Option<UserRef>,
}

/// What the holder of a link is told before joining, and nothing else of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitePreview {
    pub room: RoomId,
    pub name: Option<RoomName>,
    pub members: u64,
    pub expires_at: Option<Timestamp>,
    /// Whether whoever asks is a member already.
    pub is_member: bool,
}
