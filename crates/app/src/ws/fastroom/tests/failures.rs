//! How errors of use cases and of the hub are worded.

use hallway_application::{AuthFailure, Conflict, Error, Missing};
use hallway_domain::policy::Denied;
use hallway_domain::ports::{BusError, Limited, StoreError};
use hallway_domain::{InvalidText, RoomId, RoomName};
use hallway_hub::HubError;
use hallway_protocol::ws::fastroom::ErrorCode;
use serde_json::{Value, json};

use super::{CLIENT_ID, at, client_id, json as parsed};
use crate::ws::fastroom::{FrameKind, Origin, RoomRef, failure};

fn origin(kind: FrameKind) -> Origin {
    Origin { kind: Some(kind), room: Some(RoomRef::Id(RoomId(7))), id: None }
}

fn failed(kind: FrameKind, error: &Error) -> Value {
    parsed(&failure::failed(&origin(kind), error))
}

/// One of each.
fn errors() -> Vec<Error> {
    let mut errors = vec![
        Error::Invalid(InvalidText::new("name", "name must have 1 to 100 characters")),
        Error::RateLimited(Limited { retry_after: time::Duration::milliseconds(250) }),
        Error::Busy,
        Error::Unavailable("postgres://user:secret@db".to_owned()),
        Error::Internal("row 17 of users".to_owned()),
    ];
    errors.extend(
        [
            AuthFailure::WrongPassword,
            AuthFailure::BadRefreshToken,
            AuthFailure::BadToken,
            AuthFailure::TokenExpired,
            AuthFailure::WrongTokenType,
            AuthFailure::SessionRevoked,
            AuthFailure::AccountDisabled,
            AuthFailure::BadTicket,
        ]
        .map(Error::Unauthenticated),
    );
    errors.extend(
        [
            Denied::Hidden,
            Denied::PrivateRoom,
            Denied::NotMember,
            Denied::Banned(None),
            Denied::Muted(Some(at())),
            Denied::NotModerator,
            Denied::NotPermitted,
            Denied::Outranked,
            Denied::Archived,
            Denied::ModeratorsOnly,
            Denied::SlowMode(time::Duration::milliseconds(11_500)),
            Denied::DirectRoom,
        ]
        .map(Error::Denied),
    );
    errors.extend(
        [
            Missing::User,
            Missing::Room,
            Missing::Message,
            Missing::Member,
            Missing::Membership,
            Missing::Session,
            Missing::Invite,
        ]
        .map(Error::NotFound),
    );
    errors.extend(
        [
            Conflict::UsernameTaken,
            Conflict::EmailTaken,
            Conflict::RoomNameTaken,
            Conflict::AlreadyMember,
            Conflict::ClientIdReused,
            Conflict::TooManyEmojis,
            Conflict::TooManyInvites,
        ]
        .map(Error::Conflict),
    );
    errors
}

#[test]
fn every_code_of_the_use_cases_is_published() {
    for error in errors() {
        assert_eq!(ErrorCode::parse(error.code()).map(ErrorCode::as_str), Some(error.code()));
        assert_eq!(failed(FrameKind::Join, &error)["code"], error.code());
    }
}

#[test]
fn detail_of_faults_is_not_sent() {
    for error in errors() {
        let said = failed(FrameKind::Chat, &error).to_string();
        assert!(!said.contains("secret") && !said.contains("row 17"), "{said}");
    }
}

#[test]
fn the_recorded_words() {
    for (kind, error, message, code) in [
        (FrameKind::Join, Error::NotFound(Missing::Room), "room not found", "room_not_found"),
        (FrameKind::Join, Error::Denied(Denied::Hidden), "room not found", "room_not_found"),
        (FrameKind::Join, Error::Denied(Denied::PrivateRoom), "room is private", "room_is_private"),
        (FrameKind::Join, Error::Denied(Denied::Banned(None)), "banned", "banned"),
        (FrameKind::Chat, Error::NotFound(Missing::Room), "room missing", "room_missing"),
        (FrameKind::Chat, Error::Denied(Denied::Hidden), "room missing", "room_missing"),
        (FrameKind::Chat, Error::Denied(Denied::NotMember), "not a member", "not_a_member"),
        (FrameKind::Chat, Error::Denied(Denied::Banned(None)), "banned", "banned"),
        (FrameKind::Chat, Error::Denied(Denied::Muted(None)), "muted", "muted"),
        (FrameKind::HistoryMore, Error::NotFound(Missing::Room), "room missing", "room_missing"),
        (FrameKind::Edit, Error::NotFound(Missing::Message), "message not found", "message_not_found"),
        (FrameKind::Edit, Error::Denied(Denied::NotPermitted), "not permitted", "not_permitted"),
    ] {
        let expected = json!({"type": "error", "message": message, "code": code, "room_id": 7, "retry": "never"});
        assert_eq!(failed(kind, &error), expected);
    }
}

