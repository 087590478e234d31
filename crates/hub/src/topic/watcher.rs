//! Telling members of activity in rooms that they have not joined on this connection.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use hallway_domain::ports::UnreadCount;
use hallway_domain::{ConnectionId, Event, Fact, Seq, UserId};

use super::fanout::{ACTIVITY, key};
use super::{Right, Side, TopicState};
use crate::connections::Connection;
use crate::{Activity, ConnectionInfo, Dialect, Encoder};

/// A connection whose user is a member of the room. It goes on counting while the connection has the room open, but
/// says nothing then; so closing the room resumes the watch with the right count.
pub(crate) struct Watcher {
    pub(crate) connection: Arc<Connection>,
    /// Tells one watch of a connection from the next one.
    pub(super) token: u64,
    pub(crate) right: Right,
    unread: Unread,
    /// What the connection was told last: messages, and mentions among them.
    told: Option<(u64, u64)>,
    /// Only the database knows the count any more.
    lost_count: bool,
}

enum Unread {
    /// The database has yet to say how much it was.
    Asked(Meanwhile),
    Counted(Count),
}

/// What came since the watch began, while the database was asked.
struct Meanwhile {
    /// Where messages of others are, in order, and whether they mention the user.
    messages: VecDeque<(Seq, bool)>,
    /// The last of those that were too many to keep.
    dropped: Seq,
    /// The user's own mark.
    read: Seq,
    /// Where something that was counted before changed last.
    changed: Seq,
    /// It was counted before, and is counted anew.
    anew: bool,
}

#[derive(Clone, Copy)]
struct Count {
    messages: u64,
    mentions: u64,
    /// The database counted the log up to here; what is delivered of it later is in the count already.
    as_of: Seq,
    /// Where the newest of the unread messages is, at the latest.
    newest: Seq,
}

impl Meanwhile {
    /// Most messages that are kept. If there are more, the database is asked once more.
    const MOST: usize = 256;

    const fn new() -> Self {
        Self { messages: VecDeque::new(), dropped: Seq::ZERO, read: Seq::ZERO, changed: Seq::ZERO, anew: false }
    }

    fn add(&mut self, seq: Seq, mention: bool) {
        if self.messages.len() >= Self::MOST
            && let Some((oldest, _)) = self.messages.pop_front()
        {
            self.dropped = oldest;
        }
        self.messages.push_back((seq, mention));
    }

    /// What is unread now; none when that cannot be known from here.
    fn count(&self, known: &UnreadCount) -> Option<Count> {
        if self.dropped.max(self.changed) > known.as_of {
            return None;
        }
        let newest = if known.messages > 0 { known.as_of } else { Seq::ZERO };
        let mut count = Count { messages: known.messages, mentions: known.mentions, as_of: known.as_of, newest };
        count.read(self.read);
        for (seq, mention) in self.messages.iter().copied().filter(|(seq, _)| *seq > self.read) {
            count.add(seq, mention);
        }
        Some(count)
    }
}

impl Count {
    fn add(&mut self, seq: Seq, mention: bool) {
        if seq > self.as_of {
            self.messages = self.messages.saturating_add(1);
            self.mentions = self.mentions.saturating_add(mention.into());
            self.newest = seq;
        }
    }

    /// As far as the newest unread message: nothing is unread. Less: how many are left is not known here, and the
    /// count stays. Whether that changed it.
    const fn read(&mut self, seq: Seq) -> bool {
        let is_news = seq.0 >= self.newest.0 && self.messages > 0;
        if is_news {
            (self.messages, self.mentions) = (0, 0);
        }
        is_news
    }

    const fn numbers(&self) -> (u64, u64) {
        (self.messages, self.mentions)
    }
}

impl Watcher {
    /// Begins before anything is counted. `before` is the watch that it takes the place of.
    pub(super) fn new(connection: Arc<Connection>, token: u64, before: Option<&Self>) -> Self {
        let told = before.and_then(|it| it.told);
        let unread = Unread::Asked(Meanwhile::new());
        Self { connection, token, right: Right::default(), unread, told, lost_count: false }
    }

    fn user(&self) -> UserId {
        self.connection.info.user.id
    }

    /// A message of somebody else; whether the connection is to be told now.
    fn add(&mut self, seq: Seq, mention: bool) -> bool {
        match &mut self.unread {
            Unread::Asked(meanwhile) => meanwhile.add(seq, mention),
            Unread::Counted(count) => count.add(seq, mention),
        }
        matches!(self.unread, Unread::Counted(_))
    }

    /// Whether the connection is to be told now.
    fn read(&mut self, seq: Seq) -> bool {
        match &mut self.unread {
            Unread::Asked(meanwhile) => {
                meanwhile.read = meanwhile.read.max(seq);
                // The database may have counted before it.
                self.lost_count = true;
                false
            }
            Unread::Counted(count) => {
                let is_news = count.read(seq);
                self.lost_count |= count.messages > 0;
                is_news
            }
        }
    }

    /// Something before this place changed: a message was deleted, or mentions others now.
    fn change(&mut self, seq: Seq, may_matter: impl FnOnce(&Count) -> bool) {
        match &mut self.unread {
            Unread::Asked(meanwhile) => meanwhile.changed = meanwhile.changed.max(seq),
            Unread::Counted(count) => {
                self.lost_count |= seq > count.as_of && count.messages > 0 && may_matter(count);
            }
        }
    }

    /// Another log begins: its places have nothing to do with those of the old one.
    pub(super) const fn restart(&mut self) {
        if let Unread::Counted(count) = &mut self.unread {
            (count.as_of, count.newest) = (Seq::ZERO, Seq::ZERO);
        }
    }
}

