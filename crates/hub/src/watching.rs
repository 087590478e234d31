//! Watching rooms that one is a member of but has not joined.

use std::collections::HashMap;
use std::sync::Arc;

use hallway_domain::ports::StoreResult;
use hallway_domain::{ConnectionId, RoomId, Seq, UserId};

use crate::connections::Connection;
use crate::following::Pin;
use crate::topic::Topic;
use crate::{Hub, HubError};

/// Most memberships that are looked at for one connection.
const MEMBERSHIPS: u32 = 10_000;
/// Most rooms that are followed before their heads are read.
const PAGE: usize = 100;

impl Hub {
    /// Begins to tell the connection of activity in a room that it has not joined; `unread` is the count so far.
    /// Looks at the membership after it has begun, so that a kick in between cannot be missed.
    ///
    /// # Errors
    /// [`HubError::Revoked`] when the user is not a member, or banned.
    pub async fn watch(self: &Arc<Self>, id: ConnectionId, room: RoomId, unread: u64) -> Result<(), HubError> {
        let connection = self.connection(id).ok_or(HubError::Closed)?;
        connection.check_open()?;
        let pin = self.pin(room);
        self.ready(&pin.topic).await?;
        let token = pin.topic.watch(&connection, unread, self.deps.settings.rooms_per_connection)?;
        let outcome = match self.membership(room, connection.info.user.id).await {
            Ok(as_of) => confirm(&pin.topic, id, token, as_of),
            Err(error) => Err(error.into()),
        };
        if outcome.is_err() {
            self.cancel(&pin.topic, id, token);
        }
        outcome
    }

    /// [`Hub::watch`] for many rooms with one look at their heads and one at the memberships. Rooms beyond the limit,
    /// gone ones and those that the user is not a member of are left out; how many are watched.
    pub async fn watch_all(self: &Arc<Self>, id: ConnectionId, rooms: &[(RoomId, u64)]) -> Result<usize, HubError> {
        let connection = self.connection(id).ok_or(HubError::Closed)?;
        let mut begun = Vec::new();
        let outcome = self.begin_watches(&connection, rooms, &mut begun).await;
        let memberships = self.deps.store.queries();
        let memberships = memberships.rooms_of(connection.info.user.id, self.deps.clock.now(), MEMBERSHIPS).await;
        let (as_of, outcome) = match memberships {
            Ok(memberships) => (memberships.iter().map(|(room, _)| (room.id, room.last_seq)).collect(), outcome),
            Err(error) => (HashMap::new(), outcome.and(Err(error.into()))),
        };
        let mut kept = 0;
        for (pin, token) in begun {
            match confirm(&pin.topic, id, token, as_of.get(&pin.topic.room).copied()) {
                Ok(()) => kept += 1,
                Err(_) => self.cancel(&pin.topic, id, token),
            }
        }
        outcome.map(|()| kept)
    }

    /// Ends a watch.
    pub fn unwatch(&self, id: ConnectionId, room: RoomId) {
        let Some(topic) = self.topic(room) else { return };
        topic.state.lock().unwatch(room, id);
        self.release(&topic);
    }

    async fn begin_watches<'a>(
        &'a self,
        connection: &Arc<Connection>,
        rooms: &[(RoomId, u64)],
        begun: &mut Vec<(Pin<'a>, u64)>,
    ) -> Result<(), HubError> {
        for page in rooms.chunks(PAGE) {
            connection.check_open()?;
            let pins: Vec<_> = page.iter().map(|(room, _)| self.pin(*room)).collect();
            self.ready_all(&pins.iter().map(|pin| (pin.topic.room, Arc::clone(&pin.topic))).collect()).await?;
            for (pin, (_, unread)) in pins.into_iter().zip(page) {
                match pin.topic.watch(connection, *unread, self.deps.settings.rooms_per_connection) {
                    Ok(token) => begun.push((pin, token)),
                    Err(HubError::Revoked) => {}
                    Err(HubError::TooManyRooms) => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Up to where the log was known when the user was found to be a member; none for others.
    async fn membership(&self, room: RoomId, user: UserId) -> StoreResult<Option<Seq>> {
        let queries = self.deps.store.queries();
        let heads = queries.heads(&[room]).await?;
        let standing = queries.standing(room, user, self.deps.clock.now()).await?;
        let is_member = standing.membership.is_some() && standing.ban.is_none();
        Ok(heads.first().filter(|_| is_member).map(|head| head.seq))
    }

    fn cancel(&self, topic: &Arc<Topic>, id: ConnectionId, token: u64) {
        {
            let mut state = topic.state.lock();
            if state.watcher(id, token).is_some() {
                state.unwatch(topic.room, id);
            }
        }
        self.release(topic);
    }
}

fn confirm(topic: &Topic, id: ConnectionId, token: u64, as_of: Option<Seq>) -> Result<(), HubError> {
    let mut state = topic.state.lock();
    // A watch that was taken away since, or begun anew, is not this one's to judge.
    let Some(watcher) = state.watcher(id, token) else { return Ok(()) };
    if as_of.is_some_and(|as_of| watcher.right.give(as_of)) { Ok(()) } else { Err(HubError::Revoked) }
}
