//! From events and signals to mailboxes: encoded once per dialect (and side of a direct conversation), the bytes
//! shared.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::{Bytes, BytesMut};
use hallway_domain::{ConnectionId, Disconnect, Event, Fact, RoomHead, RoomId, Signal, SignalKind, UserId};

use super::crowd::{concerns, is_mark};
use super::present::{is_empty, to_oneself};
use super::right::divides;
use super::{Cursor, Cut, Side, Stage, TopicState, Watcher};
use crate::{CoalesceKey, ConnectionInfo, Dialect, Encoder, RoomLabel, meter};

/// One thing in every dialect that somebody reads, and for each side of a direct conversation.
pub(super) struct Encodings<'a, F> {
    done: Vec<((Dialect, Side), Bytes)>,
    cursor: &'a Cursor,
    encode: F,
}

impl<'a, F: Fn(Dialect, &RoomLabel) -> Bytes> Encodings<'a, F> {
    pub(super) const fn new(cursor: &'a Cursor, encode: F) -> Self {
        Self { done: Vec::new(), cursor, encode }
    }

    pub(super) fn get(&mut self, reader: &ConnectionInfo) -> Bytes {
        let (side, label) = self.cursor.label_for(reader.user.id);
        let view = (reader.dialect, side);
        if let Some((_, bytes)) = self.done.iter().find(|(done, _)| *done == view) {
            return bytes.clone();
        }
        let bytes = (self.encode)(reader.dialect, label);
        self.done.push((view, bytes.clone()));
        bytes
    }
}

/// The frames of a run as one piece.
fn encode_run(encoder: &dyn Encoder, dialect: Dialect, label: &RoomLabel, run: &[Event]) -> Bytes {
    if let [event] = run {
        return encoder.event(dialect, label, event);
    }
    let mut frames = BytesMut::new();
    for event in run {
        frames.extend_from_slice(&encoder.event(dialect, label, event));
    }
    frames.freeze()
}

const fn renames(event: &Event) -> bool {
    matches!(event.fact, Fact::RoomUpdated { name: Some(_), .. })
}

/// Names a coalescing frame within a mailbox.
pub(super) fn key(room: RoomId, kind: u8, user: Option<UserId>) -> CoalesceKey {
    let mut hasher = DefaultHasher::new();
    (room, kind, user).hash(&mut hasher);
    hasher.finish()
}

pub(super) const ACTIVITY: u8 = 3;

/// How a signal waits. None: it must arrive. A list of who is there is right only with every difference applied, so
/// those are never dropped: a reader for whom they are too many is disconnected, and gets the whole list on its return.
pub(super) fn coalesce_key(signal: &Signal) -> Option<CoalesceKey> {
    let (kind, user) = match &signal.kind {
        SignalKind::PresenceChanged { .. } | SignalKind::Receipts { .. } | SignalKind::UserCreated { .. } => {
            return None;
        }
        // Told in every room that is shared, and the same in each.
        SignalKind::Online { user, .. } => return Some(key(RoomId::EVERYWHERE, 4, Some(user.id))),
        SignalKind::Typing { user, .. } => (0, user),
        SignalKind::Read { user, .. } => (1, user),
        SignalKind::Delivered { user, .. } => (2, user),
        SignalKind::MarkedUnread { user, .. } => return Some(key(signal.room, 10, Some(*user))),
        SignalKind::ReportsWaiting { user, .. } => return Some(key(signal.room, 12, Some(*user))),
        SignalKind::NotifyChanged { user, .. } => return Some(key(signal.room, 11, Some(*user))),
        // Those are told to users, not in rooms.
        SignalKind::Call { .. } => return None,
    };
    Some(key(signal.room, kind, Some(user.id)))
}

impl TopicState {
    /// Most events that wait for the head to be known.
    const EARLY: usize = Cursor::PENDING;

    /// The room is followed, and this is where its log stands.
    pub(crate) fn start(&mut self, head: &RoomHead, encoder: &dyn Encoder) {
        let mut cursor = Cursor::new(head);
        if self.early.len() >= Self::EARLY {
            cursor.doubt();
        }
        self.cursor = Some(cursor);
        let early = std::mem::take(&mut self.early);
        self.take_in(early, encoder);
    }

    /// Events from the bus.
    pub(crate) fn take_in(&mut self, events: Vec<Event>, encoder: &dyn Encoder) {
        let Some(cursor) = &mut self.cursor else {
            let room_for = Self::EARLY - self.early.len();
            self.early.extend(events.into_iter().take(room_for));
            return;
        };
        let mut run = Vec::with_capacity(events.len());
        for event in events {
            cursor.accept(event, &mut run);
        }
        self.forward(&run, encoder);
    }

    /// Events from the log; how many of them were news.
    pub(crate) fn replay(&mut self, events: Vec<Event>, encoder: &dyn Encoder) -> Result<usize, Cut> {
        let Some(cursor) = &mut self.cursor else { return Ok(0) };
        let mut run = Vec::with_capacity(events.len());
        let mut outcome = Ok(());
        for event in events {
            outcome = outcome.and_then(|()| cursor.accept_logged(event, &mut run));
        }
        self.forward(&run, encoder);
        outcome.map(|()| run.len())
    }

