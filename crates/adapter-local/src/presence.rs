//! Who is there, in one process. Its node's lease is the life of the process, so renewing does nothing and sweeping
//! finds ended graces only.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;
use hallway_domain::ports::{Arrival, Departure, Entered, Presence, PresenceError};
use hallway_domain::{ConnectionId, RoomId, Timestamp, UserRef, Username};
use parking_lot::Mutex;
use time::Duration;

/// Bounded by what is connected: an entry is a connection in a room, and a grace is an entry that was.
#[derive(Default)]
pub struct LocalPresence {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rooms: HashMap<RoomId, BTreeMap<Username, Attendee>>,
    connections: HashMap<ConnectionId, HashMap<RoomId, Username>>,
    /// By when they end. Those that were cut short are skipped when their time comes.
    graces: BTreeMap<Timestamp, HashSet<(RoomId, Username)>>,
}

/// A user in a room.
struct Attendee {
    user: UserRef,
    connections: HashSet<ConnectionId>,
    /// Until then a lost connection still counts.
    grace: Option<Timestamp>,
}

impl LocalPresence {
    pub fn new() -> Self {
        Self::default()
    }
}

impl State {
    fn list(&self, room: RoomId) -> Vec<UserRef> {
        self.rooms.get(&room).into_iter().flat_map(BTreeMap::values).map(|attendee| attendee.user.clone()).collect()
    }

    /// Removes the user from the room if nothing keeps them there.
    fn depart(&mut self, room: RoomId, username: &Username) -> Option<Departure> {
        let users = self.rooms.get_mut(&room)?;
        let attendee = users.get(username)?;
        if !attendee.connections.is_empty() || attendee.grace.is_some() {
            return None;
        }
        let attendee = users.remove(username)?;
        if users.is_empty() {
            self.rooms.remove(&room);
        }
        Some(Departure { room, user: attendee.user })
    }

    fn end_grace(&mut self, room: RoomId, username: &Username, due: Timestamp) {
        if let Some(set) = self.graces.get_mut(&due) {
            set.remove(&(room, username.clone()));
            if set.is_empty() {
                self.graces.remove(&due);
            }
        }
    }
}

#[async_trait]
impl Presence for LocalPresence {
    async fn enter(
        &self,
        room: RoomId,
        user: &UserRef,
        connection: ConnectionId,
        _now: Timestamp,
    ) -> Result<Entered, PresenceError> {
        let mut state = self.state.lock();
        let users = state.rooms.entry(room).or_default();
        let first = !users.contains_key(&user.username);
        let attendee = users.entry(user.username.clone()).or_insert_with(|| Attendee {
            user: user.clone(),
            connections: HashSet::new(),
            grace: None,
        });
        attendee.connections.insert(connection);
        if let Some(due) = attendee.grace.take() {
            state.end_grace(room, &user.username, due);
        }
        state.connections.entry(connection).or_default().insert(room, user.username.clone());
        Ok(Entered { first, users: state.list(room) })
    }

    async fn leave(
        &self,
        room: RoomId,
        user: &UserRef,
        connection: ConnectionId,
    ) -> Result<Option<Departure>, PresenceError> {
        let mut state = self.state.lock();
        let Some(rooms) = state.connections.get_mut(&connection) else { return Ok(None) };
        if rooms.remove(&room).is_none() {
            return Ok(None);
        }
        if rooms.is_empty() {
            state.connections.remove(&connection);
        }
        if let Some(attendee) = state.rooms.get_mut(&room).and_then(|users| users.get_mut(&user.username)) {
            attendee.connections.remove(&connection);
        }
        Ok(state.depart(room, &user.username))
    }

    async fn lose(&self, connection: ConnectionId, now: Timestamp, grace: Duration) -> Result<(), PresenceError> {
        let mut state = self.state.lock();
        let due = now.saturating_add(grace);
        for (room, username) in state.connections.remove(&connection).unwrap_or_default() {
            let Some(attendee) = state.rooms.get_mut(&room).and_then(|users| users.get_mut(&username)) else {
                continue;
            };
            attendee.connections.remove(&connection);
            let before = attendee.grace;
            if before.is_some_and(|before| before >= due) {
                continue;
            }
            attendee.grace = Some(due);
            if let Some(before) = before {
                state.end_grace(room, &username, before);
            }
            state.graces.entry(due).or_default().insert((room, username));
        }
        Ok(())
    }

    async fn list(&self, room: RoomId) -> Result<Vec<UserRef>, PresenceError> {
        Ok(self.state.lock().list(room))
    }

    async fn occupied(&self, rooms: &[RoomId]) -> Result<Vec<RoomId>, PresenceError> {
        let state = self.state.lock();
        Ok(rooms.iter().copied().filter(|room| state.rooms.contains_key(room)).collect())
    }

    async fn renew(&self, _now: Timestamp) -> Result<Vec<Arrival>, PresenceError> {
        Ok(Vec::new())
    }

    async fn sweep(&self, now: Timestamp) -> Result<Vec<Departure>, PresenceError> {
        let mut state = self.state.lock();
        let mut departures = Vec::new();
        while let Some(due) = state.graces.first_entry().filter(|due| *due.key() <= now) {
            for (room, username) in due.remove() {
                if let Some(attendee) = state.rooms.get_mut(&room).and_then(|users| users.get_mut(&username)) {
                    attendee.grace = None;
                }
                departures.extend(state.depart(room, &username));
            }
        }
        Ok(departures)
    }
}

#[cfg(test)]
mod tests {
    use hallway_domain::UserId;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn nothing_is_left_behind() {
        let presence = LocalPresence::new();
        let user = UserRef { id: UserId(1), username: Username::from_stored("ann".into()) };
        let now = Timestamp::UNIX_EPOCH;
        for n in 0..10 {
            let connection = ConnectionId(Uuid::from_u128(n));
            for room in 0..5 {
                presence.enter(RoomId(room), &user, connection, now).await.unwrap();
            }
            presence.leave(RoomId(0), &user, connection).await.unwrap();
            presence.lose(connection, now, Duration::seconds(2)).await.unwrap();
        }
        assert_eq!(presence.sweep(now + Duration::seconds(2)).await.unwrap().len(), 4);
        let state = presence.state.lock();
        assert!(state.rooms.is_empty() && state.connections.is_empty() && state.graces.is_empty());
    }
}
