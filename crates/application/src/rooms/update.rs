//! Changing a room.

use hallway_domain::policy::{self, Scope, UpdateRoom};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, Fact, Revocation, Room, RoomId, RoomKind, RoomPatch};

use super::Rooms;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Conflict, Result};

impl Rooms<'_> {
    /// Changes name, topic or kind. Making the room private takes it away from everybody who is not a member.
    pub async fn update(&self, actor: &Actor, room: RoomId, patch: RoomPatch) -> Result<Room> {
        unit::run(|| self.change(actor, room, &patch)).await
    }

    async fn change(&self, actor: &Actor, room: RoomId, patch: &RoomPatch) -> Attempt<Room> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        let permit = policy::authorize(actor, UpdateRoom, Scope { room: &room, standing: &standing })?;
        let before = room.kind;
        if !room.update(&permit, patch.clone()) {
            return Ok(room);
        }
        if !unit.work.rooms().update(&room).await? {
            return Err(Conflict::RoomNameTaken.into());
        }
        let fact = Fact::RoomUpdated { name: room.name.clone(), topic: room.topic.clone(), kind: room.kind };
        unit.record(&mut room, now, fact);
        if before == RoomKind::Public && room.kind == RoomKind::Private {
            unit.revoke(Revocation::NonMembers { room: room.id });
        }
        let entry = AuditEntry { room: Some(room.id), actor: Some(actor.id()), ..audit("update_room", now) };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(room)
    }
}
