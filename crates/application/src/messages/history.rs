//! Reading messages and the log.

use hallway_domain::policy::{Permit, Read};
use hallway_domain::{Actor, Event, MessageId, MessageView, Page, PageRequest, RoomId, Seq};

use super::{Around, Messages};
use crate::{Missing, Result};

impl Messages<'_> {
    /// A page counted from the newest message backwards, in ascending order.
    pub async fn page(&self, actor: &Actor, room: RoomId, page: PageRequest) -> Result<Page<MessageView>> {
        self.context.permit(actor, Read, room).await?;
        let page = self.context.ports.store.queries().messages(room, page).await?;
        // Once more: whoever lost the room while it was read must not get what was written after that.
        self.context.permit(actor, Read, room).await?;
        Ok(page)
    }

    /// The newest `limit` messages up to `up_to` and before `before`; whether there are older ones.
    pub async fn history(
        &self,
        permit: &Permit<Read>,
        up_to: Seq,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<(Vec<MessageView>, bool)> {
        let queries = self.context.ports.store.queries();
        // One more than asked for tells whether there are older ones.
        let mut messages = queries.history(permit.room(), up_to, before, limit.saturating_add(1)).await?;
        let surplus = messages.len().saturating_sub(limit as usize);
        messages.drain(..surplus);
        Ok((messages, surplus > 0))
    }

    /// About `limit` messages around `message`, which must not be deleted.
    pub async fn around(&self, permit: &Permit<Read>, message: MessageId, limit: u32) -> Result<Around> {
        let queries = self.context.ports.store.queries();
        let middle = queries.message(permit.room(), message).await?;
        let middle = middle.filter(|view| !view.message.is_deleted()).ok_or(Missing::Message)?;
        let older = limit / 2;
        let newer = limit.saturating_sub(older + 1);
        let (mut messages, before) = self.history(permit, Seq(i64::MAX), Some(message), older).await?;
        let mut following = queries.history_after(permit.room(), message, newer.saturating_add(1)).await?;
        let after = following.len() > newer as usize;
        following.truncate(newer as usize);
        messages.push(middle);
        messages.append(&mut following);
        Ok(Around { messages, before, after })
    }

    /// The events after `after` up to `up_to`, at most `limit`; none when the log was cut by retention.
    pub async fn events(
        &self,
        permit: &Permit<Read>,
        after: Seq,
        up_to: Seq,
        limit: u32,
    ) -> Result<Option<Vec<Event>>> {
        if up_to <= after || limit == 0 {
            return Ok(Some(Vec::new()));
        }
        let events = self.context.ports.store.queries().events(permit.room(), after, up_to, limit).await?;
        let whole = events.first().is_some_and(|first| first.seq == after.next());
        Ok(whole.then_some(events))
    }
}
