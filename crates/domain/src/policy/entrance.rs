//! Ways into a room.

use super::{Action, Denied, Scope, moderator, not_banned};
use crate::{Actor, RoomKind};

/// Become a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join;

/// Become a member by a link that somebody gave one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinByInvite;

/// Make somebody a member who did not ask: a way into a private room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddMember;

/// Make, see and revoke invitations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invite;

impl Action for Join {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        match (scope.room.kind, scope.standing.role()) {
            (RoomKind::Direct, None) => Err(Denied::Hidden),
            (RoomKind::Direct, Some(_)) => Err(Denied::DirectRoom),
            (RoomKind::Private, None) => Err(Denied::PrivateRoom),
            (RoomKind::Public, None) if scope.room.archived_at.is_some() => Err(Denied::Archived),
            (RoomKind::Public, None) | (_, Some(_)) => not_banned(scope),
        }
    }
}

impl Action for JoinByInvite {
    /// Whoever holds the link knows that the room exists, so nothing is hidden; but no link opens a room to who is
    /// banned from it.
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        if scope.room.kind == RoomKind::Direct {
            return Err(Denied::Hidden);
        }
        not_banned(scope)?;
        if scope.standing.role().is_none() && scope.room.archived_at.is_some() {
            return Err(Denied::Archived);
        }
        Ok(())
    }
}

impl Action for AddMember {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        moderator(scope).map(drop)
    }
}

impl Action for Invite {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        moderator(scope).map(drop)
    }
}
