//! Removing a room.

use hallway_domain::policy::{self, DeleteRoom, Scope};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, Revocation, Room, RoomId, Timestamp};

use super::Rooms;
use crate::Result;
use crate::unit::{self, Attempt, Unit, audit};

impl Rooms<'_> {
    /// Removes the room with all that is in it, and takes it away from every connection.
    pub async fn delete(&self, actor: &Actor, room: RoomId) -> Result<()> {
        unit::run(|| self.remove(actor, room)).await
    }

    async fn remove(&self, actor: &Actor, room: RoomId) -> Attempt<()> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        policy::authorize(actor, DeleteRoom, Scope { room: &room, standing: &standing })?;
        discard(&mut unit, actor, &room, now).await?;
        unit.commit().await
    }
}

/// Deletes a room that somebody was allowed to delete, or that nobody can see any more.
pub(super) async fn discard(unit: &mut Unit<'_>, actor: &Actor, room: &Room, now: Timestamp) -> Attempt<()> {
    unit.work.rooms().delete(room.id).await?;
    unit.revoke(Revocation::Room { room: room.id });
    // The line outlives the room, so it names it by number only.
    let entry =
        AuditEntry { actor: Some(actor.id()), reason: Some(format!("room {}", room.id)), ..audit("delete_room", now) };
    Ok(unit.work.audit().append(&entry).await?)
}
