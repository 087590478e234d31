//! Changing what a message says.

use hallway_domain::policy::{self, Denied, EditMessage, Read, Scope};
use hallway_domain::{Actor, Body, Fact, Message, MessageId, MessageView, RoomId, Seq};

use super::Messages;
use super::mentions::Named;
use crate::review::Words;
use crate::unit::{self, Attempt, Unit};
use crate::{Missing, Result};

impl Messages<'_> {
    /// The edited message and the place of the edit. Editing to the same text changes nothing; the place is then the
    /// end of the room's log.
    pub async fn edit(
        &self,
        actor: &Actor,
        room: RoomId,
        message: MessageId,
        body: Body,
    ) -> Result<(MessageView, Seq)> {
        self.context.throttle_chat(actor.id()).await?;
        let (message, seq) = unit::run(|| self.rewrite(actor, room, message, &body)).await?;
        let view = self.context.ports.store.queries().message(room, message.id).await?;
        // Deleted in between: the edit happened all the same.
        Ok((view.unwrap_or_else(|| MessageView::bare(message)), seq))
    }

    async fn rewrite(&self, actor: &Actor, room: RoomId, message: MessageId, body: &Body) -> Attempt<(Message, Seq)> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        let scope = Scope { room: &room, standing: &standing };
        // Which messages there are is for those who may read them.
        policy::authorize(actor, Read, scope)?;
        let message = unit.work.messages().find(room.id, message).await?.ok_or(Missing::Message)?;
        let permit = policy::authorize(actor, EditMessage { author: message.author_id() }, scope)?;
        if message.is_deleted() {
            return Err(Missing::Message.into());
        }
        if message.body == body.as_str() {
            return Ok((message, room.last_seq));
        }
        let words = Words::read(&mut unit, &self.context.filters, &[room.id]).await?;
        if words.verdict(room.id, &standing, body.as_str()).is_some() {
            // Nothing waits in the place of what stands there already.
            return Err(Denied::BlockedByFilter.into());
        }
        let mentioned = message.body.contains('@');
        let message = message.edit(&permit, body.clone(), now);
        unit.work.messages().update(&message).await?;
        let named = Named::read(&mut unit, std::iter::once((room.id, body.as_str()))).await?;
        let meant = named.meant(body.as_str(), actor, Scope { room: &room, standing: &standing });
        if mentioned {
            unit.work.mentions().clear(message.id).await?;
        }
        let rows: Vec<_> = meant.rows(&message).collect();
        if !rows.is_empty() {
            unit.work.mentions().insert_many(&rows).await?;
        }
        let fact = Fact::MessageEdited {
            message: message.id,
            author: message.author_id(),
            body: message.body.clone(),
            edited_at: now,
            mentions: meant.users,
            here: meant.here,
        };
        let seq = unit.record(&mut room, now, fact);
        unit.commit().await?;
        Ok((message, seq))
    }
}
