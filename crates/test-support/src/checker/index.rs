//! The history, looked up in every way that the checks need. Built once.

use std::collections::{HashMap, HashSet};

use super::history::{Client, Entry, Event, Fact, History, Key, Kind, Moment, Room, Seq, Stored, Text, User};

pub(super) struct Index<'a> {
    /// By time; what happened at one moment to one client keeps its order.
    pub(super) entries: Vec<&'a Entry>,
    /// By client and room, in the client's order.
    pub(super) streams: HashMap<(Client, Room), Vec<&'a Entry>>,
    /// The first time that each was sent.
    pub(super) sends: HashMap<Key, Sent>,
    pub(super) log: HashMap<(Room, Seq), &'a Fact>,
    pub(super) stored: HashMap<Key, &'a Stored>,
    pub(super) heads: HashMap<Room, Seq>,
    /// Messages that were edited or removed: what is read from the database may show them as they are then.
    pub(super) touched: HashSet<i64>,
    rights: HashMap<(User, Room), Rights>,
}

#[derive(Clone, Copy)]
pub(super) struct Sent {
    pub(super) at: Moment,
    pub(super) user: User,
    pub(super) room: Room,
    pub(super) text: Text,
}

/// When somebody was certainly shut out of a room.
#[derive(Default)]
struct Rights {
    /// Each from the answer to a revocation to the moment in which the next grant was asked for.
    shut_out: Vec<Closed>,
    entitled_at_end: bool,
}

/// A time in which nothing may be seen.
#[derive(Clone, Copy)]
pub(super) struct Closed {
    /// None: there never was a right before.
    pub(super) since: Option<Moment>,
    until: Moment,
}

impl<'a> Index<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut entries: Vec<&Entry> = history.entries.iter().collect();
        entries.sort_by_key(|entry| entry.at);
        let mut index = Self {
            entries,
            streams: HashMap::new(),
            sends: HashMap::with_capacity(history.database.messages.len()),
            log: history.database.log.iter().map(|(room, fact)| ((*room, fact.seq), fact)).collect(),
            stored: HashMap::with_capacity(history.database.messages.len()),
            heads: history.database.heads.iter().copied().collect(),
            touched: (history.database.log.iter())
                .filter(|(_, fact)| matches!(fact.kind, Kind::Edited | Kind::Deleted))
                .map(|(_, fact)| fact.subject)
                .collect(),
            rights: HashMap::new(),
        };
        for stored in &history.database.messages {
            if let Some(key) = stored.fact.key {
                index.stored.entry(key).or_insert(stored);
            }
        }
        for at in 0..index.entries.len() {
            index.take(index.entries[at]);
        }
        index
    }

    fn take(&mut self, entry: &'a Entry) {
        let Entry { at, client, user, room, event } = entry;
        match event {
            Event::Send { key, text } => {
                let sent = Sent { at: *at, user: *user, room: *room, text: *text };
                self.sends.entry(*key).or_insert(sent);
            }
            // Of the one whose right it is, and nobody's view of the room.
            Event::Granted { asked } => return self.rights.entry((*user, *room)).or_default().grant(*asked),
            Event::Revoked { .. } => return self.rights.entry((*user, *room)).or_default().revoke(*at),
            _ => {}
        }
        self.streams.entry((*client, *room)).or_default().push(entry);
    }

    /// The time of being shut out that this moment falls into; none where there may have been a right.
    pub(super) fn shut_out(&self, user: User, room: Room, at: Moment) -> Option<Closed> {
        let Some(rights) = self.rights.get(&(user, room)) else {
            return Some(Closed { since: None, until: Moment::MAX });
        };
        let next = rights.shut_out.partition_point(|closed| closed.until <= at);
        rights.shut_out.get(next).copied().filter(|closed| closed.since.is_none_or(|since| since < at))
    }

    pub(super) fn entitled_at_end(&self, user: User, room: Room) -> bool {
        self.rights.get(&(user, room)).is_some_and(|rights| rights.entitled_at_end)
    }
}

impl Rights {
    fn grant(&mut self, asked: Moment) {
        match self.shut_out.last_mut() {
            Some(last) if last.until == Moment::MAX => last.until = asked,
            None => self.shut_out.push(Closed { since: None, until: asked }),
            Some(_) => {}
        }
        self.entitled_at_end = true;
    }

    fn revoke(&mut self, done: Moment) {
        if self.shut_out.last().is_none_or(|last| last.until != Moment::MAX) {
            self.shut_out.push(Closed { since: Some(done), until: Moment::MAX });
        }
        self.entitled_at_end = false;
    }
}
