//! Violations of what passes by.

use std::time::Duration;

use hallway_test_support::checker::{Client, Entry, Event, History, User};

use super::access::{ban, outsider};
use crate::dice::Dice;
use crate::world::{BANNED, ROOMS};

/// Longer after the ban than what was on its way may take.
fn after_ban(history: &mut History, event: Event) -> Option<()> {
    let (from, _, entry) = ban(history)?;
    history.entries.push(Entry { at: from + Duration::from_millis(1500), event, ..entry });
    Some(())
}

/// Somebody who types in the room of the ban from the beginning.
fn typist(history: &mut History) -> User {
    let (at, client, user) = (Duration::ZERO, Client(0), User(1));
    history.entries.insert(0, Entry { at, client, user, room: ROOMS[0], event: Event::Typed });
    user
}

pub(super) fn typing_after_ban(history: &mut History, _: &mut Dice) -> Option<()> {
    let by = typist(history);
    after_ban(history, Event::Typing { by })
}

pub(super) fn typing_to_outsider(history: &mut History, _: &mut Dice) -> Option<()> {
    let entry = outsider(history, Event::Typing { by: User(1) })?;
    history.entries.push(entry);
    Some(())
}

pub(super) fn attendance_after_ban(history: &mut History, _: &mut Dice) -> Option<()> {
    after_ban(history, Event::Attendance)
}

pub(super) fn attendance_to_outsider(history: &mut History, _: &mut Dice) -> Option<()> {
    let entry = outsider(history, Event::Attendance)?;
    history.entries.push(entry);
    Some(())
}

/// Shown before it was typed.
pub(super) fn typing_of_nobody(history: &mut History, dice: &mut Dice) -> Option<()> {
    let first = history.entries.iter().position(|entry| matches!(entry.event, Event::Typed))?;
    let (user, room) = (history.entries[first].user, history.entries[first].room);
    let shown: Vec<_> = (0..history.entries.len())
        .filter(|at| matches!(history.entries[*at].event, Event::Typing { by } if by == user))
        .filter(|at| history.entries[*at].room == room)
        .collect();
    let at = dice.pick(&shown)?;
    history.entries[at].at = history.entries[first].at.checked_sub(Duration::from_nanos(1))?;
    Some(())
}

/// Their typing began before the ban, and is still shown long after it.
pub(super) fn typing_of_banned(history: &mut History, _: &mut Dice) -> Option<()> {
    let (from, _, entry) = ban(history)?;
    history.entries.insert(0, Entry { at: Duration::ZERO, event: Event::Typed, ..entry });
    let (at, event) = (from + Duration::from_millis(1500), Event::Typing { by: BANNED });
    history.entries.push(Entry { at, client: Client(0), user: User(1), room: ROOMS[0], event });
    Some(())
}
