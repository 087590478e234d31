//! Finding messages.

use hallway_domain::policy::{Denied, Read};
use hallway_domain::search::{FoundPage, MessageSearch, SearchText};
use hallway_domain::{Actor, DirectKey, InvalidText, MessageId, RoomId};

use super::Messages;
use crate::{Error, Missing, Result};

/// What somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct SearchMessages {
    pub text: SearchText,
    /// Only in this room.
    pub room: Option<RoomId>,
    /// Where the page before this one ended.
    pub older_than: Option<MessageId>,
    pub limit: u32,
}

impl Messages<'_> {
    /// The newest messages that match, of all rooms that the actor may read now.
    pub async fn search(&self, actor: &Actor, wanted: SearchMessages) -> Result<FoundPage> {
        if wanted.text.is_empty() && wanted.room.is_none() {
            return Err(InvalidText::new("q", "give a word to look for, or a filter").into());
        }
        self.context.throttle(|rates| rates.search, || format!("search:{}", actor.id())).await?;
        let queries = self.context.ports.store.queries();
        let author = match &wanted.text.from {
            Some(name) => {
                let user = queries.user_by_username(name).await?;
                Some(user.ok_or_else(|| InvalidText::new("from", "from names no user"))?.id)
            }
            None => None,
        };
        let named = self.named_room(actor, &wanted.text).await?;
        if let Some(room) = wanted.room {
            self.context.permit(actor, Read, room).await?;
            if named.is_some_and(|named| named != room) {
                return Err(InvalidText::new("in", "in names another room than room_id").into());
            }
        }
        let SearchText { needles, after, before, has, .. } = wanted.text;
        let search = MessageSearch {
            reader: actor.id(),
            needles,
            author,
            room: wanted.room.or(named),
            after,
            before,
            has,
            older_than: wanted.older_than,
            limit: wanted.limit,
        };
        Ok(queries.search(&search, self.context.now()).await?)
    }

    /// The room that the text names. One that the actor may not know of is as one that is not there.
    async fn named_room(&self, actor: &Actor, text: &SearchText) -> Result<Option<RoomId>> {
        let queries = self.context.ports.store.queries();
        let room = match (&text.room, &text.direct) {
            (Some(name), _) => queries.room_by_name(name).await?,
            (None, Some(name)) => match queries.user_by_username(name).await? {
                Some(other) => queries.room_by_direct(DirectKey::new(actor.id(), other.id)).await?,
                None => None,
            },
            (None, None) => return Ok(None),
        };
        let none = || Error::from(InvalidText::new("in", "in names no room that you may read"));
        let room = room.ok_or_else(none)?.id;
        match self.context.permit(actor, Read, room).await {
            Ok(_) => Ok(Some(room)),
            Err(Error::Denied(Denied::Hidden) | Error::NotFound(Missing::Room)) => Err(none()),
            Err(error) => Err(error),
        }
    }
}
