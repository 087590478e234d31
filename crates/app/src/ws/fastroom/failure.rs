//! What went wrong with a frame, in the recorded words where there are any.

use std::time::Duration;

use bytes::Bytes;
use hallway_application::{Error, ErrorKind, Missing};
use hallway_domain::policy::Denied;
use hallway_hub::HubError;
use hallway_protocol::ws::fastroom::{ErrorCode, ErrorFrame, Retry, ServerFrame};

use super::{DecodeError, FrameKind, Origin, RoomRef, wire};

/// How long to wait when the server cannot tell.
const PAUSE: Duration = Duration::from_secs(1);

/// A frame that could not be decoded.
#[must_use]
pub fn undecodable(error: &DecodeError) -> Bytes {
    say(&error.origin, error.message.to_string(), error.code, Retry::Never, None)
}

/// A frame whose use case failed.
#[must_use]
pub fn failed(origin: &Origin, error: &Error) -> Bytes {
    let code = ErrorCode::parse(error.code()).unwrap_or(ErrorCode::Internal);
    let (retry, after) = match error.kind() {
        ErrorKind::Invalid
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::TooLarge
        | ErrorKind::WrongType => (Retry::Never, None),
        ErrorKind::Unauthenticated => (Retry::Reauth, None),
        ErrorKind::RateLimited => match error {
            Error::RateLimited(limited) => (Retry::After, Some(limited.retry_after.try_into().unwrap_or(PAUSE))),
            Error::Denied(Denied::SlowMode(after) | Denied::JoiningTooFast(after)) => {
                (Retry::After, Some(after.unsigned_abs()))
            }
            _ => (Retry::After, Some(PAUSE)),
        },
        ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::Internal => (Retry::After, Some(PAUSE)),
    };
    let no_room = matches!(error, Error::Denied(Denied::Hidden) | Error::NotFound(Missing::Room));
    match origin.kind {
        Some(kind) if no_room && kind != FrameKind::Join => room_missing(origin),
        _ => say(origin, error.to_string(), code, retry, after),
    }
}

/// A frame that the hub could not serve; none when the connection is gone anyway.
#[must_use]
pub fn hub_failed(origin: &Origin, error: &HubError) -> Option<Bytes> {
    Some(match error {
        HubError::TooManyRooms => say(origin, error.to_string(), ErrorCode::TooManyRooms, Retry::Never, None),
        HubError::TooManyConnections => {
            say(origin, error.to_string(), ErrorCode::TooManyConnections, Retry::After, Some(PAUSE))
        }
        // Taken away while joining; `room_removed` may have told why.
        HubError::Revoked => say(origin, "room not found".to_owned(), ErrorCode::RoomNotFound, Retry::Never, None),
        HubError::Closed => return None,
        HubError::Bus(_) | HubError::Store(_) => {
            let message = "temporarily unavailable".to_owned();
            say(origin, message, ErrorCode::Unavailable, Retry::After, Some(PAUSE))
        }
    })
}

/// A frame about a room that was not joined on this connection.
#[must_use]
pub fn not_joined(origin: &Origin) -> Bytes {
    let message = origin.kind.map_or_else(|| "invalid frame".to_owned(), FrameKind::invalid);
    say(origin, message, ErrorCode::NotJoined, Retry::Resync, None)
}

/// A frame about a room that does not exist.
fn room_missing(origin: &Origin) -> Bytes {
    say(origin, "room missing".to_owned(), ErrorCode::RoomMissing, Retry::Never, None)
}

/// A frame of bytes, where text was expected.
#[must_use]
pub fn binary() -> Bytes {
    let origin = Origin { kind: None, room: None, id: None };
    say(&origin, "invalid json".to_owned(), ErrorCode::BinaryFrame, Retry::Never, None)
}

fn say(origin: &Origin, message: String, code: ErrorCode, retry: Retry, after: Option<Duration>) -> Bytes {
    let (room, room_id) = match &origin.room {
        Some(RoomRef::Name(name)) => (Some(name.as_str().to_owned()), None),
        Some(RoomRef::Direct(user)) => (Some(format!("@{user}")), None),
        Some(RoomRef::Id(id)) => (None, Some(id.0)),
        None => (None, None),
    };
    wire::one(&ServerFrame::Error(ErrorFrame {
        message,
        code,
        id: origin.id.map(|id| id.0),
        room,
        room_id,
        retry,
        after_ms: after.map(|after| wire::millis(after).max(1)),
    }))
}
