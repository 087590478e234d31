//! What those who lead a room do to others. Nobody acts on an equal or higher rank.

use super::{Action, Denied, Scope, moderator};
use crate::{Actor, Role, UserId};

/// Give a member another role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetRole {
    pub target: UserId,
    pub from: Role,
    pub to: Role,
}

/// Make another member the owner in one's own place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandOver {
    pub target: UserId,
}

/// Impose or lift a mute or ban.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SanctionMember {
    pub target: UserId,
    /// None: not a member (any more).
    pub target_role: Option<Role>,
}

/// End another's membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kick {
    pub target: UserId,
    /// None: not a member (any more).
    pub target_role: Option<Role>,
}

/// See who is muted or banned, until when and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeeSanctions;

/// A moderator of a higher rank than the target, who is somebody else.
fn above(target: UserId, target_role: Option<Role>, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
    let role = moderator(scope)?;
    if target == actor.id() {
        return Err(Denied::NotPermitted);
    }
    if target_role.is_some_and(|target| target >= role) { Err(Denied::Outranked) } else { Ok(()) }
}

impl Action for SetRole {
    fn judge(&self, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        let role = moderator(scope)?;
        if self.target == actor.id() {
            // Stepping down is one's own affair, rising is not. An owner hands the room over instead.
            return if self.to < role && role != Role::Owner { Ok(()) } else { Err(Denied::NotPermitted) };
        }
        if self.from >= role {
            return Err(Denied::Outranked);
        }
        if self.to <= role { Ok(()) } else { Err(Denied::NotPermitted) }
    }
}

impl Action for HandOver {
    fn judge(&self, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        match moderator(scope)? {
            Role::Owner if self.target != actor.id() => Ok(()),
            Role::Owner | Role::Moderator | Role::Member => Err(Denied::NotPermitted),
        }
    }
}

impl Action for SanctionMember {
    fn judge(&self, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        above(self.target, self.target_role, actor, scope)
    }
}

impl Action for Kick {
    fn judge(&self, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        above(self.target, self.target_role, actor, scope)
    }
}

impl Action for SeeSanctions {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        moderator(scope).map(drop)
    }
}
