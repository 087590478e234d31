//! Violations of what is delivered.

use std::time::Duration;

use hallway_test_support::checker::{Entry, Event, Fact, History, Key, Kind, Text};

use super::{fact, fact_mut, find, follows_to_the_end, posted_live, received, sent_at};
use crate::dice::Dice;

pub(super) fn received_altered(history: &mut History, dice: &mut Dice) -> Option<()> {
    let is_untouched = |fact: &Fact| {
        !history.database.log.iter().any(|(_, other)| other.subject == fact.subject && other.kind != Kind::Posted)
    };
    let at = dice.pick(&received(history, |_, fact, _| fact.kind == Kind::Posted && is_untouched(fact)))?;
    fact_mut(&mut history.entries[at]).text = Some(Text(u64::MAX));
    Some(())
}

pub(super) fn received_unsent(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = posted_live(history, dice)?;
    fact_mut(&mut history.entries[at]).key = Some(Key(u128::MAX));
    Some(())
}

pub(super) fn received_unstored(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = posted_live(history, dice)?;
    fact_mut(&mut history.entries[at]).seq += 1_000_000;
    Some(())
}

pub(super) fn received_early(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = posted_live(history, dice)?;
    let sent = sent_at(history, fact(history, at).key?)?;
    history.entries[at].at = sent.checked_sub(Duration::from_nanos(1))?;
    Some(())
}

pub(super) fn seen_otherwise(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = posted_live(history, dice)?;
    fact_mut(&mut history.entries[at]).subject += 1;
    Some(())
}

pub(super) fn received_twice(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = dice.pick(&received(history, |_, _, _| true))?;
    history.entries.insert(at + 1, history.entries[at].clone());
    Some(())
}

/// All pairs that one client received one right after the other, in one room.
fn neighbours(history: &History) -> Vec<(usize, usize)> {
    let next = |at: usize| {
        let same = |other: usize| {
            let (a, b) = (&history.entries[at], &history.entries[other]);
            (a.client, a.room) == (b.client, b.room)
        };
        let next = (at + 1..history.entries.len()).find(|other| {
            same(*other) && !matches!(history.entries[*other].event, Event::Send { .. } | Event::Ack { .. })
        })?;
        matches!(history.entries[next].event, Event::Receive { .. }).then_some((at, next))
    };
    received(history, |_, _, _| true).into_iter().filter_map(next).collect()
}

pub(super) fn received_swapped(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (first, second) = dice.pick(&neighbours(history))?;
    let event = history.entries[first].event.clone();
    history.entries[first].event = std::mem::replace(&mut history.entries[second].event, event);
    Some(())
}

pub(super) fn passed_over(history: &mut History, dice: &mut Dice) -> Option<()> {
    let pairs = neighbours(history);
    // Another one must come after it, or it is undelivered rather than passed over.
    let middles: Vec<_> =
        pairs.iter().map(|(_, at)| *at).filter(|at| pairs.iter().any(|(first, _)| first == at)).collect();
    history.entries.remove(dice.pick(&middles)?);
    Some(())
}

pub(super) fn last_withheld(history: &mut History, dice: &mut Dice) -> Option<()> {
    let heads = history.database.heads.clone();
    let is_last = |entry: &Entry, fact: &Fact| heads.contains(&(entry.room, fact.seq));
    let lasts = received(history, |entry, fact, _| is_last(entry, fact) && follows_to_the_end(history, entry));
    history.entries.remove(dice.pick(&lasts)?);
    Some(())
}

pub(super) fn edit_missed(history: &mut History, dice: &mut Dice) -> Option<()> {
    let is_last_word = |entry: &Entry, fact: &Fact| {
        let same = |other: &Entry| (other.client, other.room) == (entry.client, entry.room) && other.at > entry.at;
        let later = received(history, |other, of, _| same(other) && of.subject == fact.subject).is_empty();
        let reset = find(history, |other| same(other) && matches!(other.event, Event::Reset { .. })).is_empty();
        later && reset && follows_to_the_end(history, entry)
    };
    let words = [Kind::Posted, Kind::Edited];
    let lasts = received(history, |entry, fact, _| words.contains(&fact.kind) && is_last_word(entry, fact));
    let at = dice.pick(&lasts)?;
    fact_mut(&mut history.entries[at]).text = Some(Text(u64::MAX));
    Some(())
}
