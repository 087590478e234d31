//! What a client wants to be said, until the server has answered.

use std::time::{Duration, Instant};

use hallway_test_support::checker::{Event, Key, Message, Room, Text};
use serde_json::{Value, json};
use uuid::Uuid;

use super::record::Record;

struct Waiting {
    key: Key,
    room: Room,
    text: String,
    /// How often it was sent, over all connections.
    attempts: u32,
    /// None: at once. Not sent twice on one connection unless the server asks for it.
    due: Option<Instant>,
    sent: bool,
}

#[derive(Default)]
pub(super) struct Outbox {
    waiting: Vec<Waiting>,
}

/// How an error was taken.
#[derive(PartialEq, Eq)]
pub(super) enum Verdict {
    NotMine,
    Refused,
    Repeat,
}

impl Outbox {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn add(&mut self, key: Key, room: Room, text: String) {
        self.waiting.push(Waiting { key, room, text, attempts: 0, due: None, sent: false });
    }

    /// A new connection knows nothing of what was sent on the last.
    pub(super) fn lost_connection(&mut self) {
        for waiting in &mut self.waiting {
            (waiting.sent, waiting.due) = (false, None);
        }
    }

    /// The room is closed to us: what became of a send that nobody answered stays unknown.
    pub(super) fn give_up(&mut self, room: Room) {
        self.waiting.retain(|waiting| waiting.room != room);
    }

    /// Frames for all that is to be sent now in this room, noted as sent.
    pub(super) fn due(&mut self, room: Room, record: &mut Record) -> Vec<Value> {
        let now = Instant::now();
        let mut frames = Vec::new();
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.room == room) {
            let wait = waiting.due.is_some_and(|due| due > now) || (waiting.sent && waiting.due.is_none());
            if wait {
                continue;
            }
            waiting.attempts += 1;
            (waiting.sent, waiting.due) = (true, None);
            record.note(room, Event::Send { key: waiting.key, text: Text::of(&waiting.text) });
            let id = Uuid::from_u128(waiting.key.0);
            frames.push(json!({"type": "chat", "room_id": room.0, "message": waiting.text, "id": id}));
        }
        frames
    }

    /// Whether the ack was for one of ours that still waited; a second one is noted as well.
    pub(super) fn acked(&mut self, room: Room, (key, message, seq): (Key, i64, i64), record: &mut Record) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.key != key);
        record.note(room, Event::Ack { key, message: Message(message), seq });
        self.waiting.len() < before
    }

    pub(super) fn refused(&mut self, key: Key, error: &Value, record: &mut Record) -> Verdict {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.key == key) else { return Verdict::NotMine };
        if error["retry"] == "never" {
            let waiting = self.waiting.remove(at);
            // Of an earlier attempt that nobody answered this says nothing.
            if waiting.attempts == 1 {
                record.note(waiting.room, Event::Fail { key });
            }
            return Verdict::Refused;
        }
        let pause = Duration::from_millis(error["after_ms"].as_u64().unwrap_or(100).min(300));
        self.waiting[at].due = Some(Instant::now() + pause);
        Verdict::Repeat
    }
}
