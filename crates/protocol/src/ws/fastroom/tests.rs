use serde_json::{Value, json};
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::{MessageKind, Secret, Timestamp};

fn ts() -> Timestamp {
    datetime!(2026-01-31 09:30 UTC).into()
}

fn label() -> RoomLabel {
    RoomLabel { room: "lobby".to_owned(), room_id: 7 }
}

fn chat() -> Box<Chat> {
    Box::new(Chat {
        label: label(),
        user: "alice".to_owned(),
        user_id: Some(1),
        message: "hi".to_owned(),
        message_id: 11,
        seq: 3,
        ts: ts(),
        id: None,
        kind: MessageKind::Text,
        reply_to: None,
        reply: None,
        reactions: Vec::new(),
        attachments: Vec::new(),
        mentions: Vec::new(),
        mentions_here: false,
        pinned: false,
        edited_at: None,
        deleted_at: None,
    })
}

fn banner() -> ServerFrame {
    ServerFrame::System(System {
        message: "connected as alice".to_owned(),
        room: None,
        room_id: None,
        ts: None,
        banner: Some(Banner {
            heartbeat_interval: 25,
            presence_mode: PresenceMode::Heartbeat,
            user: BannerUser { id: 1, username: "alice".to_owned(), full_name: None },
            connection_id: Uuid::nil(),
            server: "one".to_owned(),
            protocol: VERSION,
            time: ts(),
            limits: Limits { frame_bytes: 1, message_chars: 2, rooms: 3, replay: 4, upload_bytes: 5 },
            retry: RetryHint { min_ms: 5, max_ms: 6 },
        }),
    })
}

fn round_trip(frame: &ServerFrame) -> Value {
    let text = serde_json::to_string(frame).expect("plain");
    assert_eq!(&serde_json::from_str::<ServerFrame>(&text).expect("its own"), frame);
    serde_json::from_str(&text).expect("json")
}

#[test]
fn the_banner_has_no_room_and_no_ts() {
    let value = round_trip(&banner());
    assert_eq!(value["type"], "system");
    assert_eq!(value["message"], "connected as alice");
    assert_eq!(value["heartbeatInterval"], 25);
    assert_eq!(value["presenceMode"], "heartbeat");
    assert!(value.get("room").is_none() && value.get("ts").is_none());
}

#[test]
fn a_notice_has_none_of_the_banner() {
    let value = round_trip(&ServerFrame::System(System {
        message: "bob joined".to_owned(),
        room: Some("lobby".to_owned()),
        room_id: Some(7),
        ts: Some(ts()),
        banner: None,
    }));
    assert_eq!(
        value,
        json!({"type": "system", "message": "bob joined", "room": "lobby", "room_id": 7,
               "ts": "2026-01-31T09:30:00.000000Z"})
    );
}

#[test]
fn history_is_made_of_chat_frames() {
    let value = round_trip(&ServerFrame::History { label: label(), messages: vec![HistoryItem::Chat(chat())] });
    assert_eq!(value["messages"][0], round_trip(&ServerFrame::Chat(chat())));
    assert_eq!(value["messages"][0]["type"], "chat");
}

#[test]
fn numbers_and_maps_survive_the_tag() {
    let heads = Some([("7".to_owned(), 9_007_199_254_740_991)].into());
    let value = round_trip(&ServerFrame::Pong { ts: 1_769_851_800.25, heads });
    assert_eq!(value, json!({"type": "pong", "ts": 1_769_851_800.25, "heads": {"7": 9_007_199_254_740_991_i64}}));
}

#[test]
fn client_frames_are_as_fastroom_sends_them() {
    for (frame, value) in [
        (
            ClientFrame::Join { room: RoomRef::name("lobby"), since: None, epoch: None },
            json!({"type": "join", "room": "lobby"}),
        ),
        (ClientFrame::Leave { room: RoomRef::name("lobby") }, json!({"type": "leave", "room": "lobby"})),
        (
            ClientFrame::Chat {
                room: RoomRef::name("lobby"),
                message: "hi".to_owned(),
                id: None,
                reply_to: None,
                attachments: Vec::new(),
            },
            json!({"type": "chat", "room": "lobby", "message": "hi"}),
        ),
        (
            ClientFrame::HistoryMore { room: RoomRef::name("lobby"), before_id: 5, limit: None },
            json!({"type": "history_more", "room": "lobby", "before_id": 5}),
        ),
        (
            ClientFrame::Typing { room: RoomRef::id(7), is_typing: true },
            json!({"type": "typing", "room_id": 7, "isTyping": true}),
        ),
        (ClientFrame::Ping, json!({"type": "ping"})),
        (ClientFrame::Auth { token: Secret::new("t") }, json!({"type": "auth", "token": "t"})),
    ] {
        assert_eq!(serde_json::to_value(&frame).expect("plain"), value);
        assert_eq!(serde_json::from_value::<ClientFrame>(value).expect("its own"), frame);
    }
}

fn definitions(document: &Value) -> &serde_json::Map<String, Value> {
    document["$defs"].as_object().expect("definitions")
}

#[test]
fn schemas_name_every_frame_and_resolve() {
    for (document, frames) in [(client_schema(), 28), (server_schema(), 52)] {
        let one_of = document["oneOf"].as_array().expect("frames");
        assert_eq!(one_of.len(), frames);
        for reference in references(&document) {
            let name = reference.strip_prefix("#/$defs/").expect("local");
            assert!(definitions(&document).contains_key(name), "{name} is missing");
        }
    }
    let server = server_schema();
    let chat = &definitions(&server)["ChatFrame"];
    assert_eq!(chat["properties"]["type"]["const"], "chat");
    assert_eq!(chat["properties"]["edited_at"]["type"], "string");
    assert_eq!(chat["properties"]["user_id"]["type"], json!(["integer", "null"]));
}

#[test]
fn asyncapi_resolves() {
    let document = asyncapi("1.2.3");
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document["info"]["version"], "1.2.3");
    for reference in references(&document) {
        // In a pointer, `/` separates and a key with a dot is as it is.
        let pointer = reference.strip_prefix('#').expect("local");
        assert!(document.pointer(pointer).is_some(), "{reference} is missing");
    }
    assert_eq!(document["channels"]["ws"]["x-close-codes"].as_array().expect("codes").len(), CLOSE_CODES.len());
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => (map.get("$ref").and_then(Value::as_str).map(str::to_owned).into_iter())
            .chain(map.values().flat_map(references))
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
