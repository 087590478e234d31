//! Who has seen a message, in rooms small enough for it to be of interest.

use hallway_domain::policy::{Permit, Read};
use hallway_domain::ports::MemberMark;
use hallway_domain::{Actor, MessageId, RoomId};

use super::Messages;
use crate::{Conflict, Missing, Result};

/// How far a member has come with one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub user: hallway_domain::UserRef,
    pub read: bool,
    pub delivered: bool,
}

impl Messages<'_> {
    /// Who of the other members has seen a message, by id. Not told in rooms with many members.
    pub async fn seen(&self, actor: &Actor, room: RoomId, message: MessageId) -> Result<Vec<Seen>> {
        let (permit, ..) = self.context.permit(actor, Read, room).await?;
        let view = self.context.ports.store.queries().message(room, message).await?;
        let message = view.filter(|view| !view.message.is_deleted()).ok_or(Missing::Message)?.message;
        let marks = self.marks(&permit).await?.ok_or(Conflict::RoomTooLarge)?;
        let others = marks.into_iter().filter(|mark| Some(mark.user.id) != message.author_id());
        Ok(others
            .map(|MemberMark { user, read, delivered }| Seen {
                user,
                read: read >= message.seq,
                delivered: delivered.max(read) >= message.seq,
            })
            .collect())
    }

    /// How far the members have read, by id; none in rooms with many members.
    pub async fn marks(&self, permit: &Permit<Read>) -> Result<Option<Vec<MemberMark>>> {
        let most = self.context.settings.seen_by_members;
        let limit = u32::try_from(most).unwrap_or(u32::MAX).saturating_add(1);
        let marks = self.context.ports.store.queries().marks(permit.room(), limit).await?;
        Ok((marks.len() <= most).then_some(marks))
    }
}
