//! What a client notes for the checker.

use std::time::Instant;

use hallway_test_support::checker::{Client, Entry, Event, Fact, Key, Kind, Moment, Room, Text, User};
use serde_json::Value;
use uuid::Uuid;

use crate::support::kind;

pub(crate) struct Record {
    pub(crate) start: Instant,
    pub(crate) client: Client,
    pub(crate) user: User,
    pub(crate) entries: Vec<Entry>,
}

impl Record {
    pub(crate) fn now(&self) -> Moment {
        self.start.elapsed()
    }

    pub(crate) fn note(&mut self, room: Room, event: Event) {
        self.entries.push(Entry { at: self.now(), client: self.client, user: self.user, room, event });
    }
}

pub(crate) fn number(frame: &Value, field: &str) -> i64 {
    frame[field].as_i64().unwrap_or_else(|| panic!("no number {field} in {frame}"))
}

pub(crate) fn room_of(frame: &Value) -> Room {
    Room(number(frame, "room_id"))
}

pub(crate) fn key_of(frame: &Value) -> Option<Key> {
    let id: Uuid = frame["id"].as_str()?.parse().ok()?;
    Some(Key(id.as_u128()))
}

fn text_of(frame: &Value, field: &str) -> Option<Text> {
    frame["deleted_at"].is_null().then(|| Text::of(frame[field].as_str().expect("a text")))
}

/// A frame as an event of the log, if it is one.
pub(crate) fn fact_of(frame: &Value) -> Option<Fact> {
    let (kind, subject) = match kind(frame) {
        "chat" => (Kind::Posted, "message_id"),
        "message_updated" => (Kind::Edited, "message_id"),
        "message_deleted" => (Kind::Deleted, "message_id"),
        "reaction" => (Kind::Reaction, "message_id"),
        "member_joined" => (Kind::MemberJoined, "user_id"),
        "member_left" => (Kind::MemberLeft, "user_id"),
        "member_update" => (Kind::MemberUpdated, "user_id"),
        "room_updated" => (Kind::RoomUpdated, "room_id"),
        _ => return None,
    };
    let text = match kind {
        Kind::Posted => text_of(frame, "message"),
        Kind::Edited => text_of(frame, "content"),
        _ => None,
    };
    let subject = if kind == Kind::RoomUpdated { 0 } else { number(frame, subject) };
    let key = if kind == Kind::Posted { key_of(frame) } else { None };
    Some(Fact { seq: number(frame, "seq"), kind, subject, key, text })
}

/// A message as the REST interface tells it.
pub(crate) fn told(message: &Value) -> Fact {
    Fact {
        seq: number(message, "seq"),
        kind: Kind::Posted,
        subject: number(message, "id"),
        key: message["client_id"].as_str().and_then(|id| Some(Key(id.parse::<Uuid>().ok()?.as_u128()))),
        text: message["content"].as_str().map(Text::of),
    }
}
