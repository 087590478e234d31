//! Removing a message.

use hallway_domain::policy::{self, DeleteMessage, Read, Scope};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, Fact, MessageId, RoomId, Seq};

use super::Messages;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Missing, Result};

impl Messages<'_> {
    /// Leaves a tombstone. Deleting twice is fine; the place of the deletion, none if it was deleted before.
    pub async fn delete(&self, actor: &Actor, room: RoomId, message: MessageId) -> Result<Option<Seq>> {
        self.context.throttle_chat(actor.id()).await?;
        unit::run(|| self.bury(actor, room, message)).await
    }

    async fn bury(&self, actor: &Actor, room: RoomId, message: MessageId) -> Attempt<Option<Seq>> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        let scope = Scope { room: &room, standing: &standing };
        // Which messages there are is for those who may read them.
        policy::authorize(actor, Read, scope)?;
        let message = unit.work.messages().find(room.id, message).await?.ok_or(Missing::Message)?;
        let permit = policy::authorize(actor, DeleteMessage { author: message.author_id() }, scope)?;
        if message.is_deleted() {
            return Ok(None);
        }
        let tombstone = message.delete(&permit, now);
        unit.work.messages().update(&tombstone).await?;
        unit.work.attachments().detach(tombstone.id).await?;
        unit.work.mentions().clear(tombstone.id).await?;
        unit.work.pins().remove(tombstone.id).await?;
        let seq =
            unit.record(&mut room, now, Fact::MessageDeleted { message: tombstone.id, author: tombstone.author_id() });
        if tombstone.author_id() != Some(actor.id()) {
            let entry = AuditEntry {
                room: Some(room.id),
                actor: Some(actor.id()),
                target: tombstone.author_id(),
                reason: Some(format!("message {}", tombstone.id)),
                details: vec![("message", tombstone.id.to_string())],
                ..audit("delete_message", now)
            };
            unit.work.audit().append(&entry).await?;
        }
        unit.commit().await?;
        Ok(Some(seq))
    }
}