    /// Hands a run of the log to everybody. A new name labels the events after the one that brought it, and whoever
    /// an event takes the room from gets none after it.
    fn forward(&mut self, run: &[Event], encoder: &dyn Encoder) {
        for run in run.split_inclusive(|event| renames(event) || divides(event)) {
            self.fan_out(run, encoder);
            self.count_unread(run, encoder);
            let Some(cursor) = &mut self.cursor else { return };
            cursor.relabel(run);
            let room = cursor.label().room;
            self.heed(room, run, encoder);
        }
    }

    fn fan_out(&mut self, run: &[Event], encoder: &dyn Encoder) {
        let Some(cursor) = &self.cursor else { return };
        let mut encodings = Encodings::new(cursor, |dialect, label| encode_run(encoder, dialect, label, run));
        let room = cursor.label().room;
        let mut overflowed = Vec::new();
        let mut live = 0;
        for (id, subscriber) in &mut self.subscribers {
            let frames = encodings.get(&subscriber.connection.info);
            if frames.is_empty() {
                continue;
            }
            match &mut subscriber.stage {
                Stage::Live => {
                    subscriber.connection.push(frames);
                    live += 1;
                }
                Stage::Reserved(gathered) | Stage::Open(gathered) => {
                    if !gathered.push(frames, self.gather_bytes) {
                        overflowed.push(*id);
                    }
                }
            }
        }
        meter::delivered(run.len(), live);
        self.end_slow(&overflowed, room, encoder);
    }

    /// Something ephemeral. Whoever still gathers gets only what changes the list of who is there.
    pub(crate) fn signal(&mut self, signal: &Signal, encoder: &dyn Encoder) {
        self.note_presence(signal);
        if let Some(user) = signal.kind.only_for() {
            return self.signal_own(user, signal, encoder);
        }
        let Some(cursor) = &self.cursor else { return };
        let key = coalesce_key(signal);
        let is_for_few = is_mark(signal) && self.is_crowd();
        let mut encodings = Encodings::new(cursor, |dialect, label| encoder.signal(dialect, label, signal));
        let mut overflowed = Vec::new();
        for (id, subscriber) in &mut self.subscribers {
            if signal.except == Some(*id) {
                continue;
            }
            let connection = &subscriber.connection;
            let own = &connection.info;
            if is_for_few && !concerns(signal, own.user.id) {
                continue;
            }
            let frames = match to_oneself(signal, own.user.id) {
                Some(rest) if is_empty(&rest) => continue,
                Some(rest) => encoder.signal(own.dialect, cursor.label_for(own.user.id).1, &rest),
                None => encodings.get(own),
            };
            match (&mut subscriber.stage, key) {
                (Stage::Live, Some(key)) => connection.mailbox.push_ephemeral(key, frames),
                (Stage::Live, None) => drop(connection.push(frames)),
                (Stage::Reserved(_) | Stage::Open(_), Some(_)) => {}
                (Stage::Reserved(gathered) | Stage::Open(gathered), None) => {
                    if !gathered.push(frames, self.gather_bytes) {
                        overflowed.push(*id);
                    }
                }
            }
        }
        if let (SignalKind::Online { .. }, Some(key)) = (&signal.kind, key) {
            let only_watch = self.watchers.iter().filter(|(id, _)| !self.subscribers.contains_key(id));
            for (_, watcher) in only_watch {
                watcher.connection.mailbox.push_ephemeral(key, encodings.get(&watcher.connection.info));
            }
        }
        self.end_slow(&overflowed, signal.room, encoder);
        if let SignalKind::Read { user, seq } = &signal.kind {
            self.note_read(user.id, *seq, encoder);
        }
    }

    /// More gathered than fits: these take too long to go live.
    pub(super) fn end_slow(&mut self, ids: &[ConnectionId], room: RoomId, encoder: &dyn Encoder) {
        for id in ids {
            if let Some(subscriber) = self.unsubscribe(room, *id, None) {
                meter::slow_disconnect();
                subscriber.connection.close(Disconnect::TooSlow, encoder);
            }
        }
    }

    /// The log cannot be continued: whoever follows it is disconnected with a reason that says resume, and is then
    /// told of the reset. Nothing is skipped in silence.
    pub(crate) fn restart(&mut self, head: &RoomHead, encoder: &dyn Encoder) {
        let room = head.room;
        meter::reset();
        tracing::warn!(room.id = room.0, "the log of room {room} cannot be continued: its connections have to resume");
        for id in self.subscribers.keys().copied().collect::<Vec<_>>() {
            if let Some(subscriber) = self.unsubscribe(room, id, None) {
                subscriber.connection.close(Disconnect::Internal, encoder);
            }
        }
        if self.cursor.as_ref().is_some_and(|cursor| cursor.label().epoch != head.epoch) {
            self.watchers.values_mut().for_each(Watcher::restart);
        }
        self.cursor = Some(Cursor::new(head));
    }
}
