//! Changing a room.

use hallway_domain::policy::{self, Scope, UpdateRoom};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, Fact, Posting, Revocation, Room, RoomId, RoomKind, RoomPatch};

use super::Rooms;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Conflict, Result};

impl Rooms<'_> {
    /// Changes name, topic, kind, who may write and how often; archives, and takes back. Making the room private takes it away from everybody who is not a member.
    pub async fn update(&self, actor: &Actor, room: RoomId, patch: RoomPatch) -> Result<Room> {
        unit::run(|| self.change(actor, room, &patch)).await
    }

    async fn change(&self, actor: &Actor, room: RoomId, patch: &RoomPatch) -> Attempt<Room> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        let permit = policy::authorize(actor, UpdateRoom, Scope { room: &room, standing: &standing })?;
        let (before, old) = (room.kind, room.clone());
        if !room.update(&permit, patch.clone(), now) {
            return Ok(room);
        }
        if !unit.work.rooms().update(&room).await? {
            return Err(Conflict::RoomNameTaken.into());
        }
        let (name, topic) = (room.name.clone(), room.topic.clone());
        let fact = Fact::RoomUpdated { name, topic, kind: room.kind, mode: room.mode() };
        unit.record(&mut room, now, fact);
        if before == RoomKind::Public && room.kind == RoomKind::Private {
            unit.revoke(Revocation::NonMembers { room: room.id });
        }
        let entry = AuditEntry {
            room: Some(room.id),
            actor: Some(actor.id()),
            details: changes(&old, &room),
            ..audit("update_room", now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(room)
    }
}

/// What a change made of the room, but for names and topics as they were: those are in the room's log.
fn changes(old: &Room, new: &Room) -> Vec<(&'static str, String)> {
    let mut changes = Vec::new();
    if old.name != new.name {
        changes.extend(new.name.as_ref().map(|name| ("name", name.to_string())));
    }
    if old.topic != new.topic {
        changes.push(("topic", new.topic.as_ref().map_or_else(String::new, ToString::to_string)));
    }
    if old.kind != new.kind {
        changes.push(("private", (new.kind == RoomKind::Private).to_string()));
    }
    if old.rules.posting != new.rules.posting {
        changes.push(("announcements", (new.rules.posting == Posting::Moderators).to_string()));
    }
    if old.slow_mode_seconds != new.slow_mode_seconds {
        changes.push(("slow_mode_seconds", new.slow_mode_seconds.to_string()));
    }
    if old.archived_at.is_some() != new.archived_at.is_some() {
        changes.push(("archived", new.archived_at.is_some().to_string()));
    }
    changes
}
