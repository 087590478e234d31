//! A followed room on this node: its cursor, and who hears of it.

mod crowd;
mod cursor;
mod fanout;
mod own;
mod present;
mod right;
mod watcher;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use hallway_domain::{ConnectionId, Event, RoomHead, RoomId, RoomLoss, UserId};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub(crate) use self::cursor::{Cursor, Cut, RoomItem, Side};
pub(crate) use self::right::Right;
pub(crate) use self::watcher::Watcher;
use crate::connections::Connection;
use crate::{ConnectionInfo, Encoder, HubError, HubSettings};

/// What the bus was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    No,
    /// Asked, without an answer.
    Unsure,
    Yes,
}

/// Locks are taken in the order `following`, topics of the hub, `state`, rooms of a connection; `following` alone is
/// held over an await.
pub(crate) struct Topic {
    pub(crate) room: RoomId,
    /// Cancelled once the topic is out of the hub: nobody waits for a repair any more.
    pub(crate) gone: CancellationToken,
    /// One follow or unfollow at a time.
    pub(crate) following: tokio::sync::Mutex<Followed>,
    pub(crate) state: Mutex<TopicState>,
    /// A repair has ended.
    pub(crate) repaired: Notify,
}

#[expect(clippy::struct_excessive_bools, reason = "each is about something else")]
pub(crate) struct TopicState {
    /// None until the room is followed and its head is read.
    pub(crate) cursor: Option<Cursor>,
    /// What arrives before the head is known.
    early: Vec<Event>,
    pub(crate) subscribers: HashMap<ConnectionId, Subscriber>,
    pub(crate) watchers: HashMap<ConnectionId, Watcher>,
    /// Whoever is about to subscribe or watch.
    pub(crate) pins: usize,
    pub(crate) repairing: bool,
    /// Somebody is counting anew.
    recounting: bool,
    /// Somebody here may not read any more: to be looked up.
    suspect: bool,
    pub(crate) retiring: bool,
    next_token: u64,
    /// Set while it is being asked who is there.
    heard: Option<present::Heard>,
    /// Most bytes that gather for one subscriber.
    gather_bytes: usize,
    /// See [`HubSettings::crowd`].
    crowd: usize,
}

pub(crate) struct Subscriber {
    pub(crate) connection: Arc<Connection>,
    /// Tells one subscription of a connection from the next one.
    pub(crate) token: u64,
    pub(crate) stage: Stage,
    pub(crate) right: Right,
}

pub(crate) enum Stage {
    /// Not admitted yet: must not even learn that the room exists.
    Reserved(Gathered),
    Open(Gathered),
    Live,
}

/// A connection's subscription or watch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) user: UserId,
    pub(crate) connection: ConnectionId,
    token: u64,
    pub(crate) watches: bool,
}

/// Frames that wait for a subscription to go live.
#[derive(Default)]
pub(crate) struct Gathered {
    frames: Vec<Bytes>,
    bytes: usize,
}

impl Gathered {
    /// False when they are too many.
    fn push(&mut self, frames: Bytes, max: usize) -> bool {
        self.bytes += frames.len();
        self.frames.push(frames);
        self.bytes <= max
    }

    pub(crate) fn concat(&self, last: &Bytes) -> Bytes {
        let mut all = BytesMut::with_capacity(self.bytes + last.len());
        for frames in &self.frames {
            all.extend_from_slice(frames);
        }
        all.extend_from_slice(last);
        all.freeze()
    }
}

impl Topic {
    pub(crate) fn new(room: RoomId, settings: &HubSettings) -> Self {
        Self {
            room,
            gone: CancellationToken::new(),
            repaired: Notify::new(),
            following: tokio::sync::Mutex::new(Followed::No),
            state: Mutex::new(TopicState {
                cursor: None,
                early: Vec::new(),
                subscribers: HashMap::new(),
                watchers: HashMap::new(),
                pins: 0,
                repairing: false,
                recounting: false,
                suspect: false,
                retiring: false,
                next_token: 0,
                heard: None,
                gather_bytes: settings.reservation_bytes,
                crowd: settings.crowd,
            }),
        }
    }

    /// Begins to gather for a connection, anew if it has the room already.
    pub(crate) fn gather(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        max_rooms: usize,
    ) -> Result<(u64, RoomHead), HubError> {
        let mut state = self.state.lock();
        let Some(cursor) = &state.cursor else { return Err(HubError::Revoked) };
        let label = cursor.label().clone();
        let head =
            RoomHead { room: self.room, name: label.name, peers: label.peers, epoch: label.epoch, seq: cursor.head() };
        connection.enter(self, max_rooms)?;
        state.next_token += 1;
        let token = state.next_token;
        let connection = Arc::clone(connection);
        let (gathered, right) = (Gathered::default(), Right::default());
        let reserved = Subscriber { token, stage: Stage::Reserved(gathered), connection, right };
        state.subscribers.insert(reserved.connection.info.id, reserved);
        Ok((token, head))
    }