impl TopicState {
    /// The database has counted for a watch. False when more came meanwhile than was kept: count once more.
    pub(crate) fn count(&mut self, id: ConnectionId, token: u64, known: &UnreadCount, encoder: &dyn Encoder) -> bool {
        let Some(watcher) = self.watcher(id, token) else { return true };
        let Unread::Asked(meanwhile) = &watcher.unread else { return true };
        let Some(count) = meanwhile.count(known) else { return false };
        let newest = meanwhile.messages.back().copied();
        watcher.unread = Unread::Counted(count);
        let is_news = newest.is_some() || watcher.told.is_some_and(|told| told != count.numbers());
        if is_news {
            let seq = newest.map_or(known.as_of, |(seq, _)| seq);
            self.tell_watchers(seq, encoder, |it| it.token == token);
        }
        true
    }

    /// Whether the caller is to count anew, of everybody for whom that is needed: nobody is at it.
    pub(crate) fn claim_recount(&mut self) -> bool {
        let needed = !self.recounting && self.watchers.values().any(|it| it.lost_count);
        self.recounting |= needed;
        needed
    }

    /// For whom to count: their connections, tokens and users. None: the count is given back, for nobody needs it.
    pub(crate) fn begin_recount(&mut self) -> Option<Vec<(ConnectionId, u64, UserId)>> {
        let (mut begun, mut waiting) = (Vec::new(), false);
        for (id, watcher) in self.watchers.iter_mut().filter(|(_, it)| it.lost_count) {
            match watcher.unread {
                // Whoever began the watch has yet to hear of the first count.
                Unread::Asked(Meanwhile { anew: false, .. }) => {
                    waiting = true;
                    continue;
                }
                Unread::Asked(_) => {}
                Unread::Counted(count) => {
                    // What it has not heard from here it has asked for.
                    watcher.told.get_or_insert(count.numbers());
                    watcher.unread = Unread::Asked(Meanwhile { anew: true, ..Meanwhile::new() });
                }
            }
            watcher.lost_count = false;
            begun.push((*id, watcher.token, watcher.user()));
        }
        self.recounting = waiting || !begun.is_empty();
        self.recounting.then_some(begun)
    }

    /// The count of a watch could not be had: it is needed still.
    pub(crate) fn lose_count(&mut self, id: ConnectionId, token: u64) {
        if let Some(watcher) = self.watcher(id, token) {
            watcher.lost_count = true;
        }
    }

    /// The user's own mark went back, and the connections were told what was unread then: messages and mentions.
    pub(super) fn note_unread(&mut self, user: UserId, told: (u64, u64)) {
        for watcher in self.watchers.values_mut().filter(|it| it.user() == user) {
            watcher.told = Some(told);
            watcher.lost_count = true;
        }
    }

    /// Counts the messages of a run for every watcher that did not write them itself, and what changed among the
    /// older ones.
    pub(super) fn count_unread(&mut self, run: &[Event], encoder: &dyn Encoder) {
        if self.watchers.is_empty() {
            return;
        }
        let mut newest = None;
        for event in run {
            match &event.fact {
                Fact::MessagePosted(_) => newest = Some(event.seq),
                Fact::MessageDeleted { .. } | Fact::MessagesPurged(_) => {
                    self.watchers.values_mut().for_each(|it| it.change(event.seq, |_| true));
                }
                Fact::MessageEdited { mentions, here, .. } => {
                    for watcher in self.watchers.values_mut() {
                        let is_meant = *here || mentions.iter().any(|it| it.id == watcher.user());
                        watcher.change(event.seq, |count| is_meant || count.mentions > 0);
                    }
                }
                _ => {}
            }
        }
        let Some(newest) = newest else { return };
        self.tell_watchers(newest, encoder, |watcher| {
            let own = watcher.user();
            let mut is_news = false;
            for event in run {
                if let Fact::MessagePosted(view) = &event.fact
                    && view.message.author_id() != Some(own)
                {
                    is_news |= watcher.add(event.seq, view.mentions(own));
                }
            }
            is_news
        });
    }

    /// The user has read the room somewhere.
    pub(super) fn note_read(&mut self, user: UserId, seq: Seq, encoder: &dyn Encoder) {
        self.tell_watchers(seq, encoder, |watcher| watcher.user() == user && watcher.read(seq));
    }

    /// Sends the count of every watcher that `changed` says is to be told.
    fn tell_watchers(&mut self, seq: Seq, encoder: &dyn Encoder, mut changed: impl FnMut(&mut Watcher) -> bool) {
        let Some(cursor) = &self.cursor else { return };
        let key = key(cursor.label().room, ACTIVITY, None);
        let mut frames: HashMap<(Dialect, Side, (u64, u64)), Bytes> = HashMap::new();
        for (id, watcher) in &mut self.watchers {
            if !changed(watcher) || self.subscribers.contains_key(id) {
                continue;
            }
            let Unread::Counted(count) = watcher.unread else { continue };
            let (unread, mentions) = count.numbers();
            let ConnectionInfo { dialect, ref user, .. } = watcher.connection.info;
            let (side, label) = cursor.label_for(user.id);
            let frame = (frames.entry((dialect, side, count.numbers())))
                .or_insert_with(|| encoder.activity(dialect, label, Activity { seq, unread, mentions }))
                .clone();
            watcher.told = Some(count.numbers());
            watcher.connection.mailbox.push_ephemeral(key, frame);
        }
    }
}