#[test]
fn the_id_and_the_room_go_back() {
    let lobby = RoomName::parse("lobby").expect("valid");
    let origin = Origin { kind: Some(FrameKind::Chat), room: Some(RoomRef::Name(lobby)), id: Some(client_id()) };
    let said = parsed(&failure::failed(&origin, &Error::Denied(Denied::Muted(None))));
    assert_eq!(said["id"], json!(CLIENT_ID));
    assert_eq!(said["room"], "lobby");
    assert!(said.get("room_id").is_none());
}

#[test]
fn whether_to_try_again() {
    let retry = |error: &Error| {
        let said = failed(FrameKind::Chat, error);
        (said["retry"].as_str().expect("a word").to_owned(), said.get("after_ms").and_then(Value::as_u64))
    };
    let limited =
        |milliseconds| Error::RateLimited(Limited { retry_after: time::Duration::milliseconds(milliseconds) });
    assert_eq!(retry(&limited(250)), ("after".to_owned(), Some(250)));
    assert_eq!(retry(&limited(0)), ("after".to_owned(), Some(1)));
    assert_eq!(retry(&limited(-5)), ("after".to_owned(), Some(1_000)));
    let slow = Error::Denied(Denied::SlowMode(time::Duration::milliseconds(11_500)));
    assert_eq!(retry(&slow), ("after".to_owned(), Some(11_500)));
    assert_eq!(slow.to_string(), "slow mode: wait 12 s");
    assert_eq!(retry(&Error::Busy), ("after".to_owned(), Some(1_000)));
    assert_eq!(retry(&Error::Unavailable(String::new())), ("after".to_owned(), Some(1_000)));
    assert_eq!(retry(&Error::Unauthenticated(AuthFailure::TokenExpired)), ("reauth".to_owned(), None));
    assert_eq!(retry(&Error::Conflict(Conflict::ClientIdReused)), ("never".to_owned(), None));
}

#[test]
fn what_the_edge_says_by_itself() {
    let said = |bytes| {
        let value: Value = parsed(&bytes);
        (value["message"].as_str().expect("words").to_owned(), value["code"].as_str().expect("a code").to_owned())
    };
    let pair = |message: &str, code: &str| (message.to_owned(), code.to_owned());
    assert_eq!(said(failure::not_joined(&origin(FrameKind::Chat))), pair("invalid chat", "not_joined"));
    assert_eq!(said(failure::not_joined(&origin(FrameKind::Typing))), pair("invalid typing", "not_joined"));
    assert_eq!(said(failure::binary()), pair("invalid json", "binary_frame"));
}

#[test]
fn what_the_hub_could_not_do() {
    let code = |error: &HubError| {
        failure::hub_failed(&origin(FrameKind::Join), error).map(|bytes| parsed(&bytes)["code"].clone())
    };
    assert_eq!(code(&HubError::TooManyRooms), Some(json!("too_many_rooms")));
    assert_eq!(code(&HubError::TooManyConnections), Some(json!("too_many_connections")));
    assert_eq!(code(&HubError::Revoked), Some(json!("room_not_found")));
    assert_eq!(code(&HubError::Closed), None);
    assert_eq!(code(&HubError::Bus(BusError("redis://secret".to_owned()))), Some(json!("unavailable")));
    let store = HubError::Store(StoreError::Unavailable("secret".to_owned()));
    let said = failure::hub_failed(&origin(FrameKind::Join), &store).expect("said");
    assert!(!parsed(&said).to_string().contains("secret"));
}
