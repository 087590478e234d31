//! From the text of a frame to a [`Command`]. Never panics, and nothing that it did not parse gets past it.

use hallway_domain::{Body, Emoji, InvalidText, MessageId, RoomId, UserId};
use hallway_protocol::ws::fastroom::ErrorCode;
use hallway_protocol::ws::fastsock::{self as wire, MessageType};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Command, Event, Receipt, Target};
use crate::ws::calls::{self, CallFault};

/// Why a frame was not taken. The connection goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// Not `{"event": .., "data": ..}` at all.
    NoEvent,
    /// A known event whose data is not as it should be.
    Refused { event: Event, message: String, code: ErrorCode },
    /// One about a call.
    Call(CallFault),
}

#[derive(Deserialize)]
struct Envelope {
    event: String,
    #[serde(default)]
    data: Value,
}

/// Largest number that every JSON reader keeps exactly.
const MAX_EXACT: i64 = (1 << 53) - 1;

/// Reads one frame; none of an event that is passed over in silence: one that is not known, or a blank message.
///
/// # Errors
/// When it is no event, or its data is not as the event demands.
pub fn decode(text: &str, message_chars: usize) -> Result<Option<Command>, Undecodable> {
    let Envelope { event, data } = envelope(text)?;
    match event.as_str() {
        "message.send" => send(read(data, Event::Send)?, message_chars),
        "message.delivered" => Ok(read::<wire::Delivered>(data, Event::Silent)
            .ok()
            .and_then(|delivered| Some((message(delivered.message_id)?, Receipt::Delivered)))
            .map(|(message, receipt)| Command::Receipt { message, receipt })),
        "message.read" => Ok(read(data, Event::Silent).ok().and_then(|read| mark(&read))),
        "message.reaction" => {
            let wire::React { message_id, emoji } = read(data, Event::React)?;
            let message = message(message_id).ok_or_else(|| misfit(Event::React))?;
            let emoji = Emoji::parse(&emoji).map_err(|invalid| refused(Event::React, invalid))?;
            Ok(Some(Command::React { message, emoji }))
        }
        "typing.start" => Ok(read(data, Event::Silent).ok().and_then(|typing| self::typing(&typing, true))),
        "typing.stop" => Ok(read(data, Event::Silent).ok().and_then(|typing| self::typing(&typing, false))),
        word if word.starts_with("call.") => match calls::decode(word, data) {
            Ok(command) => Ok(command.map(Command::Call)),
            // As any event that is not known.
            Err(fault) if fault.is_unknown() => Ok(None),
            Err(fault) => Err(Undecodable::Call(fault)),
        },
        _ => Ok(None),
    }
}

fn envelope(text: &str) -> Result<Envelope, Undecodable> {
    // A list would be taken for the fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err(Undecodable::NoEvent);
    }
    serde_json::from_str(text).map_err(|_| Undecodable::NoEvent)
}

fn read<T: DeserializeOwned>(data: Value, event: Event) -> Result<T, Undecodable> {
    if !data.is_object() {
        return Err(misfit(event));
    }
    serde_json::from_value(data).map_err(|_| misfit(event))
}

fn misfit(event: Event) -> Undecodable {
    let message = format!("invalid {}", event.word().unwrap_or("event"));
    Undecodable::Refused { event, message, code: ErrorCode::InvalidFrame }
}

fn refused(event: Event, invalid: InvalidText) -> Undecodable {
    Undecodable::Refused { event, message: invalid.message, code: ErrorCode::Invalid }
}

fn number(number: i64) -> Option<i64> {
    (1..=MAX_EXACT).contains(&number).then_some(number)
}

fn message(id: i64) -> Option<MessageId> {
    number(id).map(MessageId)
}

fn send(data: wire::Send, message_chars: usize) -> Result<Option<Command>, Undecodable> {
    let wire::Send { content, receiver_id, room_id, message_type, reply_to } = data;
    if content.trim().is_empty() {
        return Ok(None);
    }
    let target = match (receiver_id, room_id) {
        (Some(user), None) => number(user).map(|user| Target::User(UserId(user))),
        (None, Some(room)) => number(room).map(|room| Target::Room(RoomId(room))),
        (None, None) | (Some(_), Some(_)) => {
            let message = "message.send needs either receiver_id or room_id".to_owned();
            return Err(Undecodable::Refused { event: Event::Send, message, code: ErrorCode::InvalidFrame });
        }
    };
    let to = target.ok_or_else(|| misfit(Event::Send))?;
    let reply_to = match reply_to {
        Some(id) => Some(message(id).ok_or_else(|| misfit(Event::Send))?),
        None => None,
    };
    let image = match message_type {
        MessageType::Text => false,
        MessageType::Image => true,
        // What the server says is not for clients to say.
        MessageType::System => return Err(misfit(Event::Send)),
    };
    let body = Body::parse(content, message_chars).map_err(|invalid| refused(Event::Send, invalid))?;
    Ok(Some(Command::Send { to, body, image, reply_to }))
}

fn mark(read: &wire::Read) -> Option<Command> {
    match (read.message_id, read.room_id) {
        (Some(id), _) => Some(Command::Receipt { message: message(id)?, receipt: Receipt::Read }),
        (None, Some(room)) => Some(Command::ReadRoom { room: RoomId(number(room)?) }),
        (None, None) => None,
    }
}

fn typing(data: &wire::Typing, typing: bool) -> Option<Command> {
    let to = match (data.receiver_id, data.room_id) {
        (Some(user), None) => Target::User(UserId(number(user)?)),
        (None, Some(room)) => Target::Room(RoomId(number(room)?)),
        (None, None) | (Some(_), Some(_)) => return None,
    };
    Some(Command::Typing { to, typing })
}
