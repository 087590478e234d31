//! Every client sees every event of a room that it follows: once, in order, to the end, the same as everybody.

use std::collections::{BTreeMap, HashMap};

use super::history::{Client, Entry, Event, Fact, History, Kind, Room, Seq, Text};
use super::index::Index;
use super::report::{Anomaly, Report};

pub(super) fn check(history: &History, index: &Index<'_>, report: &mut Report) {
    let texts: HashMap<i64, Option<Text>> =
        history.database.messages.iter().map(|row| (row.fact.subject, row.fact.text)).collect();
    for ((client, room), stream) in &index.streams {
        let mut view = View::default();
        for entry in stream {
            observe(entry, index, report);
            view.take(entry, report);
        }
        for (from, to) in &view.missing {
            report.add(Anomaly::Gap, || format!("{client:?} in {room:?} never saw {from} to {to}"));
        }
        if view.follows {
            end((*client, *room), &view, index, report);
            stale((*client, *room), &view, &texts, report);
        }
    }
}

/// Whether what was seen is what the log says.
fn observe(entry: &Entry, index: &Index<'_>, report: &mut Report) {
    match &entry.event {
        Event::Receive { fact, .. } => {
            agree(entry, fact, index, report);
            let sent = fact.key.and_then(|key| index.sends.get(&key));
            if let (Kind::Posted, Some(sent)) = (fact.kind, sent)
                && fact.text != Some(sent.text)
                && !index.touched.contains(&fact.subject)
            {
                report.add(Anomaly::Altered, || format!("{:?} received another text: {fact:?}", entry.client));
            }
        }
        Event::Read { messages, .. } => messages.iter().for_each(|fact| agree(entry, fact, index, report)),
        _ => {}
    }
}

fn agree(entry: &Entry, fact: &Fact, index: &Index<'_>, report: &mut Report) {
    let (at, client, room) = (entry.at, entry.client, entry.room);
    if fact.kind == Kind::Posted {
        let sent = fact.key.and_then(|key| index.sends.get(&key));
        if sent.is_none_or(|sent| sent.at > at) {
            report.add(Anomaly::Phantom, || format!("{client:?} saw in {room:?} what nobody had sent: {fact:?}"));
        }
    }
    match index.log.get(&(room, fact.seq)) {
        None => {
            report.add(Anomaly::Phantom, || format!("{client:?} saw in {room:?} what is not stored: {fact:?}"));
        }
        Some(stored) if stored.identity() != fact.identity() => {
            report.add(Anomaly::SeqConflict, || format!("{client:?} saw {fact:?} in {room:?}, stored is {stored:?}"));
        }
        Some(_) => {}
    }
}

/// A client's idea of a room.
#[derive(Default)]
struct View {
    cursor: Option<Seq>,
    /// Stretches that were passed over, by their first.
    missing: BTreeMap<Seq, Seq>,
    texts: HashMap<i64, Option<Text>>,
    follows: bool,
}

impl View {
    fn take(&mut self, entry: &Entry, report: &mut Report) {
        match &entry.event {
            Event::Joined { head, resumed } => {
                self.follows = true;
                if !resumed || self.cursor.is_none() {
                    self.begin(*head);
                }
            }
            Event::Reset { head } => self.begin(*head),
            Event::Left => self.follows = false,
            Event::Receive { fact, .. } => {
                self.place(entry, fact.seq, report);
                match fact.kind {
                    Kind::Posted | Kind::Edited => drop(self.texts.insert(fact.subject, fact.text)),
                    Kind::Deleted => drop(self.texts.insert(fact.subject, None)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Starts afresh: what is missing before is told to be.
    fn begin(&mut self, head: Seq) {
        self.cursor = Some(head);
        self.texts.clear();
    }

    fn place(&mut self, entry: &Entry, seq: Seq, report: &mut Report) {
        let (client, room) = (entry.client, entry.room);
        // Without a start the first one is it.
        let cursor = self.cursor.unwrap_or(seq - 1);
        if seq > cursor {
            if seq > cursor + 1 {
                self.missing.insert(cursor + 1, seq - 1);
            }
            self.cursor = Some(seq);
        } else if self.fill(seq) {
            report.add(Anomaly::Reorder, || format!("{client:?} in {room:?} saw {seq} after {cursor}"));
        } else {
            report.add(Anomaly::DupDeliver, || format!("{client:?} in {room:?} saw {seq} again after {cursor}"));
        }
    }

    /// Whether it was missing; it is not any more.
    fn fill(&mut self, seq: Seq) -> bool {
        let Some((&from, &to)) = self.missing.range(..=seq).next_back().filter(|(_, to)| **to >= seq) else {
            return false;
        };
        self.missing.remove(&from);
        if from < seq {
            self.missing.insert(from, seq - 1);
        }
        if seq < to {
            self.missing.insert(seq + 1, to);
        }
        true
    }
}

/// Whoever follows to the end is level with the log.
fn end((client, room): (Client, Room), view: &View, index: &Index<'_>, report: &mut Report) {
    let user = index.streams[&(client, room)][0].user;
    let head = index.heads.get(&room).copied().unwrap_or(0);
    let cursor = view.cursor.unwrap_or(0);
    if cursor < head && index.entitled_at_end(user, room) {
        report.add(Anomaly::Undelivered, || format!("{client:?} stands at {cursor} of {head} in {room:?}"));
    }
}

fn stale((client, room): (Client, Room), view: &View, texts: &HashMap<i64, Option<Text>>, report: &mut Report) {
    for (message, seen) in &view.texts {
        let stored = texts.get(message);
        if stored.is_some_and(|stored| stored != seen) {
            report.add(Anomaly::StaleText, || {
                format!("{client:?} in {room:?} shows {seen:?} of message {message}, stored is {stored:?}")
            });
        }
    }
}
