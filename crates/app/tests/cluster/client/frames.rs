//! What the server says, and what a client makes of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hallway_test_support::checker::{Event, Fact, Message, Room, Source, User};
use rand::RngExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Place;
use super::life::Life;
use super::outbox::Verdict;
use super::record::{fact_of, key_of, number, room_of};
use crate::support::kind;

impl Life {
    pub(super) fn take(&mut self, frame: &Value) {
        if let Some(fact) = fact_of(frame) {
            return self.event(room_of(frame), fact);
        }
        match kind(frame) {
            "system" if frame["server"].is_string() => {
                self.status.lock().expect("status").server = frame["server"].as_str().map(str::to_owned);
            }
            "joined" => self.joined(frame),
            "presence_state" => {
                let users = names(&frame["users"]);
                self.record.note(room_of(frame), Event::Attendance);
                self.at(room_of(frame), |place| place.shown = users);
            }
            "presence_diff" => {
                let (join, leave) = (names(&frame["join"]), names(&frame["leave"]));
                self.record.note(room_of(frame), Event::Attendance);
                self.at(room_of(frame), |place| {
                    place.shown.extend(join);
                    place.shown.retain(|name| !leave.contains(name));
                });
            }
            "typing" if frame["isTyping"] == true => {
                let name = frame["user"].as_str().expect("a name");
                // Nobody else is there.
                let by = self.setting.guests().ids.get(name).copied().unwrap_or(User(-1));
                self.record.note(room_of(frame), Event::Typing { by });
                self.status.lock().expect("status").typing += 1;
            }
            "reset" => {
                let (room, head) = (room_of(frame), number(frame, "head"));
                self.record.note(room, Event::Reset { head });
                self.at(room, |place| place.cursor = Some(head));
            }
            "history" => {
                let room = room_of(frame);
                let messages = frame["messages"].as_array().expect("messages").iter().filter_map(fact_of).collect();
                let asked = self.joins.get(&room).map_or_else(|| self.record.now(), |asked| asked.at);
                self.record.note(room, Event::Read { asked, messages });
            }
            "synced" => {
                let room = room_of(frame);
                self.joins.remove(&room);
                self.at(room, |place| place.follows = true);
                self.flush(room);
            }
            "room_removed" => self.removed(room_of(frame)),
            "ack" => self.acked(frame),
            "error" => self.error(frame),
            _ => {}
        }
    }

    fn at(&self, room: Room, change: impl FnOnce(&mut Place)) {
        // A room that we never asked for concerns nobody here.
        self.status.lock().expect("status").rooms.get_mut(&room).map(change);
    }

    fn is_own(&self, room: Room) -> bool {
        self.status.lock().expect("status").rooms.contains_key(&room)
    }

    fn joined(&mut self, frame: &Value) {
        let (room, head) = (room_of(frame), number(frame, "head"));
        let asked = self.joins.get(&room).copied();
        let resumed = asked.is_some_and(|asked| asked.resumed);
        self.record.note(room, Event::Joined { head, resumed });
        if !resumed {
            self.at(room, |place| place.cursor = Some(head));
        }
    }

    fn event(&mut self, room: Room, fact: Fact) {
        let source = self.joins.get(&room).map_or(Source::Live, |asked| Source::Resume { asked: asked.at });
        self.record.note(room, Event::Receive { fact, source });
        self.at(room, |place| place.cursor = place.cursor.max(Some(fact.seq)));
        self.status.lock().expect("status").received += 1;
    }

    fn removed(&mut self, room: Room) {
        self.joins.remove(&room);
        self.outbox.give_up(room);
        let is_pardoned = self.pardons.remove(&room);
        self.at(room, |place| {
            (place.follows, place.shut_out) = (false, !is_pardoned);
            place.shown.clear();
        });
        self.record.note(room, Event::Left);
        if is_pardoned {
            self.again.insert(room, Instant::now());
        }
        self.status.lock().expect("status").waiting = self.outbox.len();
    }

    fn acked(&mut self, frame: &Value) {
        let room = room_of(frame);
        let key = key_of(frame).expect("an ack names what it is for");
        if let Some(message) = self.removals.remove(&key) {
            return self.record.note(room, Event::Erased { message });
        }
        let Some(seq) = frame["seq"].as_i64() else { return };
        let message = number(frame, "message_id");
        if key.0 & EDIT != 0 {
            return;
        }
        if self.outbox.acked(room, (key, message, seq), &mut self.record) {
            let mut status = self.status.lock().expect("status");
            (status.acked, status.waiting) = (status.acked + 1, self.outbox.len());
            drop(status);
            self.second_thoughts(room, message);
        }
    }

    /// Now and then what was said is changed or taken back.
    fn second_thoughts(&mut self, room: Room, message: i64) {
        let mut key = self.key();
        key.0 |= EDIT;
        let id = Uuid::from_u128(key.0);
        match self.dice.random_range(0..100) {
            0..4 => self.replies.push(
                json!({"type": "edit", "room_id": room.0, "message_id": message, "message": format!("{id}"), "id": id}),
            ),
            4..7 => {
                self.removals.insert(key, Message(message));
                self.replies.push(json!({"type": "delete", "room_id": room.0, "message_id": message, "id": id}));
            }
            _ => {}
        }
    }

    fn error(&mut self, frame: &Value) {
        if let Some(key) = key_of(frame) {
            self.removals.remove(&key);
            match self.outbox.refused(key, frame, &mut self.record) {
                // An edit or a removal: not repeated.
                Verdict::NotMine => {}
                Verdict::Refused => {
                    let mut status = self.status.lock().expect("status");
                    (status.refused, status.waiting) = (status.refused + 1, self.outbox.len());
                }
                Verdict::Repeat => {
                    self.status.lock().expect("status").repeated += 1;
                    if frame["retry"] == "resync" {
                        self.rejoin(Room(number(frame, "room_id")), frame);
                    }
                }
            }
            return;
        }
        // Joins, typing and pings go without an id.
        let Some(room) = frame["room_id"].as_i64().map(Room) else { return };
        if !self.is_own(room) {
            if frame["retry"] == "never" {
                self.status.lock().expect("status").turned_away += 1;
            }
            return;
        }
        // Typing that came to nothing is no matter.
        let joins = self.joins.contains_key(&room);
        match frame["retry"].as_str() {
            Some("never") if joins => self.removed(room),
            Some("never") => {}
            Some("resync") => self.rejoin(room, frame),
            _ if joins => self.rejoin(room, frame),
            _ => {}
        }
    }

    fn rejoin(&mut self, room: Room, frame: &Value) {
        let pause = Duration::from_millis(frame["after_ms"].as_u64().unwrap_or(100).min(300));
        self.at(room, |place| place.follows = false);
        self.record.note(room, Event::Left);
        self.joins.remove(&room);
        self.again.entry(room).or_insert(Instant::now() + pause);
    }
}

/// Marks the ids of edits and removals: they are not sends.
const EDIT: u128 = 1 << 63;

fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().expect("names").iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
}
