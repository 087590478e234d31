//! Violations of what is told at the end.

use hallway_test_support::checker::{History, Text, User};

use crate::dice::Dice;

pub(super) fn final_missing(history: &mut History, dice: &mut Dice) -> Option<()> {
    let reads: Vec<_> = (0..history.reads.len()).filter(|at| !history.reads[*at].messages.is_empty()).collect();
    let read = &mut history.reads[dice.pick(&reads)?];
    read.messages.remove(dice.index(read.messages.len())?);
    Some(())
}

pub(super) fn final_twice(history: &mut History, dice: &mut Dice) -> Option<()> {
    let read = dice.index(history.reads.len())?;
    let messages = &mut history.reads[read].messages;
    let again = messages[dice.index(messages.len())?];
    messages.push(again);
    Some(())
}

pub(super) fn final_altered(history: &mut History, dice: &mut Dice) -> Option<()> {
    let read = dice.index(history.reads.len())?;
    let messages = &mut history.reads[read].messages;
    let at = dice.index(messages.len())?;
    messages[at].text = Some(Text(u64::MAX));
    Some(())
}

pub(super) fn ghost(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = dice.index(history.presence.len())?;
    history.presence[at].shown.insert(User(77));
    Some(())
}

pub(super) fn unseen(history: &mut History, dice: &mut Dice) -> Option<()> {
    let at = dice.index(history.presence.len())?;
    history.presence[at].shown.pop_first().map(drop)
}
