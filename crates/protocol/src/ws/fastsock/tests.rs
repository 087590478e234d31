use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::macros::datetime;

use super::*;

fn wire(event: &ServerEvent) -> Value {
    serde_json::to_value(event).expect("plain")
}

#[test]
fn client_events_read_exactly_what_the_web_client_sends() {
    let read = |value: Value| serde_json::from_value::<ClientEvent>(value).expect("an event");
    let sent = json!({"event": "message.send", "data": {"content": "hi", "receiver_id": 2, "room_id": null,
                      "message_type": "text", "reply_to": null}});
    assert_eq!(
        read(sent),
        ClientEvent::Send(Send {
            content: "hi".to_owned(),
            receiver_id: Some(2),
            room_id: None,
            message_type: MessageType::Text,
            reply_to: None,
        })
    );
    assert_eq!(
        read(json!({"event": "message.read", "data": {"room_id": 4}})),
        ClientEvent::Read(Read { message_id: None, sender_id: None, room_id: Some(4) })
    );
    assert_eq!(
        read(json!({"event": "message.delivered", "data": {"message_id": 9, "sender_id": 1}})),
        ClientEvent::Delivered(Delivered { message_id: 9, sender_id: Some(1) })
    );
    assert_eq!(
        read(json!({"event": "typing.stop", "data": {"receiver_id": null}})),
        ClientEvent::TypingStop(Typing::default())
    );
    assert_eq!(
        read(json!({"event": "message.reaction", "data": {"message_id": 9, "emoji": "👍"}})),
        ClientEvent::React(React { message_id: 9, emoji: "👍".to_owned() })
    );
}

#[test]
fn what_does_not_apply_is_null_and_not_absent() {
    let received = ServerEvent::Receive(Received {
        id: 7,
        content: "hi".to_owned(),
        sender_id: Some(1),
        receiver_id: Some(2),
        room_id: None,
        message_type: MessageType::Image,
        timestamp: datetime!(2026-01-31 09:30 UTC).into(),
        reply_to: None,
    });
    assert_eq!(
        wire(&received),
        json!({"event": "message.receive", "data": {"id": 7, "content": "hi", "sender_id": 1, "receiver_id": 2,
               "room_id": null, "message_type": "image", "timestamp": "2026-01-31T09:30:00.000000Z"}})
    );
    let reactions = BTreeMap::from([("👍".to_owned(), vec!["1".to_owned(), "2".to_owned()])]);
    assert_eq!(
        wire(&ServerEvent::Reaction { message_id: 7, reactions }),
        json!({"event": "message.reaction", "data": {"message_id": 7, "reactions": {"👍": ["1", "2"]}}})
    );
    assert_eq!(
        wire(&ServerEvent::Presence { user_id: 3, status: Status::Offline }),
        json!({"event": "presence.update", "data": {"user_id": 3, "status": "offline"}})
    );
}

#[test]
fn every_event_is_in_the_schema_under_a_name_of_its_own() {
    for (schema, words) in [(client_schema(), 18), (server_schema(), 28)] {
        let names = schema["oneOf"].as_array().expect("oneOf");
        assert_eq!(names.len(), words, "{schema:#}");
        for name in names {
            let name = name["$ref"].as_str().expect("a reference").trim_start_matches("#/$defs/");
            assert!(schema["$defs"][name]["properties"]["event"]["const"].is_string(), "{name}");
        }
    }
}
