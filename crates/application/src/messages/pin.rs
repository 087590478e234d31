//! Pinned messages.

use hallway_domain::policy::{self, Pin, Read, Scope};
use hallway_domain::{Actor, Fact, MessageId, Page, PageRequest, PinView, RoomId, Seq};

use super::Messages;
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Missing, Result};

impl Messages<'_> {
    /// Pins or unpins a message; the place of the change, none if nothing changed.
    pub async fn pin(&self, actor: &Actor, room: RoomId, message: MessageId, on: bool) -> Result<Option<Seq>> {
        self.context.throttle_chat(actor.id()).await?;
        unit::run(|| self.set_pin(actor, room, message, on)).await
    }

    /// What is pinned, the newest pin first.
    pub async fn pins(&self, actor: &Actor, room: RoomId, page: PageRequest) -> Result<Page<PinView>> {
        self.context.permit(actor, Read, room).await?;
        let pins = self.context.ports.store.queries().pins(room, page).await?;
        // Once more: whoever lost the room while it was read must not get what was pinned after that.
        self.context.permit(actor, Read, room).await?;
        Ok(pins)
    }

    async fn set_pin(&self, actor: &Actor, room: RoomId, message: MessageId, on: bool) -> Attempt<Option<Seq>> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        let scope = Scope { room: &room, standing: &standing };
        policy::authorize(actor, Pin, scope)?;
        let message = unit.work.messages().find(room.id, message).await?;
        let message = message.filter(|message| !message.is_deleted()).ok_or(Missing::Message)?.id;
        let most = self.context.settings.pins_per_room;
        let changed = if on {
            let full = unit.work.pins().count(room.id).await? >= most as u64;
            let new = unit.work.pins().add(room.id, message, actor.id(), now).await?;
            if new && full {
                // Dropped with the unit.
                return Err(Conflict::TooManyPins.into());
            }
            new
        } else {
            unit.work.pins().remove(message).await?
        };
        if !changed {
            return Ok(None);
        }
        let seq = unit.record(&mut room, now, Fact::PinChanged { message, user: actor.user.clone(), on });
        unit.commit().await?;
        Ok(Some(seq))
    }
}
