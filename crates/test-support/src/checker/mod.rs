//! Decides from the outside whether the promises held: takes what every client did and saw, the rows of the database and
//! the last reads, and names every violation. Knows nothing of the server's workings.
//!
//! Modelled on checkers of logs with explicit offsets: every message has a key of its own and every event its place, so
//! that no search is needed and all of it takes O(n log n).

mod access;
mod delivery;
mod finals;
mod history;
mod index;
mod order;
mod presence;
mod report;
mod signals;
mod storage;

pub use history::{
    Client, Database, Entry, Event, Fact, FinalPresence, FinalRead, History, Key, Kind, Message, Moment, Room, Seq,
    Source, Stored, Text, User,
};
pub use report::{Anomaly, Found, Report};

use index::Index;

/// Everything that is wrong with this history.
#[must_use]
pub fn check(history: &History) -> Report {
    let index = Index::of(history);
    let mut report = Report::default();
    storage::check(history, &index, &mut report);
    delivery::check(history, &index, &mut report);
    order::check(&index, &mut report);
    access::check(&index, &mut report);
    signals::check(&index, &mut report);
    finals::check(history, &index, &mut report);
    presence::check(history, &index, &mut report);
    report
}
