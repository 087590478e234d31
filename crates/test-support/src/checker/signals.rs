//! What passes by without a place in the log, typing and presence, is for those in the room too, and is true.

use std::collections::HashMap;

use super::access::GRACE;
use super::history::{Event, Moment, Room, User};
use super::index::Index;
use super::report::{Anomaly, Report};

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    let mut typed: HashMap<(User, Room), Moment> = HashMap::new();
    for entry in &index.entries {
        let (room, at) = (entry.room, entry.at);
        match entry.event {
            Event::Typed => {
                typed.entry((entry.user, room)).or_insert(at);
            }
            Event::Typing { by } => {
                if is_closed(index, entry.user, room, at) {
                    report
                        .add(Anomaly::SignalLeak, || format!("{:?} saw {by:?} type in {room:?} at {at:?}", entry.user));
                }
                let ever = typed.get(&(by, room)).is_some_and(|since| *since <= at);
                if !ever || is_closed(index, by, room, at) {
                    report.add(Anomaly::PhantomSignal, || {
                        format!("{:?} was shown {by:?} typing in {room:?} at {at:?}, who was not", entry.client)
                    });
                }
            }
            Event::Attendance if is_closed(index, entry.user, room, at) => {
                report.add(Anomaly::SignalLeak, || format!("{:?} was told who is in {room:?} at {at:?}", entry.user));
            }
            _ => {}
        }
    }
}

/// Whether there never was a right, or what was on its way when it ended has had its time.
fn is_closed(index: &Index<'_>, user: User, room: Room, at: Moment) -> bool {
    let closed = index.shut_out(user, room, at);
    closed.is_some_and(|closed| closed.since.is_none_or(|since| at > since + GRACE))
}
