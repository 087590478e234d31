//! Who is connected to this node.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use hallway_domain::{ConnectionId, Disconnect, RoomId, RoomLoss, SessionId, UserId};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::mailbox::Offered;
use crate::topic::Topic;
use crate::{ConnectionInfo, Encoder, HubError, Mailbox, Notice};

pub(crate) struct Connection {
    pub(crate) info: ConnectionInfo,
    pub(crate) mailbox: Arc<Mailbox>,
    notices: mpsc::Sender<Notice>,
    rooms: Mutex<Rooms>,
}

#[derive(Default)]
struct Rooms {
    /// Disconnected: takes no more rooms.
    gone: bool,
    joined: HashMap<RoomId, Arc<Topic>>,
    watched: HashMap<RoomId, Arc<Topic>>,
}

impl Connection {
    pub(crate) fn new(info: ConnectionInfo, mailbox: Arc<Mailbox>, notices: mpsc::Sender<Notice>) -> Self {
        Self { info, mailbox, notices, rooms: Mutex::default() }
    }

    /// Frames that must arrive.
    pub(crate) fn push(&self, frames: Bytes) -> Offered {
        let outcome = self.mailbox.offer(frames);
        if outcome == Offered::Overflowed {
            self.tell(Notice::Closed(Disconnect::TooSlow));
        }
        outcome
    }

    pub(crate) fn close(&self, why: Disconnect, encoder: &dyn Encoder) {
        if self.mailbox.end(why, encoder.close(self.info.dialect, why)) {
            self.tell(Notice::Closed(why));
        }
    }

    pub(crate) fn lose(&self, room: RoomId, why: RoomLoss, frame: Bytes) {
        self.push(frame);
        self.notify(Notice::Lost { room, why });
    }

    /// A task that lets its notices pile up does not work any more: its connection is closed.
    pub(crate) fn notify(&self, notice: Notice) {
        if matches!(self.notices.try_send(notice), Err(mpsc::error::TrySendError::Full(_))) {
            self.mailbox.end_too_slow();
        }
    }

    /// That it is closed is in the mailbox too, so this notice may be lost.
    fn tell(&self, notice: Notice) {
        let _ = self.notices.try_send(notice);
    }

    pub(crate) fn check_open(&self) -> Result<(), HubError> {
        if self.mailbox.closed().is_some() || self.rooms.lock().gone { Err(HubError::Closed) } else { Ok(()) }
    }

    /// Notes that it subscribes to the topic. Called under the lock of the topic's state.
    pub(crate) fn enter(&self, topic: &Arc<Topic>, max: usize) -> Result<(), HubError> {
        let mut rooms = self.rooms.lock();
        if rooms.gone {
            return Err(HubError::Closed);
        }
        insert(&mut rooms.joined, topic, max)
    }

    pub(crate) fn exit(&self, room: RoomId) {
        self.rooms.lock().joined.remove(&room);
    }

    /// Notes that it watches the topic. Called under the lock of the topic's state.
    pub(crate) fn begin_watch(&self, topic: &Arc<Topic>, max: usize) -> Result<(), HubError> {
        let mut rooms = self.rooms.lock();
        if rooms.gone {
            return Err(HubError::Closed);
        }
        insert(&mut rooms.watched, topic, max)
    }

    pub(crate) fn end_watch(&self, room: RoomId) {
        self.rooms.lock().watched.remove(&room);
    }

    /// Takes no more rooms from now on; which ones it had.
    pub(crate) fn leave_all(&self) -> Vec<Arc<Topic>> {
        let rooms = {
            let mut rooms = self.rooms.lock();
            std::mem::replace(&mut *rooms, Rooms { gone: true, ..Rooms::default() })
        };
        let mut topics = rooms.joined;
        topics.extend(rooms.watched);
        topics.into_values().collect()
    }

    pub(crate) fn joined(&self) -> Vec<Arc<Topic>> {
        self.rooms.lock().joined.values().map(Arc::clone).collect()
    }

