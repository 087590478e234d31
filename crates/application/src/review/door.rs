//! What a room does by itself against a flood of strangers.

use hallway_domain::policy::{self, Denied, Protect, Scope};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, ProtectionPatch, Room, RoomId, RoomRules, Timestamp, UserId};

use super::Review;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Conflict, Result};

/// Refuses who may not become a member of the locked room by themselves now. Administrators may; those whom a moderator
/// adds are not asked. Call it in the unit that joins, and not where the room has nobody left who could open it.
pub(crate) async fn admit(unit: &mut Unit<'_>, room: &Room, user: UserId, now: Timestamp) -> Attempt<()> {
    let rules = room.rules;
    if (RoomRules { posting: rules.posting, ..RoomRules::default() }) == rules {
        return Ok(());
    }
    let Some(user) = unit.work.users().find(user).await? else { return Err(Denied::NotPermitted.into()) };
    if user.is_admin {
        return Ok(());
    }
    let since = now - RoomRules::JOIN_WINDOW;
    let nth_last = match rules.join_per_minute {
        0 => None,
        most => unit.work.review().nth_last_join(room.id, most, since).await?,
    };
    Ok(rules.admits(user.created_at, nth_last, now)?)
}

impl Review<'_> {
    /// Who may not come in by themselves. For moderators.
    pub async fn protection(&self, actor: &Actor, room: RoomId) -> Result<RoomRules> {
        let (_, room, _) = self.context.permit(actor, policy::Review, room).await?;
        Ok(room.rules)
    }

    /// Changes who may not come in by themselves. Whoever is a member stays one.
    pub async fn protect(&self, actor: &Actor, room: RoomId, patch: ProtectionPatch) -> Result<RoomRules> {
        unit::run(|| self.change_rules(actor, room, patch)).await
    }

    async fn change_rules(&self, actor: &Actor, room: RoomId, patch: ProtectionPatch) -> Attempt<RoomRules> {
        let now = self.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        policy::authorize(actor, Protect, Scope { room: &room, standing: &standing })?;
        let rules = room.rules.patched(patch)?;
        if rules == room.rules {
            return Ok(rules);
        }
        room.rules = rules;
        if !unit.work.rooms().update(&room).await? {
            return Err(Conflict::RoomNameTaken.into());
        }
        let entry = AuditEntry {
            room: Some(room.id),
            actor: Some(actor.id()),
            details: details(rules),
            ..audit("protect_room", now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(rules)
    }
}

fn details(rules: RoomRules) -> Vec<(&'static str, String)> {
    vec![
        ("locked_down", rules.locked_down.to_string()),
        ("join_per_minute", rules.join_per_minute.to_string()),
        ("min_account_age_seconds", rules.min_account_age_seconds.to_string()),
    ]
}
