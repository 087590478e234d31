//! Answers to one connection.

use bytes::Bytes;
use hallway_application::{Error, Sent};
use hallway_domain::{Room, UserId};
use hallway_hub::HubError;
use hallway_protocol::rest::fastsock as rest;
use hallway_protocol::ws::fastroom::ErrorCode;
use hallway_protocol::ws::fastsock::{
    ErrorFrame, INVALID_JSON, MessageError, Sent as SentEvent, SentStatus, ServerEvent,
};

use super::{Event, Undecodable, frames};
use crate::ws::text;

/// That these are online, one event each.
#[must_use]
pub fn online(users: impl IntoIterator<Item = UserId>) -> Bytes {
    let events: Vec<ServerEvent> = users.into_iter().map(|user| frames::presence(user, true)).collect();
    text::many(&events)
}

#[must_use]
pub fn ack(sent: &Sent) -> Bytes {
    let (message_id, timestamp) = (sent.message.0, sent.at.into());
    text::one(&ServerEvent::Ack(SentEvent { message_id, status: SentStatus::Sent, timestamp }))
}

/// A room as FastSock's clients know one; none of a direct conversation.
#[must_use]
pub fn room(room: &Room) -> Option<rest::Room> {
    let name = room.name.as_ref()?.as_str().to_owned();
    Some(rest::Room { id: room.id.0, name, is_group: true })
}

#[must_use]
pub fn room_created(room: rest::Room) -> Bytes {
    text::one(&ServerEvent::RoomCreated(room))
}

/// What could not be decoded; no bytes where nothing is to be said.
#[must_use]
pub fn undecodable(fault: &Undecodable) -> Bytes {
    match fault {
        Undecodable::NoEvent => text::one(&ErrorFrame { error: INVALID_JSON.to_owned() }),
        Undecodable::Call(fault) => text::one(&ServerEvent::CallError(fault.error())),
        Undecodable::Refused { event, message, code } => refused(*event, message.clone(), *code),
    }
}

/// A command that failed; no bytes where nothing is to be said.
#[must_use]
pub fn failed(event: Event, error: &Error) -> Bytes {
    refused(event, error.to_string(), ErrorCode::parse(error.code()).unwrap_or(ErrorCode::Internal))
}

/// A command that the hub could not serve.
#[must_use]
pub fn hub_failed(event: Event, error: &HubError) -> Bytes {
    match error {
        HubError::TooManyRooms => refused(event, error.to_string(), ErrorCode::TooManyRooms),
        HubError::Revoked => refused(event, "room not found".to_owned(), ErrorCode::RoomNotFound),
        HubError::Closed | HubError::TooManyConnections => Bytes::new(),
        HubError::Bus(_) | HubError::Store(_) => {
            refused(event, "temporarily unavailable".to_owned(), ErrorCode::Unavailable)
        }
    }
}

fn refused(event: Event, message: String, code: ErrorCode) -> Bytes {
    match event.word() {
        Some(word) => {
            text::one(&ServerEvent::MessageError(MessageError { message, code, context_event: word.to_owned() }))
        }
        None => Bytes::new(),
    }
}
