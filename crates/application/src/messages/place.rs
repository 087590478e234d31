//! Messages that are known by their number alone.

use hallway_domain::policy::{Denied, Read};
use hallway_domain::ports::UnreadCount;
use hallway_domain::{Actor, MessageId, MessagePlace, MessageView, PageRequest, Room, RoomId, Seq};

use super::Messages;
use crate::{Error, Missing, Result};

impl Messages<'_> {
    /// Where the message is, for whoever may read it there. To anybody else there is no such message.
    pub async fn place(&self, actor: &Actor, message: MessageId) -> Result<MessagePlace> {
        let place = self.context.ports.store.queries().message_place(message).await?;
        let place = place.filter(|place| !place.is_deleted).ok_or(Missing::Message)?;
        match self.context.permit(actor, Read, place.room).await {
            Ok(_) => Ok(place),
            Err(Error::Denied(Denied::Hidden) | Error::NotFound(_)) => Err(Missing::Message.into()),
            Err(error) => Err(error),
        }
    }

    /// A page counted from the newest message backwards, in ascending order, with how far others have read the room
    /// and how far the caller has. For members.
    pub async fn page_with_marks(
        &self,
        actor: &Actor,
        room: RoomId,
        page: PageRequest,
    ) -> Result<(Vec<MessageView>, ReadMarks)> {
        let (.., standing) = self.context.permit(actor, Read, room).await?;
        let own = standing.membership.ok_or(Denied::NotMember)?.last_read;
        let queries = self.context.ports.store.queries();
        let others = queries.read_by_others(room, actor.id()).await?;
        let messages = queries.messages(room, page).await?;
        // Once more: whoever lost the room while it was read must not get what was written after that.
        self.context.permit(actor, Read, room).await?;
        Ok((messages.items, ReadMarks { own, others }))
    }

    /// How far any other member has read the room.
    pub async fn read_by_others(&self, actor: &Actor, room: RoomId) -> Result<Seq> {
        self.context.permit(actor, Read, room).await?;
        Ok(self.context.ports.store.queries().read_by_others(room, actor.id()).await?)
    }

    /// What is unread in each of the caller's rooms that has anything unread.
    pub async fn all_unread(&self, actor: &Actor) -> Result<Vec<(Room, UnreadCount)>> {
        let queries = self.context.ports.store.queries();
        let mine = queries.rooms_of(actor.id(), self.context.now(), MOST_ROOMS).await?;
        let ids: Vec<RoomId> = mine.iter().map(|(room, _)| room.id).collect();
        let counts = queries.unread(actor.id(), &ids).await?;
        let counted = mine.into_iter().filter_map(|(room, _)| {
            let count = counts.iter().find(|count| count.room == room.id).filter(|count| count.messages > 0)?;
            Some((room, *count))
        });
        Ok(counted.collect())
    }
}

/// Most rooms that are counted at once.
const MOST_ROOMS: u32 = 5000;

/// How far a room has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMarks {
    pub own: Seq,
    /// The furthest of the other members.
    pub others: Seq,
}
