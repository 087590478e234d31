//! At the end everybody who is there is shown, and nobody else.

use std::collections::{BTreeSet, HashMap};

use super::history::{Event, History, Room, User};
use super::index::Index;
use super::report::{Anomaly, Report};

pub(super) fn check(history: &History, index: &Index<'_>, report: &mut Report) {
    let truth = truth(index);
    let nobody = BTreeSet::new();
    for seen in &history.presence {
        let there = truth.get(&seen.room).unwrap_or(&nobody);
        for user in seen.shown.difference(there) {
            report.add(Anomaly::Ghost, || format!("{} shows {user:?} in {:?}", seen.observer, seen.room));
        }
        for user in there.difference(&seen.shown) {
            report.add(Anomaly::Unseen, || format!("{} does not show {user:?} in {:?}", seen.observer, seen.room));
        }
    }
}

/// Who follows each room at the end, on any connection.
fn truth(index: &Index<'_>) -> HashMap<Room, BTreeSet<User>> {
    let mut truth: HashMap<_, BTreeSet<_>> = HashMap::new();
    for ((_, room), stream) in &index.streams {
        let moves = stream.iter().rev().find(|entry| matches!(entry.event, Event::Joined { .. } | Event::Left));
        if let Some(entry) = moves.filter(|entry| matches!(entry.event, Event::Joined { .. })) {
            truth.entry(*room).or_default().insert(entry.user);
        }
    }
    truth
}
