//! Violations of who may see what.

use std::time::Duration;

use hallway_test_support::checker::{Client, Entry, Event, Fact, History, Moment, Source, Text, User};

use super::{acks, find, sent_at};
use crate::dice::Dice;
use crate::world::{OUTSIDER, ROOMS};

/// From the answer to the ban to the pardon, and whom it is about.
pub(super) fn ban(history: &History) -> Option<(Moment, Moment, Entry)> {
    let ban = history.entries.iter().find(|entry| matches!(entry.event, Event::Revoked { .. }))?;
    let pardon =
        history.entries.iter().find(|entry| entry.at > ban.at && matches!(entry.event, Event::Granted { .. }))?;
    Some((ban.at, pardon.at.checked_sub(Duration::from_millis(1))?, ban.clone()))
}

fn leak(history: &mut History, at: Moment, fact: Fact, source: Source) -> Option<()> {
    let (.., ban) = ban(history)?;
    history.entries.push(Entry { at, event: Event::Receive { fact, source }, ..ban });
    Some(())
}

/// A message of the room that was sent before or during the ban, and when.
fn message_of(history: &History, dice: &mut Dice, fits: impl Fn(Moment) -> bool) -> Option<(Fact, Moment)> {
    let rows = history.database.messages.iter().filter(|row| row.room == ROOMS[0]);
    let rows = rows.filter_map(|row| Some((row.fact, sent_at(history, row.fact.key?)?)));
    dice.pick(&rows.filter(|(_, at)| fits(*at)).collect::<Vec<_>>())
}

pub(super) fn sent_after_ban(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (from, to, _) = ban(history)?;
    // The model's dice may have let nobody speak meanwhile.
    let at = from + to.checked_sub(from)? / 2;
    let (fact, _) = message_of(history, dice, |sent| sent > from && sent < to).or_else(|| {
        let (fact, sent) = message_of(history, dice, |sent| sent < from)?;
        history.entries.iter_mut().filter(|entry| entry.at == sent).for_each(|entry| entry.at = at);
        Some((fact, at))
    })?;
    leak(history, to.checked_sub(Duration::from_nanos(1))?, fact, Source::Live)
}

pub(super) fn resumed_after_ban(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (from, ..) = ban(history)?;
    let (fact, _) = message_of(history, dice, |sent| sent < from)?;
    let asked = from + Duration::from_micros(1);
    leak(history, from + Duration::from_micros(2), fact, Source::Resume { asked })
}

pub(super) fn read_after_ban(history: &mut History, _: &mut Dice) -> Option<()> {
    let (from, _, ban) = ban(history)?;
    let event = Event::Read { asked: from + Duration::from_micros(1), messages: Vec::new() };
    history.entries.push(Entry { at: from + Duration::from_micros(2), event, ..ban });
    Some(())
}

pub(super) fn live_after_ban(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (from, ..) = ban(history)?;
    let (fact, _) = message_of(history, dice, |sent| sent < from)?;
    leak(history, from + Duration::from_millis(1500), fact, Source::Live)
}

pub(super) fn outsider(history: &History, event: Event) -> Option<Entry> {
    let at = history.entries.last()?.at;
    Some(Entry { at, client: OUTSIDER, user: User(6), room: ROOMS[1], event })
}

pub(super) fn outsider_received(history: &mut History, dice: &mut Dice) -> Option<()> {
    let (_, fact) = history.database.log[dice.below(history.database.log.len())];
    let entry = outsider(history, Event::Receive { fact, source: Source::Live })?;
    history.entries.push(entry);
    Some(())
}

pub(super) fn outsider_read(history: &mut History, _: &mut Dice) -> Option<()> {
    let asked = history.entries.last()?.at;
    let entry = outsider(history, Event::Read { asked, messages: Vec::new() })?;
    history.entries.push(entry);
    Some(())
}

pub(super) fn erased_shown(history: &mut History, dice: &mut Dice) -> Option<()> {
    let erased = find(history, |entry| matches!(entry.event, Event::Erased { .. }));
    let at = if let Some(at) = dice.pick(&erased) {
        at
    } else {
        // Nobody removed anything: say that somebody did.
        let (at, ..) = dice.pick(&acks(history))?;
        let Event::Ack { message, .. } = history.entries[at].event else { return None };
        let entry = Entry { event: Event::Erased { message }, ..history.entries[at].clone() };
        history.entries.insert(at + 1, entry);
        at + 1
    };
    let Event::Erased { message } = history.entries[at].event else { return None };
    let row = history.database.messages.iter().find(|row| row.fact.subject == message.0)?;
    let (room, fact) = (row.room, Fact { text: Some(Text(1)), ..row.fact });
    let asked = history.entries.last()?.at + Duration::from_millis(1);
    let event = Event::Read { asked, messages: vec![fact] };
    let at = asked + Duration::from_millis(1);
    history.entries.push(Entry { at, client: Client(0), user: User(1), room, event });
    Some(())
}
