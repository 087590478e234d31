//! What stands out of a conversation.

use super::{Action, Denied, Scope, member, moderator, writer};
use crate::{Actor, RoomKind, Timestamp};

/// Write a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post {
    /// When the actor last wrote in the room, as the writing transaction read it. It may be left out where the room has
    /// no slow mode.
    pub last: Option<Timestamp>,
    pub now: Timestamp,
}

/// Mention everybody in the room at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MentionHere;

/// Pin a message, or unpin it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin;

impl Action for Post {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        let role = writer(scope)?;
        match scope.room.slow_until(role, self.last, self.now) {
            Some(until) => Err(Denied::SlowMode(until - self.now)),
            None => Ok(()),
        }
    }
}

impl Action for MentionHere {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        let role = writer(scope)?;
        if role.moderates() || scope.room.kind == RoomKind::Direct { Ok(()) } else { Err(Denied::NotModerator) }
    }
}

impl Action for Pin {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        if scope.room.kind == RoomKind::Direct {
            member(scope)?;
        } else {
            moderator(scope)?;
        }
        if scope.room.archived_at.is_some() { Err(Denied::Archived) } else { Ok(()) }
    }
}
