//! A unit of work with the events that it records: `commit` is the database commit, then the publishing.

use hallway_domain::ports::{BusItem, EventBus, UnitOfWork};
use hallway_domain::{Event, Fact, Revocation, Room, RoomId, Seq, Timestamp};

use crate::context::Context;
use crate::{Error, Missing, Result};

pub(crate) struct Unit<'a> {
    pub(crate) work: Box<dyn UnitOfWork>,
    bus: &'a dyn EventBus,
    events: Vec<Event>,
    revocations: Vec<Revocation>,
}

impl<'a> Unit<'a> {
    pub(crate) async fn begin(context: &'a Context) -> Result<Self> {
        let work = context.ports.store.begin().await?;
        Ok(Self { work, bus: context.ports.bus.as_ref(), events: Vec::new(), revocations: Vec::new() })
    }

    /// Locks one room.
    pub(crate) async fn lock(&mut self, room: RoomId) -> Result<Room> {
        self.work.rooms().lock(&[room]).await?.pop().ok_or(Error::NotFound(Missing::Room))
    }

    /// Gives `fact` the next place in the locked room's log.
    pub(crate) fn record(&mut self, room: &mut Room, at: Timestamp, fact: Fact) -> Seq {
        let seq = room.take_seq();
        self.events.push(Event { room: room.id, epoch: room.epoch, seq, at, fact });
        seq
    }

    /// To be told to every node after the commit.
    pub(crate) fn revoke(&mut self, revocation: Revocation) {
        self.revocations.push(revocation);
    }

    /// Appends what was recorded, commits, and publishes. A bus that does not answer loses nothing: followers heal
    /// by `seq`, so the commit stands.
    pub(crate) async fn commit(mut self) -> Result<()> {
        if !self.events.is_empty() {
            self.work.events().append(&self.events).await?;
            let mut heads: Vec<(RoomId, Seq)> = Vec::new();
            for event in &self.events {
                match heads.iter_mut().find(|(room, _)| *room == event.room) {
                    Some(head) => head.1 = event.seq,
                    None => heads.push((event.room, event.seq)),
                }
            }
            self.work.rooms().set_last_seq(&heads).await?;
        }
        self.work.commit().await?;
        let items: Vec<BusItem> = (self.events.into_iter().map(BusItem::Event))
            .chain(self.revocations.into_iter().map(BusItem::Revocation))
            .collect();
        if !items.is_empty()
            && let Err(error) = self.bus.publish(items).await
        {
            tracing::warn!(%error, "committed, but not published: followers will heal by seq");
        }
        Ok(())
    }
}
