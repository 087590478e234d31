//! What was sent after an ack comes after it in the log. Each connection's own order follows from this.

use std::collections::{HashMap, HashSet};

use super::history::{Event, Seq};
use super::index::Index;
use super::report::{Anomaly, Report};

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    // The highest place of each room that was acknowledged so far, and what is not yet: at one moment both can happen,
    // and then neither is before the other.
    let mut floors: HashMap<_, Seq> = HashMap::new();
    let mut pending = Vec::new();
    let mut sent = HashSet::new();
    let mut now = None;
    for entry in &index.entries {
        if now != Some(entry.at) {
            for (room, seq) in pending.drain(..) {
                let floor = floors.entry(room).or_insert(seq);
                *floor = seq.max(*floor);
            }
            now = Some(entry.at);
        }
        match entry.event {
            Event::Ack { seq, .. } => pending.push((entry.room, seq)),
            Event::Send { key, .. } if sent.insert(key) => {
                let floor = floors.get(&entry.room).copied().unwrap_or(0);
                if let Some(row) = index.stored.get(&key)
                    && row.fact.seq <= floor
                {
                    let seq = row.fact.seq;
                    report.add(Anomaly::RealtimeOrder, || {
                        format!("{key:?} was sent after the ack of {floor} in {:?} and stands at {seq}", entry.room)
                    });
                }
            }
            _ => {}
        }
    }
}
