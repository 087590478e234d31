//! Puts one room's events in order: the sequence cursor.

use std::collections::BTreeMap;

use hallway_domain::ports::BusItem;
use hallway_domain::{Event, Fact, Peers, RoomHead, Seq, UserId};

use crate::RoomLabel;

/// The log cannot be continued from where the cursor stands: retention cut it, or it is another log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut;

/// Who frames are for: a direct conversation has two names, any other room has one, and all are on its first side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    First,
    Second,
}

/// Where a room's log stands for this node. Events that came too early wait here until the ones before them are there.
#[derive(Debug)]
pub(crate) struct Cursor {
    label: RoomLabel,
    /// In a direct conversation `label` is for the first of the two, and this for the second.
    second: Option<RoomLabel>,
    head: Seq,
    pending: BTreeMap<Seq, Event>,
    /// The highest place known to exist.
    seen: Seq,
    /// Something is odd that only the database can settle: an event of another epoch, or one that was not kept.
    doubtful: bool,
}

impl Cursor {
    /// Most events that wait. What comes above it is dropped: the database has it.
    pub(crate) const PENDING: usize = 256;

    pub(crate) fn new(head: &RoomHead) -> Self {
        let seq = head.seq;
        let sides = head.peers.as_ref().map(Peers::both).map(|(one, other)| (one.id, other.id));
        let mut label = RoomLabel::of(head);
        let mut second = None;
        if let Some((one, other)) = sides {
            second = (other != one).then(|| label.clone().seen_by(other));
            label = label.seen_by(one);
        }
        Self { label, second, head: seq, pending: BTreeMap::new(), seen: seq, doubtful: false }
    }

    pub(crate) const fn label(&self) -> &RoomLabel {
        &self.label
    }

    /// What the user's frames are labelled with, and for which side of the room that is.
    pub(crate) fn label_for(&self, user: UserId) -> (Side, &RoomLabel) {
        match &self.second {
            Some(second) if second.viewer == Some(user) => (Side::Second, second),
            _ => (Side::First, &self.label),
        }
    }

    pub(crate) const fn head(&self) -> Seq {
        self.head
    }

    /// Whether events are known to be missing.
    pub(crate) fn is_behind(&self) -> bool {
        self.doubtful || self.seen > self.head
    }

    /// Something may be missing.
    pub(crate) const fn doubt(&mut self) {
        self.doubtful = true;
    }

    /// An event from the bus: the ones that are next in the log are appended to `run`.
    pub(crate) fn accept(&mut self, event: Event, run: &mut Vec<Event>) {
        if event.epoch != self.label.epoch {
            self.doubtful = true;
        } else if event.seq == self.head.next() {
            self.step(event, run);
        } else if event.seq > self.head {
            self.seen = self.seen.max(event.seq);
            if self.pending.len() < Self::PENDING {
                self.pending.insert(event.seq, event);
            }
        }
    }

    /// An event from the log, where the next one is the next one or there is none.
    pub(crate) fn accept_logged(&mut self, event: Event, run: &mut Vec<Event>) -> Result<(), Cut> {
        if event.epoch != self.label.epoch || event.seq > self.head.next() {
            return Err(Cut);
        }
        if event.seq == self.head.next() {
            self.step(event, run);
        }
        Ok(())
    }

    /// What the database says.
    pub(crate) fn confirm(&mut self, head: &RoomHead) -> Result<(), Cut> {
        if head.epoch != self.label.epoch {
            return Err(Cut);
        }
        self.doubtful = false;
        self.seen = self.seen.max(head.seq);
        Ok(())
    }

    /// Gives up on events that the database does not know of.
    pub(crate) fn forget_pending(&mut self) {
        self.pending.clear();
        self.seen = self.head;
        self.doubtful = false;
    }

    /// Takes the name that the last event of a forwarded run gave the room.
    pub(crate) fn relabel(&mut self, run: &[Event]) {
        if let Some(Event { fact: Fact::RoomUpdated { name: Some(name), .. }, .. }) = run.last() {
            self.label.name = Some(name.clone());
        }
    }

    fn step(&mut self, event: Event, run: &mut Vec<Event>) {
        self.head = event.seq;
        run.push(event);
        while let Some(next) = self.pending.first_entry()
            && *next.key() <= self.head.next()
        {
            let event = next.remove();
            if event.seq > self.head {
                self.head = event.seq;
                run.push(event);
            }
        }
        self.seen = self.seen.max(self.head);
    }

    pub(crate) fn check_invariants(&self) {
        assert!(self.pending.len() <= Self::PENDING, "{}: too many pending events", self.label.room);
        assert!(self.seen >= self.head, "{}: the head is beyond what was seen", self.label.room);
        if let Some((first, _)) = self.pending.first_key_value() {
            assert!(*first > self.head.next(), "{}: an event waits that could go out", self.label.room);
        }
    }
}

