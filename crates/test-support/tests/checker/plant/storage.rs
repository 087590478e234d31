//! Violations of what is stored.

use std::time::Duration;

use hallway_test_support::checker::{Event, Fact, History, Key, Kind, Room, Stored, Text, User};

use super::{acks, sent_at};
use crate::dice::Dice;

pub(super) fn acked_not_stored(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (_, room, key, seq) = dice.pick(&acks(history))?;
    history.database.messages.retain(|row| row.fact.key != Some(key));
    history.database.log.retain(|(of, fact)| (*of, fact.seq) != (room, seq));
    Some(())
}

pub(super) fn acked_elsewhere(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (at, ..) = dice.pick(&acks(history))?;
    if let Event::Ack { seq, .. } = &mut history.entries[at].event {
        *seq += 1;
    }
    Some(())
}

fn untouched(history: &History, dice: &mut Dice) -> Option<usize> {
    let is_touched = |row: &Stored| {
        history.database.log.iter().any(|(_, fact)| fact.subject == row.fact.subject && fact.kind != Kind::Posted)
    };
    let rows = &history.database.messages;
    dice.pick(&(0..rows.len()).filter(|at| !is_touched(&rows[*at])).collect::<Vec<_>>())
}

pub(super) fn stored_altered(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = untouched(history, dice)?;
    history.database.messages[at].fact.text = Some(Text(u64::MAX));
    Some(())
}

pub(super) fn stored_for_another(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = dice.index(history.database.messages.len())?;
    history.database.messages[at].author.0 += 1;
    Some(())
}

/// A message of nobody's at the end of a log.
fn added(history: &mut History, dice: &mut Dice, key: Key) -> Option<(Room, Fact)> {
    let at = dice.index(history.database.heads.len())?;
    let (room, head) = &mut history.database.heads[at];
    *head += 1;
    let (room, seq) = (*room, *head);
    Some((room, Fact { seq, kind: Kind::Posted, subject: 9999, key: Some(key), text: Some(Text(1)) }))
}

pub(super) fn stored_unsent(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (room, fact) = added(history, dice, Key(u128::MAX))?;
    history.database.log.push((room, fact));
    history.database.messages.push(Stored { room, author: User(1), fact });
    Some(())
}

pub(super) fn stored_twice(history: &mut History, dice: &mut Dice) -> Option<()> {
    let rows = &history.database.messages;
    let row = rows[dice.index(rows.len())?];
    let (room, fact) = added(history, dice, row.fact.key?)?;
    history.database.log.push((room, fact));
    history.database.messages.push(Stored { room, author: row.author, fact });
    Some(())
}

pub(super) fn acked_twice(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (at, ..) = dice.pick(&acks(history))?;
    let mut again = history.entries[at].clone();
    if let Event::Ack { seq, .. } = &mut again.event {
        *seq += 1;
    }
    again.at += Duration::from_millis(1);
    history.entries.insert(at + 1, again);
    Some(())
}

pub(super) fn stored_on_top(history: &mut History, dice: &mut Dice) -> Option<()> {
    let row = history.database.log[dice.index(history.database.log.len())?];
    history.database.log.push(row);
    Some(())
}

pub(super) fn hole(history: &mut History, dice: &mut Dice) -> Option<()> {
    history.database.log.remove(dice.index(history.database.log.len())?);
    Some(())
}

pub(super) fn head_ahead(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = dice.index(history.database.heads.len())?;
    history.database.heads[at].1 += 1;
    Some(())
}

pub(super) fn refused_and_stored(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (at, _, key, _) = dice.pick(&acks(history))?;
    history.entries[at].event = Event::Fail { key };
    Some(())
}

pub(super) fn placed_before(history: &mut History, dice: &mut Dice) -> Option<()> {
    let acks = acks(history);
    let pairs: Vec<_> = (acks.iter())
        .flat_map(|low| acks.iter().map(move |high| (low, high)))
        .filter(|(low, high)| low.1 == high.1 && low.3 < high.3)
        .collect();
    let (low, high) = dice.pick(&pairs)?;
    history.entries[high.0].at = sent_at(history, low.2)?.checked_sub(Duration::from_nanos(1))?;
    Some(())
}