    /// Begins to watch for a connection, anew if it watches already; the token of the watch.
    pub(crate) fn watch(self: &Arc<Self>, connection: &Arc<Connection>, max_rooms: usize) -> Result<u64, HubError> {
        let mut state = self.state.lock();
        if state.cursor.is_none() {
            return Err(HubError::Revoked);
        }
        connection.begin_watch(self, max_rooms)?;
        state.next_token += 1;
        let (id, token) = (connection.info.id, state.next_token);
        let watcher = Watcher::new(Arc::clone(connection), token, state.watchers.get(&id));
        state.watchers.insert(id, watcher);
        Ok(token)
    }
}

impl TopicState {
    pub(crate) fn in_use(&self) -> bool {
        self.pins > 0 || !self.subscribers.is_empty() || !self.watchers.is_empty()
    }

    /// Whether the caller is to start a repair: there is need for one, and none is at it.
    pub(crate) fn claim_repair(&mut self) -> bool {
        let needed = !self.repairing && self.cursor.as_ref().is_some_and(Cursor::is_behind);
        self.repairing |= needed;
        needed
    }

    /// The subscriber of `token`, if it is still there.
    pub(crate) fn subscriber(&mut self, id: ConnectionId, token: u64) -> Option<&mut Subscriber> {
        self.subscribers.get_mut(&id).filter(|subscriber| subscriber.token == token)
    }

    /// Ends a subscription; with a token only that one.
    pub(crate) fn unsubscribe(&mut self, room: RoomId, id: ConnectionId, token: Option<u64>) -> Option<Subscriber> {
        let found = self.subscribers.get(&id)?;
        if token.is_some_and(|token| token != found.token) {
            return None;
        }
        found.connection.exit(room);
        self.subscribers.remove(&id)
    }

    pub(crate) fn unwatch(&mut self, room: RoomId, id: ConnectionId) -> Option<Watcher> {
        let watcher = self.watchers.remove(&id)?;
        watcher.connection.end_watch(room);
        Some(watcher)
    }

    /// The watch of `token`, if it is still there.
    pub(crate) fn watcher(&mut self, id: ConnectionId, token: u64) -> Option<&mut Watcher> {
        self.watchers.get_mut(&id).filter(|watcher| watcher.token == token)
    }

    /// Takes the room away from a connection and tells it, unless it was not admitted yet.
    pub(crate) fn lose(&mut self, room: RoomId, id: ConnectionId, why: RoomLoss, encoder: &dyn Encoder) {
        let subscriber = self.unsubscribe(room, id, None);
        let watcher = self.unwatch(room, id);
        let admitted = subscriber.filter(|it| !matches!(it.stage, Stage::Reserved(_))).map(|it| it.connection);
        let Some(connection) = admitted.or(watcher.map(|it| it.connection)) else { return };
        let ConnectionInfo { user, dialect, .. } = &connection.info;
        let frame = (self.cursor.as_ref()).map(|it| encoder.loss(*dialect, it.label_for(user.id).1, why));
        connection.lose(room, why, frame.unwrap_or_default());
    }

    /// Takes the room away from everybody.
    pub(crate) fn lose_all(&mut self, room: RoomId, why: RoomLoss, encoder: &dyn Encoder) {
        for id in self.connections() {
            self.lose(room, id, why, encoder);
        }
    }

    /// Who subscribes or watches.
    pub(crate) fn connections(&self) -> Vec<ConnectionId> {
        let watching = self.watchers.keys().filter(|id| !self.subscribers.contains_key(id));
        self.subscribers.keys().chain(watching).copied().collect()
    }

    /// Everybody who subscribes or watches.
    pub(crate) fn places(&self) -> Vec<Place> {
        let place = |connection: &Connection, token, watches| {
            let ConnectionInfo { id, user, .. } = &connection.info;
            Place { user: user.id, connection: *id, token, watches }
        };
        let subscribers = self.subscribers.values().map(|it| place(&it.connection, it.token, false));
        let watchers = self.watchers.values().map(|it| place(&it.connection, it.token, true));
        subscribers.chain(watchers).collect()
    }

    /// Whether somebody still has the place.
    pub(crate) fn is_taken(&mut self, place: &Place) -> bool {
        if place.watches {
            self.watcher(place.connection, place.token).is_some()
        } else {
            self.subscriber(place.connection, place.token).is_some()
        }
    }

    /// Forgets where the log stands: it has to be read again.
    pub(crate) fn stop(&mut self) {
        self.cursor = None;
        self.early = Vec::new();
    }
}