/// One thing that arrived for a room.
#[derive(Debug)]
pub(crate) enum RoomItem {
    Event(Event),
    Signal(hallway_domain::Signal),
}

impl RoomItem {
    /// None for revocations, which are no room's alone.
    pub(crate) fn from_bus(item: BusItem) -> Result<Self, hallway_domain::Revocation> {
        match item {
            BusItem::Event(event) => Ok(Self::Event(event)),
            BusItem::Signal(signal) => Ok(Self::Signal(signal)),
            BusItem::Revocation(revocation) => Err(revocation),
        }
    }
}

#[cfg(test)]
mod tests {
    use hallway_domain::{Epoch, RoomId, RoomKind, RoomMode, RoomName, UserId, UserRef, Username};

    use super::*;

    const AT: hallway_domain::Timestamp = hallway_domain::Timestamp::UNIX_EPOCH;

    fn cursor(head: i64) -> Cursor {
        Cursor::new(&RoomHead { room: RoomId(1), name: None, peers: None, epoch: Epoch(7), seq: Seq(head) })
    }

    fn event(seq: i64) -> Event {
        let user = UserRef { id: UserId(1), username: Username::from_stored("ann".into()) };
        Event { room: RoomId(1), epoch: Epoch(7), seq: Seq(seq), at: AT, fact: Fact::MemberJoined { user } }
    }

    fn feed(cursor: &mut Cursor, seqs: &[i64]) -> Vec<i64> {
        let mut run = Vec::new();
        for seq in seqs {
            cursor.accept(event(*seq), &mut run);
            cursor.check_invariants();
        }
        run.into_iter().map(|event| event.seq.0).collect()
    }

    #[test]
    fn the_next_event_goes_out_and_a_repeat_does_not() {
        let mut cursor = cursor(4);
        assert_eq!(feed(&mut cursor, &[5, 5, 4, 6]), [5, 6]);
        assert!(!cursor.is_behind());
    }

    #[test]
    fn early_events_wait_for_the_ones_before_them() {
        let mut cursor = cursor(0);
        assert_eq!(feed(&mut cursor, &[3, 2]), [0; 0]);
        assert!(cursor.is_behind());
        assert_eq!(feed(&mut cursor, &[1]), [1, 2, 3]);
        assert!(!cursor.is_behind());
    }

    #[test]
    fn waiting_events_are_bounded_and_the_dropped_ones_are_known_to_be_missing() {
        let mut cursor = cursor(0);
        let bound = i64::try_from(Cursor::PENDING).expect("small");
        feed(&mut cursor, &(2..=bound + 50).collect::<Vec<_>>());
        assert_eq!(feed(&mut cursor, &[1]).len(), Cursor::PENDING + 1);
        assert!(cursor.is_behind(), "the dropped ones have yet to come from the database");
    }

    #[test]
    fn another_epoch_is_for_the_database_to_settle() {
        let mut cursor = cursor(4);
        let mut run = Vec::new();
        cursor.accept(Event { epoch: Epoch(8), ..event(5) }, &mut run);
        assert!(run.is_empty() && cursor.is_behind());
        let head = |epoch| RoomHead { room: RoomId(1), name: None, peers: None, epoch: Epoch(epoch), seq: Seq(4) };
        assert_eq!(cursor.confirm(&head(8)), Err(Cut));
        assert_eq!(cursor.confirm(&head(7)), Ok(()));
        assert!(!cursor.is_behind());
    }

    #[test]
    fn a_hole_in_the_log_itself_is_a_cut() {
        let mut cursor = cursor(4);
        let mut run = Vec::new();
        assert_eq!(cursor.accept_logged(event(4), &mut run), Ok(()));
        assert_eq!(cursor.accept_logged(event(6), &mut run), Err(Cut));
        assert_eq!(cursor.accept_logged(event(5), &mut run), Ok(()));
        assert_eq!(run.len(), 1);
    }

    #[test]
    fn the_log_and_the_bus_together_give_each_event_once() {
        let mut cursor = cursor(0);
        let mut run = Vec::new();
        cursor.accept(event(3), &mut run);
        for seq in 1..=3 {
            assert_eq!(cursor.accept_logged(event(seq), &mut run), Ok(()));
        }
        assert_eq!(run.iter().map(|event| event.seq.0).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_rename_labels_what_comes_after_it() {
        let mut cursor = cursor(0);
        let name = RoomName::from_stored("new".into());
        let fact = Fact::RoomUpdated {
            name: Some(name.clone()),
            topic: None,
            kind: RoomKind::Public,
            mode: RoomMode::default(),
        };
        cursor.relabel(&[event(1)]);
        assert_eq!(cursor.label().name, None);
        cursor.relabel(&[Event { fact, ..event(1) }]);
        assert_eq!(cursor.label().name, Some(name));
    }
}