    pub(crate) fn topic(&self, room: RoomId) -> Option<Arc<Topic>> {
        self.rooms.lock().joined.get(&room).map(Arc::clone)
    }

    /// Which of the rooms it neither has joined nor watches; none where it has no place for more.
    pub(crate) fn unknown(&self, rooms: &[RoomId], most: usize) -> Vec<RoomId> {
        let known = self.rooms.lock();
        if known.gone || known.joined.len() >= most || known.watched.len() >= most {
            return Vec::new();
        }
        let is_known = |room: &RoomId| known.joined.contains_key(room) || known.watched.contains_key(room);
        rooms.iter().copied().filter(|room| !is_known(room)).collect()
    }

    pub(crate) fn watched(&self) -> Vec<Arc<Topic>> {
        self.rooms.lock().watched.values().map(Arc::clone).collect()
    }
}

fn insert(rooms: &mut HashMap<RoomId, Arc<Topic>>, topic: &Arc<Topic>, max: usize) -> Result<(), HubError> {
    if !rooms.contains_key(&topic.room) && rooms.len() >= max {
        return Err(HubError::TooManyRooms);
    }
    rooms.insert(topic.room, Arc::clone(topic));
    Ok(())
}

/// Connections by what they are looked up by.
#[derive(Default)]
pub(crate) struct Connections {
    ids: HashMap<ConnectionId, Arc<Connection>>,
    users: HashMap<UserId, HashSet<ConnectionId>>,
    sessions: HashMap<SessionId, HashSet<ConnectionId>>,
}

impl Connections {
    pub(crate) fn insert(&mut self, connection: Arc<Connection>, most: usize, per_user: usize) -> Result<(), HubError> {
        let info = &connection.info;
        let of_user = self.users.get(&info.user.id).map_or(0, HashSet::len);
        if self.ids.len() >= most || of_user >= per_user {
            return Err(HubError::TooManyConnections);
        }
        if self.ids.contains_key(&info.id) {
            return Err(HubError::Closed);
        }
        self.users.entry(info.user.id).or_default().insert(info.id);
        self.sessions.entry(info.session).or_default().insert(info.id);
        self.ids.insert(info.id, connection);
        Ok(())
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Arc<Connection>> {
        let connection = self.ids.remove(&id)?;
        drop_index(&mut self.users, connection.info.user.id, id);
        drop_index(&mut self.sessions, connection.info.session, id);
        Some(connection)
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.ids.get(&id).map(Arc::clone)
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.ids.values().map(Arc::clone).collect()
    }

    pub(crate) fn of_user(&self, user: UserId) -> Vec<Arc<Connection>> {
        self.users.get(&user).into_iter().flatten().filter_map(|id| self.get(*id)).collect()
    }

    pub(crate) fn of_session(&self, session: SessionId) -> Vec<Arc<Connection>> {
        self.sessions.get(&session).into_iter().flatten().filter_map(|id| self.get(*id)).collect()
    }

    pub(crate) fn users(&self) -> Vec<UserId> {
        self.users.keys().copied().collect()
    }

    pub(crate) fn sessions(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }

    pub(crate) fn check_invariants(&self) {
        let indexed = |index: usize| assert_eq!(index, self.ids.len(), "an index of connections is out of step");
        indexed(self.users.values().map(HashSet::len).sum());
        indexed(self.sessions.values().map(HashSet::len).sum());
        for (id, connection) in &self.ids {
            let info = &connection.info;
            assert_eq!(*id, info.id);
            assert!(self.users[&info.user.id].contains(id), "{id} is not among its user's");
            assert!(self.sessions[&info.session].contains(id), "{id} is not among its session's");
        }
    }
}

fn drop_index<K: std::hash::Hash + Eq>(index: &mut HashMap<K, HashSet<ConnectionId>>, key: K, id: ConnectionId) {
    if let std::collections::hash_map::Entry::Occupied(mut entry) = index.entry(key) {
        entry.get_mut().remove(&id);
        if entry.get().is_empty() {
            entry.remove();
        }
    }
}
