//! Frames that are taken.

use hallway_domain::{Body, ClientId, Epoch, MessageId, RoomId, RoomName, Seq};
use hallway_protocol::Secret;
use hallway_protocol::ws::fastroom::{ClientFrame, RoomRef as WireRoom};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{CLIENT_ID, NATIVE_RULES, RULES, client_id, emoji};
use crate::ws::fastroom::{Command, FrameKind, RoomRef, decode};

fn take(text: &str) -> Command {
    decode(text, NATIVE_RULES).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn lobby() -> RoomRef {
    RoomRef::Name(RoomName::parse("lobby").expect("valid"))
}

fn body(text: &str) -> Body {
    Body::parse(text.to_owned(), 100).expect("valid")
}

#[track_caller]
fn reads(text: &str, expected: &Command) {
    assert_eq!(format!("{:?}", take(text)), format!("{expected:?}"), "{text}");
}

#[test]
fn the_frames_of_fastroom() {
    reads(r#"{"type":"join","room":"lobby"}"#, &Command::Join { room: lobby(), since: None, epoch: None });
    reads(r#"{"type":"leave","room":"lobby"}"#, &Command::Leave { room: lobby() });
    reads(
        r#"{"type":"chat","room":"lobby","message":"hi"}"#,
        &Command::Chat { room: lobby(), body: body("hi"), id: None, reply_to: None, attachments: Vec::new() },
    );
    reads(
        r#"{"type":"history_more","room":"lobby","before_id":12}"#,
        &Command::HistoryMore { room: lobby(), before: MessageId(12), limit: 50 },
    );
    reads(r#"{"type":"typing","room":"lobby","isTyping":true}"#, &Command::Typing { room: lobby(), typing: true });
    reads(r#"{"type":"ping"}"#, &Command::Ping);
}

#[test]
fn the_frames_that_hallway_adds() {
    let id = Some(client_id());
    reads(
        r#"{"type":"join","room":"lobby","since":0,"epoch":99}"#,
        &Command::Join { room: lobby(), since: Some(Seq(0)), epoch: Some(Epoch(99)) },
    );
    reads(
        &format!(r#"{{"type":"chat","room":"lobby","message":"hi","id":"{CLIENT_ID}","reply_to":3}}"#),
        &Command::Chat { room: lobby(), body: body("hi"), id, reply_to: Some(MessageId(3)), attachments: Vec::new() },
    );
    reads(
        &format!(r#"{{"type":"edit","room":"lobby","message_id":3,"message":"ho","id":"{CLIENT_ID}"}}"#),
        &Command::Edit { room: lobby(), message: MessageId(3), body: body("ho"), id },
    );
    reads(
        r#"{"type":"delete","room":"lobby","message_id":3}"#,
        &Command::Delete { room: lobby(), message: MessageId(3), id: None },
    );
    reads(
        r#"{"type":"react","room":"lobby","message_id":3,"emoji":"👍","on":false}"#,
        &Command::React { room: lobby(), message: MessageId(3), emoji: emoji("👍"), on: false, id: None },
    );
    reads(
        &format!(r#"{{"type":"pin","room":"lobby","message_id":3,"on":true,"id":"{CLIENT_ID}"}}"#),
        &Command::Pin { room: lobby(), message: MessageId(3), on: true, id },
    );
    reads(
        r#"{"type":"mark_unread","room":"lobby","message_id":3}"#,
        &Command::MarkUnread { room: lobby(), message: MessageId(3), id: None },
    );
    reads(
        r#"{"type":"history_around","room":"lobby","message_id":3,"limit":20}"#,
        &Command::HistoryAround { room: lobby(), message: MessageId(3), limit: 20 },
    );
    reads(
        r#"{"type":"fetch","room":"lobby","from":4,"to":4}"#,
        &Command::Fetch { room: lobby(), from: Seq(4), to: Seq(4) },
    );
    reads(r#"{"type":"read","room":"lobby","seq":5}"#, &Command::Read { room: lobby(), seq: Seq(5) });
    reads(r#"{"type":"delivered","room":"lobby","seq":0}"#, &Command::Delivered { room: lobby(), seq: Seq(0) });
    let Command::Auth { token } = take(r#"{"type":"auth","token":"a.b.c"}"#) else { panic!("not auth") };
    assert_eq!(token.expose_secret(), "a.b.c");
}

#[test]
fn a_token_does_not_show_in_debug_output() {
    assert!(!format!("{:?}", take(r#"{"type":"auth","token":"sesame"}"#)).contains("sesame"));
}

#[test]
fn the_number_of_a_room_wins_over_its_name() {
    for text in [
        r#"{"type":"leave","room_id":7}"#,
        r#"{"type":"leave","room_id":7,"room":"other"}"#,
        r#"{"type":"leave","room":5,"room_id":7}"#,
        r#"{"type":"leave","room":"@nobody","room_id":7}"#,
    ] {
        reads(text, &Command::Leave { room: RoomRef::Id(RoomId(7)) });
    }
    reads(r#"{"type":"leave","room_id":null,"room":"lobby"}"#, &Command::Leave { room: lobby() });
}

#[test]
fn typing_is_what_python_takes_for_true() {
    for (value, typing) in [
        ("true", true),
        ("1", true),
        ("-1", true),
        ("0.5", true),
        (r#""no""#, true),
        (r#""false""#, true),
        ("[0]", true),
        (r#"{"a":null}"#, true),
        ("false", false),
        ("null", false),
        ("0", false),
        ("0.0", false),
        ("-0.0", false),
        (r#""""#, false),
        ("[]", false),
        ("{}", false),
    ] {
        let text = format!(r#"{{"type":"typing","room":"lobby","isTyping":{value}}}"#);
        reads(&text, &Command::Typing { room: lobby(), typing });
    }
    reads(r#"{"type":"typing","room":"lobby"}"#, &Command::Typing { room: lobby(), typing: false });
}

#[test]
fn unknown_fields_are_ignored_whatever_they_hold() {
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    for extra in [r#""x":1"#, r#""x":{"type":"leave"}"#, r#""x":1,"x":2"#, r#""":null"#, &format!(r#""x":{deep}"#)] {
        reads(&format!(r#"{{{extra},"type":"ping"}}"#), &Command::Ping);
        reads(&format!(r#"{{"type":"ping",{extra}}}"#), &Command::Ping);
    }
}

#[test]
fn text_is_kept_as_it_came() {
    for text in ["  padded ", "two\nlines", "\u{202e}abc", "👩‍👩‍👧", "\"quoted\" \\ /", "\u{7f}\u{1b}[31m"]
    {
        let frame = json!({"type": "chat", "room": "lobby", "message": text}).to_string();
        reads(
            &frame,
            &Command::Chat { room: lobby(), body: body(text), id: None, reply_to: None, attachments: Vec::new() },
        );
    }
    let longest = "é".repeat(RULES.message_chars);
    let frame = json!({"type": "chat", "room": "lobby", "message": longest}).to_string();
    reads(
        &frame,
        &Command::Chat { room: lobby(), body: body(&longest), id: None, reply_to: None, attachments: Vec::new() },
    );
}

#[test]
fn a_plain_client_may_use_id_for_itself() {
    for id in [json!(17), json!("mine"), json!({"a": 1}), json!(null), json!([])] {
        let frame = json!({"type": "chat", "room": "lobby", "message": "hi", "id": id}).to_string();
        let command = decode(&frame, RULES).unwrap_or_else(|error| panic!("{frame}: {error:?}"));
        assert_eq!(command.id(), None, "{frame}");
    }
    let frame = json!({"type": "chat", "room": "lobby", "message": "hi", "id": CLIENT_ID}).to_string();
    assert_eq!(decode(&frame, RULES).expect("valid").id(), Some(ClientId(CLIENT_ID)));
}

#[test]
fn a_limit_is_cut_to_what_is_served() {
    for (asked, limit) in [("1", 1), ("99", 99), ("100", 100), ("101", 100), ("9007199254740991", 100), ("null", 50)] {
        let text = format!(r#"{{"type":"history_more","room":"lobby","before_id":0,"limit":{asked}}}"#);
        reads(&text, &Command::HistoryMore { room: lobby(), before: MessageId(0), limit });
    }
}

/// The published types and the decoder agree.
#[test]
fn every_published_client_frame_is_taken() {
    let (room, id) = (|| WireRoom { room: Some("lobby".to_owned()), room_id: Some(7) }, Some(CLIENT_ID));
    let frames = [
        ClientFrame::Join { room: room(), since: Some(1), epoch: Some(2) },
        ClientFrame::Leave { room: room() },
        ClientFrame::Chat { room: room(), message: "hi".to_owned(), id, reply_to: Some(3), attachments: Vec::new() },
        ClientFrame::Edit { room: room(), message_id: 3, message: "ho".to_owned(), id },
        ClientFrame::Delete { room: room(), message_id: 3, id },
        ClientFrame::React { room: room(), message_id: 3, emoji: ":tada:".to_owned(), on: true, id },
        ClientFrame::HistoryMore { room: room(), before_id: 3, limit: Some(10) },
        ClientFrame::HistoryAround { room: room(), message_id: 3, limit: None },
        ClientFrame::Fetch { room: room(), from: 1, to: 2 },
        ClientFrame::Typing { room: room(), is_typing: true },
        ClientFrame::Read { room: room(), seq: 4 },
        ClientFrame::Delivered { room: room(), seq: 4 },
        ClientFrame::Ping,
        ClientFrame::Auth { token: Secret::new("t") },
    ];
    let mut kinds = Vec::new();
    for frame in &frames {
        let text = serde_json::to_string(frame).expect("plain");
        let command = take(&text);
        let in_room = !matches!(command.kind(), FrameKind::Ping | FrameKind::Auth);
        assert_eq!(command.room().cloned(), in_room.then_some(RoomRef::Id(RoomId(7))), "{text}");
        assert!(text.contains(&format!(r#""type":"{}""#, command.kind().as_str())));
        assert_eq!(command.origin().kind, Some(command.kind()));
        assert_eq!(command.id().is_some(), text.contains(r#""id":"#), "{text}");
        kinds.push(command.kind());
    }
    kinds.dedup();
    assert_eq!(kinds.len(), frames.len(), "a frame type is missing here");
}

#[test]
fn a_name_with_an_at_is_the_conversation_with_that_user() {
    let bob = RoomRef::Direct(hallway_domain::Username::parse("bob").expect("valid"));
    for room in ["@bob", "@Bob", "@ bob "] {
        let text = json!({"type": "leave", "room": room}).to_string();
        reads(&text, &Command::Leave { room: bob.clone() });
    }
    let both = r#"{"type":"leave","room":"@bob","room_id":7}"#;
    reads(both, &Command::Leave { room: RoomRef::Id(RoomId(7)) });
    for room in ["@", "@b", "@b!b", "@@bob"] {
        let text = json!({"type": "leave", "room": room}).to_string();
        let error = decode(&text, NATIVE_RULES).expect_err("nobody is called that");
        assert_eq!(error.message, "room not found", "{room}");
    }
}
