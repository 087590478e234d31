//! Frames that are refused: what is said, with which code, and whether the client's id goes back.

use hallway_protocol::ws::fastroom::ErrorCode;
use serde_json::json;

use super::{CLIENT_ID, NATIVE_RULES, RULES, client_id, json as parsed};
use crate::ws::fastroom::{DecodeError, decode, failure};

fn refusal(text: &str) -> DecodeError {
    match decode(text, NATIVE_RULES) {
        Ok(command) => panic!("{text} was taken: {command:?}"),
        Err(error) => error,
    }
}

#[track_caller]
fn refuses(text: &str, message: &str, code: ErrorCode) {
    let error = refusal(text);
    assert_eq!((error.message.as_ref(), error.code), (message, code), "{text}");
}

#[test]
fn what_is_not_json() {
    let deep_known = format!(r#"{{"type":"chat","message":{}"#, "[".repeat(60_000));
    for text in [
        "",
        " ",
        "hello",
        "{",
        "}",
        r#"{"type":"ping""#,
        r#"{"type":"ping"}}"#,
        r#"{"type":"ping"} {"type":"ping"}"#,
        r"{'type':'ping'}",
        r#"{"type":"ping",}"#,
        r#"{type:"ping"}"#,
        r#"{"type":NaN}"#,
        r#"{"type":"history_more","room":"lobby","before_id":Infinity}"#,
        r#"{"type":"history_more","room":"lobby","before_id":01}"#,
        r#"{"type":"ping","x":"\ud800"#,
        r#"{"type":"chat","room":"lobby","message":"\ud800"}"#,
        r#"{"type":"chat","room":"lobby","message":"\x"}"#,
        "{\"type\":\"chat\",\"room\":\"lobby\",\"message\":\"raw\nnewline\"}",
        "\u{feff}{\"type\":\"ping\"}",
        "{\"type\":\"ping\"}\0",
        "\0",
        "[1,",
        "[\"type\"",
        &deep_known,
    ] {
        refuses(text, "invalid json", ErrorCode::InvalidJson);
    }
}

#[test]
fn what_is_no_object() {
    for text in ["[]", "[1,2]", r#"["type","ping"]"#, r#""ping""#, "null", "true", "17", "-1.5e3"] {
        refuses(text, "invalid frame", ErrorCode::InvalidFrame);
    }
    for text in [
        r#"{"type":"ping","type":"ping"}"#,
        r#"{"type":"ping","type":"leave","room":"lobby"}"#,
        r#"{"type":"leave","room":"lobby","room":"other"}"#,
        r#"{"type":"leave","room":null,"room":"other"}"#,
        r#"{"type":"leave","room_id":1,"room_id":2}"#,
        r#"{"type":"chat","room":"lobby","message":"a","\u006dessage":"b"}"#,
    ] {
        refuses(text, "invalid frame", ErrorCode::InvalidFrame);
    }
}

#[test]
fn what_has_no_known_type() {
    for text in [
        "{}",
        r#"{"type":null}"#,
        r#"{"type":1}"#,
        r#"{"type":["chat"]}"#,
        r#"{"type":{"chat":1}}"#,
        r#"{"type":""}"#,
        r#"{"type":"Chat"}"#,
        r#"{"type":"chat "}"#,
        r#"{"type":"history"}"#,
        r#"{"type":"joined","room":"lobby"}"#,
        r#"{"type":"call.invite","call_id":"x"}"#,
        r#"{"event":"message.send","data":{}}"#,
        r#"{"room":"lobby","message":"hi"}"#,
    ] {
        refuses(text, "unknown type", ErrorCode::UnknownType);
    }
}

#[test]
fn a_room_is_needed() {
    let rooms = ["", r#","room":null"#, r#","room":"""#, r#","room":5"#, r#","room":["lobby"]"#, r#","room":true"#];
    let ids = [r#","room_id":"7""#, r#","room_id":0"#, r#","room_id":-1"#, r#","room_id":7.0"#, r#","room_id":true"#];
    for room in rooms.into_iter().chain(ids).chain([r#","room":"lobby","room_id":9007199254740992"#]) {
        for (kind, message) in [
            ("join", "room required"),
            ("leave", "room required"),
            ("chat", "invalid chat"),
            ("edit", "invalid edit"),
            ("delete", "invalid delete"),
            ("react", "invalid react"),
            ("history_more", "invalid history_more"),
            ("history_around", "invalid history_around"),
            ("fetch", "invalid fetch"),
            ("typing", "invalid typing"),
            ("read", "invalid read"),
            ("delivered", "invalid delivered"),
        ] {
            refuses(&format!(r#"{{"type":"{kind}"{room}}}"#), message, ErrorCode::RoomRequired);
        }
    }
}

#[test]
fn a_name_that_no_room_can_have_names_no_room() {
    for name in [" ", "@!", "a\u{0}b", "\u{202e}lobby", "a\nb", &"x".repeat(101)] {
        let frame = |kind: &str| json!({"type": kind, "room": name, "message": "hi"}).to_string();
        refuses(&frame("join"), "room not found", ErrorCode::RoomNotFound);
        refuses(&frame("leave"), "room not found", ErrorCode::RoomNotFound);
        refuses(&frame("chat"), "invalid chat", ErrorCode::RoomMissing);
        refuses(&frame("typing"), "invalid typing", ErrorCode::RoomMissing);
    }
}

#[test]
fn numbers_that_are_none() {
    let misfits = [
        "true",
        "false",
        r#""5""#,
        "5.0",
        "5.5",
        "-1",
        "1e3",
        "1e30",
        "-1e30",
        "9007199254740992",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "340282366920938463463374607431768211456",
        "[5]",
        "{}",
        r#""""#,
    ];
    for value in misfits {
        for (kind, field, rest) in [
            ("join", "since", ""),
            ("join", "epoch", ""),
            ("chat", "reply_to", r#","message":"hi""#),
            ("edit", "message_id", r#","message":"hi""#),
            ("delete", "message_id", ""),
            ("react", "message_id", r#","emoji":"👍","on":true"#),
            ("history_more", "before_id", ""),
            ("history_more", "limit", r#","before_id":1"#),
            ("history_around", "message_id", ""),
            ("fetch", "from", r#","to":9"#),
            ("fetch", "to", r#","from":1"#),
            ("read", "seq", ""),
            ("delivered", "seq", ""),
        ] {
            let text = format!(r#"{{"type":"{kind}","room":"lobby","{field}":{value}{rest}}}"#);
            refuses(&text, &format!("invalid {kind}"), ErrorCode::InvalidFrame);
        }
    }
    for (text, message) in [
        (r#"{"type":"history_more","room":"lobby"}"#, "invalid history_more"),
        (r#"{"type":"history_more","room":"lobby","before_id":null}"#, "invalid history_more"),
        (r#"{"type":"history_more","room":"lobby","before_id":1,"limit":0}"#, "invalid history_more"),
        (r#"{"type":"history_around","room":"lobby","message_id":0}"#, "invalid history_around"),
        (r#"{"type":"fetch","room":"lobby","from":0,"to":1}"#, "invalid fetch"),
        (r#"{"type":"fetch","room":"lobby","from":3,"to":2}"#, "invalid fetch"),
        (r#"{"type":"fetch","room":"lobby","from":3}"#, "invalid fetch"),
        (r#"{"type":"read","room":"lobby"}"#, "invalid read"),
    ] {
        refuses(text, message, ErrorCode::InvalidFrame);
    }
}

#[test]
fn text_that_is_none() {
    for value in ["null", "true", "5", "[\"hi\"]", r#"{"$gt":""}"#] {
        let text = format!(r#"{{"type":"chat","room":"lobby","message":{value}}}"#);
        refuses(&text, "invalid chat", ErrorCode::InvalidFrame);
        let text = format!(r#"{{"type":"edit","room":"lobby","message_id":1,"message":{value}}}"#);
        refuses(&text, "invalid edit", ErrorCode::InvalidFrame);
        let text = format!(r#"{{"type":"react","room":"lobby","message_id":1,"on":true,"emoji":{value}}}"#);
        refuses(&text, "invalid react", ErrorCode::InvalidFrame);
    }
    for value in ["null", "1", r#""true""#] {
        let text = format!(r#"{{"type":"react","room":"lobby","message_id":1,"emoji":"👍","on":{value}}}"#);
        refuses(&text, "invalid react", ErrorCode::InvalidFrame);
    }
    for value in ["null", "1", r#""""#, "[]", &format!(r#""{}""#, "x".repeat(9_000))] {
        refuses(&format!(r#"{{"type":"auth","token":{value}}}"#), "invalid auth", ErrorCode::InvalidFrame);
    }
    for emoji in ["", "a", "ok", ":", "::", "<b>", "👍 👍", "\u{0}", &"👍".repeat(17)] {
        let frame = json!({"type": "react", "room": "lobby", "message_id": 1, "emoji": emoji, "on": true});
        refuses(&frame.to_string(), "emoji must be one emoji or a code such as :tada:", ErrorCode::Invalid);
    }
}

#[test]
fn a_message_that_is_refused_says_which() {
    for (message, words) in [
        ("", "message must not be blank"),
        (" \n\t\u{3000}", "message must not be blank"),
        ("a\u{0}b", "message must not contain NUL"),
        (&"x".repeat(41), "message must have at most 40 characters"),
        (&"👍".repeat(41), "message must have at most 40 characters"),
    ] {
        for kind in ["chat", "edit"] {
            let frame = json!({"type": kind, "room": "lobby", "message_id": 1, "message": message, "id": CLIENT_ID})
                .to_string();
            for rules in [RULES, NATIVE_RULES] {
                let error = decode(&frame, rules).expect_err("refused");
                assert_eq!((error.message.as_ref(), error.code), (words, ErrorCode::Invalid), "{frame}");
                assert_eq!(error.origin.id, Some(client_id()), "{frame}");
                let said = parsed(&failure::undecodable(&error));
                assert_eq!(
                    said,
                    json!({"type": "error", "message": words, "code": "invalid", "id": CLIENT_ID, "room": "lobby",
                           "retry": "never"})
                );
            }
        }
    }
}

#[test]
fn the_id_goes_back_with_every_other_fault_too() {
    for rest in [r#""room":5,"message":"hi""#, r#""message":"hi""#, r#""room":"lobby","message":5"#, r#""room":"@x""#] {
        let text = format!(r#"{{"type":"chat","id":"{CLIENT_ID}",{rest}}}"#);
        assert_eq!(refusal(&text).origin.id, Some(client_id()), "{text}");
    }
}

#[test]
fn a_native_client_is_told_of_an_id_that_is_none() {
    let upper = CLIENT_ID.to_string().to_uppercase();
    for id in [json!(17), json!("mine"), json!(CLIENT_ID.simple().to_string()), json!({}), json!(false), json!("")] {
        let frame = json!({"type": "chat", "room": "lobby", "message": "hi", "id": id});
        refuses(&frame.to_string(), "invalid chat", ErrorCode::InvalidFrame);
    }
    let frame = json!({"type": "chat", "room": "lobby", "message": "hi", "id": upper});
    assert_eq!(decode(&frame.to_string(), NATIVE_RULES).expect("valid").id(), Some(client_id()));
}
