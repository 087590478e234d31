//! Messages that wait for a moderator's word.

use hallway_domain::policy::{self, Post, Scope};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, HeldId, HeldMessage, MessageId, Room, RoomId};

use super::Review;
use crate::messages::release;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Conflict, Missing, Result};

impl Review<'_> {
    /// What waits in the room, the newest first. For moderators.
    pub async fn held(
        &self,
        actor: &Actor,
        room: RoomId,
        (before, limit): (Option<HeldId>, u32),
    ) -> Result<Vec<HeldMessage>> {
        let (_, room, _) = self.context.permit(actor, policy::Review, room).await?;
        Ok(self.context.ports.store.review_queries().held_of(room.id, before, limit).await?)
    }

    /// Posts a held message now, in its author's name, if the author may still write in the room; where it went.
    pub async fn approve(&self, actor: &Actor, room: RoomId, held: HeldId) -> Result<MessageId> {
        unit::run(|| self.post(actor, room, held)).await
    }

    /// Throws a held message away.
    pub async fn reject(&self, actor: &Actor, room: RoomId, held: HeldId) -> Result<()> {
        unit::run(|| self.discard(actor, room, held)).await
    }

    async fn post(&self, actor: &Actor, room: RoomId, held: HeldId) -> Attempt<MessageId> {
        let now = self.now();
        let (mut unit, mut room, held) = self.take(actor, room, held).await?;
        let author = unit.work.users().find(held.author.id).await?.filter(|author| !author.disabled);
        let author = author.ok_or(Conflict::AuthorCannotPost)?;
        let author = Actor { user: author.to_ref(), session: actor.session, is_admin: author.is_admin };
        let standing = unit.standing(room.id, author.id(), now).await?;
        // Slow mode does not count what has waited.
        let post = Post { last: None, now };
        let permit = policy::authorize(&author, post, Scope { room: &room, standing: &standing });
        let permit = permit.map_err(|_| Conflict::AuthorCannotPost)?;
        let entry = entry("approve_message", actor, &held);
        let message = release(&mut unit, (&mut room, &standing), (&author, &permit), held, now).await?;
        let mut details = entry.details.clone();
        details.push(("message", message.to_string()));
        unit.work.audit().append(&AuditEntry { details, at: now, ..entry }).await?;
        unit.commit().await?;
        Ok(message)
    }

    async fn discard(&self, actor: &Actor, room: RoomId, held: HeldId) -> Attempt<()> {
        let (mut unit, _, held) = self.take(actor, room, held).await?;
        let entry = AuditEntry { at: self.now(), ..entry("reject_message", actor, &held) };
        unit.work.audit().append(&entry).await?;
        unit.commit().await
    }

    async fn take(&self, actor: &Actor, room: RoomId, held: HeldId) -> Attempt<(Unit<'_>, Room, HeldMessage)> {
        let mut unit = Unit::begin(self.context).await?;
        let room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), self.now()).await?;
        policy::authorize(actor, policy::Review, Scope { room: &room, standing: &standing })?;
        let held = unit.work.review().take_held(room.id, held).await?.ok_or(Missing::HeldMessage)?;
        Ok((unit, room, held))
    }
}

/// Without what the message says: the audit log is read longer than messages are kept.
fn entry(action: &'static str, actor: &Actor, held: &HeldMessage) -> AuditEntry {
    AuditEntry {
        room: Some(held.room),
        actor: Some(actor.id()),
        target: Some(held.author.id),
        details: vec![("pattern", held.pattern.clone())],
        ..audit(action, held.created_at)
    }
}
