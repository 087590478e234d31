//! At the end every node tells the history that the database holds.

use std::collections::HashMap;

use super::history::{Fact, History, Kind, Room, Stored};
use super::index::Index;
use super::report::{Anomaly, Report};

pub(super) fn check(history: &History, index: &Index<'_>, report: &mut Report) {
    let mut live: HashMap<Room, HashMap<i64, &Stored>> = HashMap::new();
    for row in history.database.messages.iter().filter(|row| row.fact.text.is_some()) {
        live.entry(row.room).or_default().insert(row.fact.seq, row);
    }
    let nothing = HashMap::new();
    for read in &history.reads {
        let rows = live.get(&read.room).unwrap_or(&nothing);
        let mut told = HashMap::with_capacity(read.messages.len());
        for fact in &read.messages {
            let again = told.insert(fact.seq, fact).is_some();
            let stored = rows.get(&fact.seq).map(|row| &row.fact);
            if again || !stored.is_some_and(|stored| same(stored, fact)) {
                report.add(Anomaly::FinalExtra, || {
                    format!("{} tells {fact:?} of {:?}, stored is {stored:?}", read.node, read.room)
                });
            }
        }
        for row in rows.values().filter(|row| !told.contains_key(&row.fact.seq)) {
            report.add(Anomaly::FinalMissing, || format!("{} does not tell {row:?}", read.node));
        }
        if !index.entitled_at_end(read.user, read.room) {
            report.add(Anomaly::HistoryAfterRevoke, || {
                format!("{:?} may not read {:?}, and {} told it", read.user, read.room, read.node)
            });
        }
    }
}

fn same(stored: &Fact, told: &Fact) -> bool {
    let key = told.key.is_none() || told.key == stored.key;
    told.kind == Kind::Posted && stored.subject == told.subject && stored.text == told.text && key
}
