//! What the checker says.

use std::collections::BTreeMap;
use std::fmt;

/// Examples that are kept of each kind.
const EXAMPLES: usize = 5;

/// The ways in which a promise can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anomaly {
    /// Acknowledged and not stored, or stored elsewhere.
    Lost,
    /// Stored or told with another text, author or room than was sent.
    Altered,
    /// Stored or seen, and nobody had sent it; or seen and not stored.
    Phantom,
    /// One send stored or acknowledged twice.
    DupStore,
    /// Two things at one place of a log.
    SeqConflict,
    /// A place of the log that nothing stands at.
    Hole,
    /// Refused, and yet stored or seen.
    AbortedRead,
    DupDeliver,
    Reorder,
    /// Passed over in silence.
    Gap,
    /// Never came, though the room was followed to the end.
    Undelivered,
    /// Sent after the ack of another and placed before it.
    RealtimeOrder,
    /// Sent after the receiver was shut out.
    SentAfterRevoke,
    /// Asked for after being shut out, and given.
    HistoryAfterRevoke,
    /// Still coming a while after being shut out.
    LiveAfterRevoke,
    /// Somebody who never had the right saw something.
    NeverMember,
    /// Typing or presence of a room was told to somebody who had no right to it any more, or never had.
    SignalLeak,
    /// Somebody was shown as typing who was not, or not any more allowed to.
    PhantomSignal,
    /// A client's idea of a message differs from the database at the end.
    StaleText,
    /// A removed text was shown again.
    ErasedText,
    /// A node's history lacks what the database has.
    FinalMissing,
    /// A node's history has what the database has not.
    FinalExtra,
    /// Shown as present, and not there.
    Ghost,
    /// There, and not shown as present.
    Unseen,
}

#[derive(Clone, Debug, Default)]
pub struct Found {
    pub count: usize,
    /// The first few.
    pub examples: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Report {
    pub found: BTreeMap<Anomaly, Found>,
}

impl Report {
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    #[must_use]
    pub fn has(&self, anomaly: Anomaly) -> bool {
        self.found.contains_key(&anomaly)
    }

    pub(super) fn add(&mut self, anomaly: Anomaly, example: impl FnOnce() -> String) {
        let found = self.found.entry(anomaly).or_default();
        found.count += 1;
        if found.examples.len() < EXAMPLES {
            found.examples.push(example());
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("no violation");
        }
        for (anomaly, found) in &self.found {
            writeln!(f, "{anomaly:?}: {}", found.count)?;
            for example in &found.examples {
                writeln!(f, "    {example}")?;
            }
        }
        Ok(())
    }
}
