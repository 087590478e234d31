//! What one receiver got of each sender: whether it was everything, once, and in order.

use std::collections::BTreeSet;

use serde::Serialize;

/// What was wrong, over all receivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// Sent, and never seen.
    pub lost: u64,
    pub duplicate: u64,
    /// After a later one of the same sender.
    pub out_of_order: u64,
    /// `seq` did not grow.
    pub seq_backwards: u64,
    /// Receivers of a room that saw everything, in another order than most of the room.
    pub divergent: u64,
    /// In a room that the receiver is not in.
    pub misrouted: u64,
}

impl Faults {
    pub fn none(&self) -> bool {
        *self == Self::default()
    }

    pub fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.duplicate += other.duplicate;
        self.out_of_order += other.out_of_order;
        self.seq_backwards += other.seq_backwards;
        self.divergent += other.divergent;
        self.misrouted += other.misrouted;
    }
}

/// One sender, as one receiver sees it.
#[derive(Debug)]
struct Track {
    sender: u32,
    next: u64,
    missing: BTreeSet<u64>,
}

/// One room, as one receiver sees it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    tracks: Vec<Track>,
    last_seq: i64,
    /// Of everything seen, in the order in which it came.
    order: u64,
    seen: u64,
    faults: Faults,
}

impl Ledger {
    /// A message came. False if it had come before.
    pub(super) fn see(&mut self, sender: u32, number: u64, seq: Option<i64>) -> bool {
        let known = self.tracks.iter().position(|track| track.sender == sender);
        let place = known.unwrap_or_else(|| {
            self.tracks.push(Track { sender, next: 0, missing: BTreeSet::new() });
            self.tracks.len() - 1
        });
        let track = &mut self.tracks[place];
        if number >= track.next {
            track.missing.extend(track.next..number);
            track.next = number + 1;
        } else if track.missing.remove(&number) {
            self.faults.out_of_order += 1;
        } else {
            self.faults.duplicate += 1;
            return false;
        }
        if let Some(seq) = seq {
            self.faults.seq_backwards += u64::from(seq <= self.last_seq);
            self.last_seq = seq;
        }
        self.order = (self.order ^ (u64::from(sender) << 40) ^ number).wrapping_mul(0x0100_0000_01b3).rotate_left(17);
        self.seen += 1;
        true
    }

    pub(super) fn misrouted(&mut self) {
        self.faults.misrouted += 1;
    }

    /// The newest place of the log that was seen.
    pub(super) fn last_seq(&self) -> i64 {
        self.last_seq
    }

    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Names the order in which everything came.
    pub(super) fn order(&self) -> u64 {
        self.order
    }

    /// Whether everything is there that these senders had delivered: pairs of a sender and how many.
    pub(super) fn is_complete(&self, sent: &[(u32, u64)]) -> bool {
        sent.iter().all(|(sender, count)| {
            let track = self.tracks.iter().find(|track| track.sender == *sender);
            track.map_or(*count == 0, |track| track.next >= *count && track.missing.is_empty())
        })
    }

    /// What was wrong, when these were sent.
    pub(super) fn faults(&self, sent: &[(u32, u64)]) -> Faults {
        let mut faults = self.faults;
        for (sender, count) in sent {
            let track = self.tracks.iter().find(|track| track.sender == *sender);
            let (next, holes) = track.map_or((0, 0), |track| (track.next, track.missing.len() as u64));
            faults.lost += holes + count.saturating_sub(next);
        }
        faults
    }
}

/// How many saw their room in another order than most, of those that saw the same number of messages as most did.
pub(super) fn divergent(orders: &[(u64, u64)]) -> u64 {
    let most = |count: &dyn Fn(&(u64, u64)) -> bool| orders.iter().filter(|one| count(one)).count() as u64;
    let Some(seen) = orders.iter().map(|(seen, _)| *seen).max() else { return 0 };
    let same = |order: u64| most(&|one| *one == (seen, order));
    let whole = most(&|one| one.0 == seen);
    whole - orders.iter().map(|(_, order)| same(*order)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(numbers: &[u64]) -> Ledger {
        let mut ledger = Ledger::default();
        for (seq, number) in (1..).zip(numbers) {
            ledger.see(1, *number, Some(seq));
        }
        ledger
    }

    #[test]
    fn all_once_in_order_is_faultless() {
        let seen = ledger(&[0, 1, 2, 3]);
        assert!(seen.is_complete(&[(1, 4)]) && seen.faults(&[(1, 4)]).none());
    }

    #[test]
    fn every_fault_is_found() {
        assert_eq!(ledger(&[0, 2, 3]).faults(&[(1, 4)]), Faults { lost: 1, ..Faults::default() });
        assert_eq!(ledger(&[0, 1]).faults(&[(1, 4)]), Faults { lost: 2, ..Faults::default() });
        assert_eq!(ledger(&[]).faults(&[(1, 4), (2, 1)]), Faults { lost: 5, ..Faults::default() });
        assert_eq!(ledger(&[0, 1, 1]).faults(&[(1, 2)]), Faults { duplicate: 1, ..Faults::default() });
        assert_eq!(ledger(&[0, 2, 1]).faults(&[(1, 3)]), Faults { out_of_order: 1, ..Faults::default() });
        let mut backwards = Ledger::default();
        backwards.see(1, 0, Some(5));
        backwards.see(1, 1, Some(4));
        assert_eq!(backwards.faults(&[(1, 2)]), Faults { seq_backwards: 1, ..Faults::default() });
        assert!(!ledger(&[0, 2]).is_complete(&[(1, 3)]));
    }

    #[test]
    fn one_who_saw_another_order_stands_out() {
        let orders = [[0, 1, 2, 3], [0, 1, 2, 3], [0, 2, 1, 3]].map(|numbers| {
            let ledger = ledger(&numbers);
            (ledger.seen(), ledger.order())
        });
        assert_eq!(divergent(&orders), 1);
        assert_eq!(divergent(&orders[..2]), 0);
        assert_eq!(divergent(&[]), 0);
    }
}
