//! Looking at rooms.

use hallway_domain::policy::{Permit, Read};
use hallway_domain::ports::{RoomFilter, RoomSummary};
use hallway_domain::{Actor, Membership, Page, PageRequest, Room, RoomId, RoomName, Standing, Timestamp};

use super::Rooms;
use crate::{Missing, Result, Unread};

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

    /// The caller's rooms, for a connection that wants to hear of activity in them.
    pub async fn mine(&self, actor: &Actor) -> Result<Vec<(Room, Membership)>> {
        Ok(self.context.ports.store.queries().rooms_of(actor.id(), self.context.now(), MINE).await?)
    }

    /// When somebody of this standing may write again, as far as slow mode goes; none: now.
    pub async fn next_message_at(&self, room: &Room, standing: &Standing) -> Result<Option<Timestamp>> {
        let Some(membership) = &standing.membership else { return Ok(None) };
        if room.slow_mode_seconds == 0 || membership.role.moderates() {
            return Ok(None);
        }
        let last = self.context.ports.store.queries().last_sent(room.id, membership.user).await?;
        Ok(room.slow_until(membership.role, last, self.context.now()))
    }

    /// The right to read and follow the room now, with what it was decided on.
    pub async fn permit(&self, actor: &Actor, room: RoomId) -> Result<(Permit<Read>, Room, Standing)> {
        self.context.permit(actor, Read, room).await
    }

    /// [`Rooms::permit`], with what is unread.
    pub async fn admit(&self, actor: &Actor, room: RoomId) -> Result<(Permit<Read>, Room, Standing, Unread)> {
        let (permit, room, standing) = self.context.permit(actor, Read, room).await?;
        let mut unread = Unread::default();
        if let Some(membership) = &standing.membership {
            let counts = self.context.ports.store.queries().unread(actor.id(), &[room.id]).await?;
            let (messages, mentions) = counts.first().map_or((0, 0), |count| (count.messages, count.mentions));
            unread = Unread { read: membership.last_read, messages, mentions };
        }
        Ok((permit, room, standing, unread))
    }
}
