//! Watching rooms that one is a member of but has not joined.

use std::collections::HashSet;
use std::sync::Arc;

use hallway_domain::{ConnectionId, RoomId};

use crate::connections::Connection;
use crate::{Hub, HubError};

/// Most memberships that are looked at for one connection.
const MEMBERSHIPS: u32 = 10_000;

impl Hub {
    /// Begins to tell the connection of activity in a room that it has not joined; `unread` is the count so far.
    /// Looks at the membership after it has begun, so that a kick in between cannot be missed.
    ///
    /// # Errors
    /// [`HubError::Revoked`] when the user is not a member, or banned.
    pub async fn watch(self: &Arc<Self>, id: ConnectionId, room: RoomId, unread: u64) -> Result<(), HubError> {
        let connection = self.connection(id).ok_or(HubError::Closed)?;
        self.begin_watch(&connection, room, unread).await?;
        let standing = self.deps.store.queries().standing(room, connection.info.user.id, self.deps.clock.now()).await;
        let refusal = match standing {
            Ok(standing) if standing.membership.is_some() && standing.ban.is_none() => return Ok(()),
            Ok(_) => HubError::Revoked,
            Err(error) => error.into(),
        };
        self.unwatch(id, room);
        Err(refusal)
    }

    /// [`Hub::watch`] for many rooms with one look at the memberships. Rooms beyond the limit, gone ones and those that
    /// the user is not a member of are left out; how many are watched.
    pub async fn watch_all(self: &Arc<Self>, id: ConnectionId, rooms: &[(RoomId, u64)]) -> Result<usize, HubError> {
        let connection = self.connection(id).ok_or(HubError::Closed)?;
        let mut begun = Vec::new();
        for (room, unread) in rooms {
            match self.begin_watch(&connection, *room, *unread).await {
                Ok(()) => begun.push(*room),
                Err(HubError::Revoked) => {}
                Err(HubError::TooManyRooms) => break,
                Err(error) => return Err(error),
            }
        }
        let memberships = self.deps.store.queries();
        let memberships = memberships.rooms_of(connection.info.user.id, self.deps.clock.now(), MEMBERSHIPS).await;
        let (member_of, outcome) = match memberships {
            Ok(memberships) => (memberships.iter().map(|(room, _)| room.id).collect::<HashSet<_>>(), Ok(())),
            Err(error) => (HashSet::new(), Err(error.into())),
        };
        let (kept, refused): (Vec<_>, Vec<_>) = begun.into_iter().partition(|room| member_of.contains(room));
        for room in refused {
            self.unwatch(id, room);
        }
        outcome.map(|()| kept.len())
    }

    /// Ends a watch.
    pub fn unwatch(&self, id: ConnectionId, room: RoomId) {
        let Some(topic) = self.topic(room) else { return };
        topic.state.lock().unwatch(room, id);
        self.release(&topic);
    }

    async fn begin_watch(&self, connection: &Arc<Connection>, room: RoomId, unread: u64) -> Result<(), HubError> {
        connection.check_open()?;
        let pin = self.pin(room);
        self.ready(&pin.topic).await?;
        pin.topic.watch(connection, unread, self.deps.settings.rooms_per_connection)
    }
}
