//! Whatever comes, decoding ends with a value or a typed error.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{NATIVE_RULES, RULES};
use crate::ws::fastroom::{decode, failure};

const TYPES: [&str; 16] = [
    "join",
    "leave",
    "chat",
    "edit",
    "delete",
    "react",
    "pin",
    "mark_unread",
    "history_more",
    "history_around",
    "fetch",
    "typing",
    "read",
    "delivered",
    "ping",
    "auth",
];
const FIELDS: [&str; 17] = [
    "room",
    "room_id",
    "since",
    "epoch",
    "message",
    "id",
    "reply_to",
    "message_id",
    "emoji",
    "on",
    "before_id",
    "limit",
    "from",
    "to",
    "isTyping",
    "seq",
    "token",
];

/// Takes it or says why not; either way in bounded, valid words.
fn survives(text: &str) {
    for rules in [RULES, NATIVE_RULES] {
        if let Err(error) = decode(text, rules) {
            assert!(!error.message.is_empty() && error.message.len() < 200);
            let said = super::json(&failure::undecodable(&error));
            assert_eq!(said["type"], "error");
            assert_eq!(said["code"], error.code.as_str());
        }
    }
}

#[test]
fn every_field_of_every_type_with_every_misfit() {
    let misfits = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1.5),
        json!(f64::MAX),
        json!(""),
        json!("\0"),
        json!("lobby"),
        json!("x".repeat(5_000)),
        json!("\u{10ffff}\u{202e}\u{feff}"),
        json!("'; DROP TABLE messages; --"),
        json!("*"),
        json!("a:b"),
        json!([]),
        json!({}),
        json!({"$ne": null}),
        json!([[[[]]]]),
    ];
    for kind in TYPES {
        for field in FIELDS {
            for misfit in &misfits {
                let mut frame = json!({
                    "type": kind, "room": "lobby", "message": "hi", "message_id": 1, "emoji": "👍", "on": true,
                    "before_id": 1, "from": 1, "to": 2, "seq": 1, "token": "t",
                });
                frame[field] = misfit.clone();
                survives(&frame.to_string());
            }
        }
    }
}

#[test]
fn large_and_deep_frames() {
    let many_keys: Map<String, Value> = (0..10_000).map(|n| (format!("k{n}"), json!(n))).collect();
    survives(&Value::Object(many_keys).to_string());
    for opening in ["[", "{\"type\":", "{\"type\":\"chat\",\"message\":[", "{\"x\":["] {
        survives(&opening.repeat(30_000));
    }
    for inner in ["[", "{\"a\":"] {
        let closing = if inner == "[" { "]" } else { "}" };
        let value = inner.repeat(127) + "1" + &closing.repeat(127);
        survives(&format!(r#"{{"type":"typing","room":"lobby","isTyping":{value}}}"#));
    }
    survives(&format!(r#"{{"type":"{}"}}"#, "x".repeat(60_000)));
    survives(&format!(r#"{{"type":"ping","id":{}}}"#, "9".repeat(60_000)));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,60}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,8}", inner), 0..4).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

fn frame() -> impl Strategy<Value = Value> {
    let field = (prop::sample::select(FIELDS.to_vec()), value());
    (prop::sample::select(TYPES.to_vec()), prop::collection::vec(field, 0..8)).prop_map(|(kind, fields)| {
        let mut frame = json!({"type": kind, "room": "lobby", "message_id": 1});
        for (name, value) in fields {
            frame[name] = value;
        }
        frame
    })
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn any_json(value in value()) {
        survives(&value.to_string());
    }

    #[test]
    fn any_frame(frame in frame()) {
        survives(&frame.to_string());
    }

    #[test]
    fn any_frame_cut_or_disturbed(frame in frame(), at in any::<prop::sample::Index>(), noise in any::<char>()) {
        let text = frame.to_string();
        let place = at.index(text.len() + 1);
        let place = (place..=text.len()).find(|place| text.is_char_boundary(*place)).unwrap_or(text.len());
        survives(&text[..place]);
        survives(&format!("{}{noise}{}", &text[..place], &text[place..]));
    }
}
