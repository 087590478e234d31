//! Plants one violation of each kind into a clean history.

mod access;
mod delivery;
mod finals;
mod signals;
mod storage;

use hallway_test_support::checker::{Anomaly, Entry, Event, Fact, History, Key, Kind, Moment, Room, Seq, Source};

use crate::dice::Dice;

type Plant = fn(&mut History, &mut Dice) -> Option<()>;

pub(crate) const PLANTS: &[(&str, Anomaly, Plant)] = &[
    ("acked and not stored", Anomaly::Lost, storage::acked_not_stored),
    ("acked as another place", Anomaly::Lost, storage::acked_elsewhere),
    ("stored with another text", Anomaly::Altered, storage::stored_altered),
    ("stored for another author", Anomaly::Altered, storage::stored_for_another),
    ("received with another text", Anomaly::Altered, delivery::received_altered),
    ("stored and never sent", Anomaly::Phantom, storage::stored_unsent),
    ("received and never sent", Anomaly::Phantom, delivery::received_unsent),
    ("received and not stored", Anomaly::Phantom, delivery::received_unstored),
    ("received before it was sent", Anomaly::Phantom, delivery::received_early),
    ("stored twice", Anomaly::DupStore, storage::stored_twice),
    ("acked as two places", Anomaly::DupStore, storage::acked_twice),
    ("two messages seen at one place", Anomaly::SeqConflict, delivery::seen_otherwise),
    ("two messages stored at one place", Anomaly::SeqConflict, storage::stored_on_top),
    ("nothing at a place", Anomaly::Hole, storage::hole),
    ("a head beyond the log", Anomaly::Hole, storage::head_ahead),
    ("refused and stored", Anomaly::AbortedRead, storage::refused_and_stored),
    ("received twice", Anomaly::DupDeliver, delivery::received_twice),
    ("received in another order", Anomaly::Reorder, delivery::received_swapped),
    ("passed over", Anomaly::Gap, delivery::passed_over),
    ("the last one never came", Anomaly::Undelivered, delivery::last_withheld),
    ("placed before what was acked earlier", Anomaly::RealtimeOrder, storage::placed_before),
    ("sent after the ban and received", Anomaly::SentAfterRevoke, access::sent_after_ban),
    ("resumed after the ban", Anomaly::HistoryAfterRevoke, access::resumed_after_ban),
    ("read after the ban", Anomaly::HistoryAfterRevoke, access::read_after_ban),
    ("still received after the ban", Anomaly::LiveAfterRevoke, access::live_after_ban),
    ("received by an outsider", Anomaly::NeverMember, access::outsider_received),
    ("read by an outsider", Anomaly::NeverMember, access::outsider_read),
    ("typing shown after the ban", Anomaly::SignalLeak, signals::typing_after_ban),
    ("typing shown to an outsider", Anomaly::SignalLeak, signals::typing_to_outsider),
    ("presence told after the ban", Anomaly::SignalLeak, signals::attendance_after_ban),
    ("presence told to an outsider", Anomaly::SignalLeak, signals::attendance_to_outsider),
    ("typing of somebody who did not", Anomaly::PhantomSignal, signals::typing_of_nobody),
    ("typing of somebody who is shut out", Anomaly::PhantomSignal, signals::typing_of_banned),
    ("an edit missed", Anomaly::StaleText, delivery::edit_missed),
    ("a removed text shown", Anomaly::ErasedText, access::erased_shown),
    ("missing in a node's history", Anomaly::FinalMissing, finals::final_missing),
    ("twice in a node's history", Anomaly::FinalExtra, finals::final_twice),
    ("another text in a node's history", Anomaly::FinalExtra, finals::final_altered),
    ("shown and not there", Anomaly::Ghost, finals::ghost),
    ("there and not shown", Anomaly::Unseen, finals::unseen),
];

/// Positions of entries that fit.
fn find(history: &History, fits: impl Fn(&Entry) -> bool) -> Vec<usize> {
    (0..history.entries.len()).filter(|at| fits(&history.entries[*at])).collect()
}

fn received(history: &History, fits: impl Fn(&Entry, &Fact, Source) -> bool) -> Vec<usize> {
    find(history, |entry| matches!(&entry.event, Event::Receive { fact, source } if fits(entry, fact, *source)))
}

fn posted_live(history: &History, dice: &mut Dice) -> Option<usize> {
    dice.pick(&received(history, |_, fact, source| fact.kind == Kind::Posted && source == Source::Live))
}

fn fact_mut(entry: &mut Entry) -> &mut Fact {
    match &mut entry.event {
        Event::Receive { fact, .. } => fact,
        other => panic!("not received: {other:?}"),
    }
}

fn fact(history: &History, at: usize) -> Fact {
    match history.entries[at].event {
        Event::Receive { fact, .. } => fact,
        ref other => panic!("not received: {other:?}"),
    }
}

fn acks(history: &History) -> Vec<(usize, Room, Key, Seq)> {
    let of = |at: usize| match history.entries[at].event {
        Event::Ack { key, seq, .. } => Some((at, history.entries[at].room, key, seq)),
        _ => None,
    };
    (0..history.entries.len()).filter_map(of).collect()
}

fn sent_at(history: &History, key: Key) -> Option<Moment> {
    let is_it = |entry: &&Entry| matches!(entry.event, Event::Send { key: sent, .. } if sent == key);
    history.entries.iter().find(is_it).map(|entry| entry.at)
}

fn follows_to_the_end(history: &History, of: &Entry) -> bool {
    let moves = history.entries.iter().rev().filter(|entry| (entry.client, entry.room) == (of.client, of.room));
    let mut moves = moves.filter(|entry| matches!(entry.event, Event::Joined { .. } | Event::Left));
    moves.next().is_some_and(|entry| matches!(entry.event, Event::Joined { .. }))
}
