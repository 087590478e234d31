//! Looking at rooms.

use hallway_domain::policy::{Permit, Read};
use hallway_domain::ports::{RoomFilter, RoomSummary};
use hallway_domain::{Actor, Membership, Page, PageRequest, Room, RoomId, RoomName, Standing};

use super::Rooms;
use crate::{Missing, Result};

/// Most rooms that a connection is told of.
const MINE: u32 = 500;

impl Rooms<'_> {
    pub async fn get(&self, actor: &Actor, room: RoomId) -> Result<Room> {
        Ok(self.context.permit(actor, Read, room).await?.1)
    }

    /// The room as [`Rooms::list`] shows it.
    pub async fn summary(&self, actor: &Actor, room: RoomId) -> Result<RoomSummary> {
        let (_, room, _) = self.context.permit(actor, Read, room).await?;
        let summary = self.context.ports.store.queries().room_summary(room.id, actor.id()).await?;
        // Deleted meanwhile.
        Ok(summary.ok_or(Missing::Room)?)
    }

    pub async fn by_name(&self, actor: &Actor, name: &RoomName) -> Result<RoomSummary> {
        self.summary(actor, self.locate(name).await?).await
    }

    /// Which room has the name, and nothing else of it. Says nothing about who may enter: ask that with the number.
    pub async fn locate(&self, name: &RoomName) -> Result<RoomId> {
        let room = self.context.ports.store.queries().room_by_name(name).await?;
        Ok(room.ok_or(Missing::Room)?.id)
    }

    /// Public rooms and the caller's own private ones.
    pub async fn list(&self, actor: &Actor, filter: &RoomFilter, page: PageRequest) -> Result<Page<RoomSummary>> {
        let queries = self.context.ports.store.queries();
        Ok(queries.rooms_visible_to(actor.id(), filter, page, self.context.now()).await?)
    }

    /// The caller's rooms with their unread messages, for a connection that wants to hear of activity in them.
    pub async fn mine(&self, actor: &Actor) -> Result<Vec<(Room, Membership, u64)>> {
        let queries = self.context.ports.store.queries();
        let rooms = queries.rooms_of(actor.id(), self.context.now(), MINE).await?;
        let ids: Vec<RoomId> = rooms.iter().map(|(room, _)| room.id).collect();
        let unread = queries.unread(actor.id(), &ids).await?;
        let of = |id| unread.iter().find(|count| count.room == id).map_or(0, |count| count.messages);
        Ok(rooms
            .into_iter()
            .map(|(room, membership)| {
                let unread = of(room.id);
                (room, membership, unread)
            })
            .collect())
    }

    /// The right to read and follow the room now, with what it was decided on and how many messages are unread.
    pub async fn admit(&self, actor: &Actor, room: RoomId) -> Result<(Permit<Read>, Room, Standing, u64)> {
        let (permit, room, standing) = self.context.permit(actor, Read, room).await?;
        let mut unread = 0;
        if standing.membership.is_some() {
            let counts = self.context.ports.store.queries().unread(actor.id(), &[room.id]).await?;
            unread = counts.first().map_or(0, |count| count.messages);
        }
        Ok((permit, room, standing, unread))
    }
}
