//! What was promised is in the database, once, whole, and nothing else is.

use std::collections::{HashMap, HashSet};

use super::history::{Event, History, Kind};
use super::index::Index;
use super::report::{Anomaly, Report};

pub(super) fn check(history: &History, index: &Index<'_>, report: &mut Report) {
    acks(index, report);
    messages(history, index, report);
    log(history, index, report);
}

/// Acknowledged is stored, where the ack said, and every repetition says the same.
fn acks(index: &Index<'_>, report: &mut Report) {
    let mut said = HashMap::new();
    let mut refused = HashSet::new();
    for entry in &index.entries {
        match entry.event {
            Event::Ack { key, message, seq } => {
                let place = (entry.room, seq, message.0);
                let before = *said.entry(key).or_insert(place);
                if before != place {
                    report.add(Anomaly::DupStore, || format!("{key:?} acknowledged as {before:?} and as {place:?}"));
                }
                let stored = index.stored.get(&key).map(|row| (row.room, row.fact.seq, row.fact.subject));
                if stored != Some(place) {
                    report.add(Anomaly::Lost, || format!("{key:?} acknowledged as {place:?}, stored as {stored:?}"));
                }
            }
            Event::Fail { key } => {
                refused.insert(key);
                if let Some(row) = index.stored.get(&key) {
                    report.add(Anomaly::AbortedRead, || format!("{key:?} was refused and is stored: {row:?}"));
                }
            }
            _ => {}
        }
    }
    for entry in &index.entries {
        if let Event::Receive { fact, .. } = &entry.event
            && fact.key.is_some_and(|key| refused.contains(&key))
        {
            report.add(Anomaly::AbortedRead, || format!("{fact:?} was refused and {:?} received it", entry.client));
        }
    }
}

fn messages(history: &History, index: &Index<'_>, report: &mut Report) {
    let mut seen = HashSet::with_capacity(history.database.messages.len());
    for row in &history.database.messages {
        let Some((key, sent)) = row.fact.key.and_then(|key| Some((key, index.sends.get(&key)?))) else {
            report.add(Anomaly::Phantom, || format!("nobody sent {row:?}"));
            continue;
        };
        if !seen.insert(key) {
            report.add(Anomaly::DupStore, || format!("stored again: {row:?}"));
        }
        let is_as_sent = index.touched.contains(&row.fact.subject) || row.fact.text == Some(sent.text);
        if row.author != sent.user || row.room != sent.room || !is_as_sent {
            report.add(Anomaly::Altered, || {
                format!("{key:?} was sent to {:?} by {:?}, stored as {row:?}", sent.room, sent.user)
            });
        }
        let place = index.log.get(&(row.room, row.fact.seq)).map(|fact| (fact.kind, fact.subject));
        if place != Some((Kind::Posted, row.fact.subject)) {
            report.add(Anomaly::SeqConflict, || format!("{row:?} stands in the log as {place:?}"));
        }
    }
}

/// Every log counts from 1 to its head.
fn log(history: &History, index: &Index<'_>, report: &mut Report) {
    let mut places: Vec<_> = history.database.log.iter().map(|(room, fact)| (*room, fact.seq)).collect();
    places.sort_unstable();
    let mut ends = HashMap::new();
    for (room, seq) in places {
        let last = ends.insert(room, seq).unwrap_or(0);
        if seq == last {
            report.add(Anomaly::SeqConflict, || format!("{room:?} has two events at {seq}"));
        } else if seq != last + 1 {
            report.add(Anomaly::Hole, || format!("{room:?} has nothing between {last} and {seq}"));
        }
    }
    for (room, head) in &index.heads {
        let end = ends.get(room).copied().unwrap_or(0);
        if end != *head {
            report.add(Anomaly::Hole, || format!("the log of {room:?} ends at {end}, and its head is {head}"));
        }
    }
}
