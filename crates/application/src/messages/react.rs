//! Reactions.

use hallway_domain::policy::{self, React, Scope};
use hallway_domain::{Actor, Emoji, Fact, MessageId, RoomId, Seq};

use super::Messages;
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Missing, Result};

impl Messages<'_> {
    /// Adds or removes the caller's reaction; the place of the change, none if nothing changed.
    pub async fn react(
        &self,
        actor: &Actor,
        room: RoomId,
        message: MessageId,
        emoji: Emoji,
        on: bool,
    ) -> Result<Option<Seq>> {
        self.context.throttle_chat(actor.id()).await?;
        unit::run(|| self.set_reaction(actor, room, message, (&emoji, Some(on)))).await
    }

    /// Adds the caller's reaction if it is not there, and takes it back if it is.
    pub async fn toggle_reaction(
        &self,
        actor: &Actor,
        room: RoomId,
        message: MessageId,
        emoji: Emoji,
    ) -> Result<Option<Seq>> {
        self.context.throttle_chat(actor.id()).await?;
        unit::run(|| self.set_reaction(actor, room, message, (&emoji, None))).await
    }

    async fn set_reaction(
        &self,
        actor: &Actor,
        room: RoomId,
        message: MessageId,
        (emoji, on): (&Emoji, Option<bool>),
    ) -> Attempt<Option<Seq>> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        policy::authorize(actor, React, Scope { room: &room, standing: &standing })?;
        let message = unit.work.messages().find(room.id, message).await?;
        let message = message.filter(|message| !message.is_deleted()).ok_or(Missing::Message)?.id;
        let reactions = unit.work.reactions();
        let taken_back = on != Some(true) && reactions.remove(message, actor.id(), emoji).await?;
        let on = on.unwrap_or(!taken_back);
        let changed = if on {
            let emojis = reactions.emojis(message).await?;
            if !emojis.contains(emoji) && emojis.len() >= self.context.settings.emojis_per_message {
                return Err(Conflict::TooManyEmojis.into());
            }
            reactions.add(message, &actor.user, emoji, now).await?
        } else {
            taken_back
        };
        if !changed {
            return Ok(None);
        }
        let reactions = unit.work.reactions().of(message).await?;
        let user = actor.user.clone();
        let fact = Fact::ReactionChanged { message, user, emoji: emoji.clone(), on, reactions };
        let seq = unit.record(&mut room, now, fact);
        unit.commit().await?;
        Ok(Some(seq))
    }
}
