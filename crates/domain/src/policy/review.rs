//! What is reported, held and kept out.

use super::{Action, Denied, Scope, member, moderator};
use crate::{Actor, RoomKind};

/// Report somebody or something to the room's moderators: whoever may read, muted ones too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report;

/// See the room's reports, audit log, held messages and filters, and decide about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review;

/// Change what the room keeps out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protect;

impl Action for Report {
    fn judge(&self, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        match scope.room.kind {
            RoomKind::Public => super::Read.judge(actor, scope),
            RoomKind::Private | RoomKind::Direct => member(scope).map(drop),
        }
    }
}

impl Action for Review {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        moderator(scope).map(drop)
    }
}

impl Action for Protect {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        moderator(scope).map(drop)
    }
}
