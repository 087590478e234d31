use hallway_application::ReadMarks;
use hallway_domain::{
    Emoji, Epoch, Event as RoomEvent, Fact, FullName, Message, MessageId, MessageKind, MessageView, Peers,
    ReactionGroup, Receipt as DomainReceipt, RoomId, RoomLoss, RoomName, Seq, Signal, SignalKind, Timestamp, UserId,
    UserRef, Username,
};
use hallway_hub::{Encoder as _, RoomLabel};
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;

const AT: Timestamp = datetime!(2026-01-31 09:30 UTC);

fn user_ref(id: i64, name: &str) -> UserRef {
    UserRef { id: UserId(id), username: Username::from_stored(name.to_owned()) }
}

fn direct_label() -> RoomLabel {
    let peers = Some(Peers::new(user_ref(1, "ann"), user_ref(2, "bob")));
    RoomLabel { room: RoomId(9), name: None, epoch: Epoch(1), peers, viewer: Some(UserId(2)) }
}

fn room_label() -> RoomLabel {
    let name = Some(RoomName::from_stored("Team".to_owned()));
    RoomLabel { room: RoomId(7), name, epoch: Epoch(1), peers: None, viewer: None }
}

fn view(body: &str) -> MessageView {
    MessageView::bare(Message {
        id: MessageId(5),
        room: RoomId(9),
        seq: Seq(3),
        author: Some(user_ref(1, "ann")),
        kind: MessageKind::Text,
        body: body.to_owned(),
        reply_to: Some(MessageId(4)),
        client_id: None,
        created_at: AT,
        edited_at: None,
        deleted_at: None,
    })
}

fn encoder() -> FastsockEncoder {
    FastsockEncoder { links: UploadLinks::based_on("") }
}

/// The events in some bytes. Each has a frame header of 2 or 4 bytes.
fn said(bytes: &[u8]) -> Vec<Value> {
    let mut rest = bytes;
    let mut events = Vec::new();
    while let [0x81, length, tail @ ..] = rest {
        let (length, tail) = match length {
            126 => (usize::from(u16::from_be_bytes([tail[0], tail[1]])), &tail[2..]),
            short => (usize::from(*short), tail),
        };
        events.push(serde_json::from_slice(&tail[..length]).expect("JSON"));
        rest = &tail[length..];
    }
    assert!(rest.is_empty());
    events
}

fn fact(label: &RoomLabel, fact: Fact) -> Vec<Value> {
    let event = RoomEvent { room: label.room, epoch: label.epoch, seq: Seq(3), at: AT, fact };
    said(&encoder().event(FASTSOCK, label, &event))
}

fn signal(label: &RoomLabel, kind: SignalKind) -> Vec<Value> {
    said(&encoder().signal(FASTSOCK, label, &Signal { room: label.room, at: AT, except: None, kind }))
}

#[test]
fn a_message_names_the_other_side_or_the_room() {
    let receive = fact(&direct_label(), Fact::MessagePosted(Box::new(view("hi"))));
    assert_eq!(
        receive,
        [json!({"event": "message.receive", "data": {"id": 5, "content": "hi", "sender_id": 1, "receiver_id": 2,
                "room_id": null, "message_type": "text", "timestamp": "2026-01-31T09:30:00.000000Z", "reply_to": 4}})]
    );
    let receive = fact(&room_label(), Fact::MessagePosted(Box::new(view("hi"))));
    assert_eq!((&receive[0]["data"]["receiver_id"], &receive[0]["data"]["room_id"]), (&Value::Null, &json!(7)));
    let mut deleted = view("");
    deleted.message.deleted_at = Some(AT);
    assert_eq!(fact(&direct_label(), Fact::MessagePosted(Box::new(deleted))), [Value::Null; 0]);
}

#[test]
fn changes_say_whose_message_it_was() {
    let edited = Fact::MessageEdited {
        message: MessageId(5),
        author: Some(UserId(2)),
        body: "better".to_owned(),
        edited_at: AT,
        mentions: Vec::new(),
        here: false,
    };
    assert_eq!(
        fact(&direct_label(), edited),
        [json!({"event": "message.update", "data": {"id": 5, "content": "better", "room_id": null, "sender_id": 2,
                "receiver_id": 1}})]
    );
    assert_eq!(
        fact(&room_label(), Fact::MessageDeleted { message: MessageId(5), author: None }),
        [json!({"event": "message.delete", "data": {"id": 5, "room_id": 7, "sender_id": null, "receiver_id": null}})]
    );
    let emoji = Emoji::parse("👍").expect("an emoji");
    let reactions = vec![ReactionGroup { emoji: emoji.clone(), users: vec![user_ref(2, "bob"), user_ref(1, "ann")] }];
    let changed = Fact::ReactionChanged { message: MessageId(5), user: user_ref(1, "ann"), emoji, on: true, reactions };
    assert_eq!(
        fact(&room_label(), changed),
        [json!({"event": "message.reaction", "data": {"message_id": 5, "reactions": {"👍": ["2", "1"]}}})]
    );
    assert_eq!(fact(&room_label(), Fact::MemberJoined { user: user_ref(3, "cem") }), [Value::Null; 0]);
}

#[test]
fn signals_in_this_dialects_words() {
    let typing = SignalKind::Typing { user: user_ref(2, "bob"), typing: true };
    assert_eq!(
        signal(&direct_label(), typing),
        [json!({"event": "typing.start", "data": {"sender_id": 2, "receiver_id": 1}})]
    );
    let typing = SignalKind::Typing { user: user_ref(2, "bob"), typing: false };
    assert_eq!(
        signal(&room_label(), typing),
        [json!({"event": "typing.stop", "data": {"sender_id": 2, "receiver_id": null, "room_id": 7}})]
    );
    let messages = [6, 5].map(|id| DomainReceipt { message: MessageId(id), author: UserId(1) }).to_vec();
    let told = signal(&direct_label(), SignalKind::Receipts { user: user_ref(2, "bob"), read: true, messages });
    assert_eq!(told.iter().map(|event| &event["data"]["message_id"]).collect::<Vec<_>>(), [5, 6]);
    assert_eq!(
        told[0],
        json!({"event": "message.read_receipt", "data": {"message_id": 5, "receiver_id": 1, "reader_id": 2,
               "timestamp": "2026-01-31T09:30:00.000000Z"}})
    );
    let online = SignalKind::Online { user: user_ref(2, "bob"), online: false };
    assert_eq!(
        signal(&room_label(), online),
        [json!({"event": "presence.update", "data": {"user_id": 2, "status": "offline"}})]
    );
    for (full_name, shown) in [(Some("Cem C."), "Cem C."), (None, "cem")] {
        let full_name = full_name.map(|name| FullName::from_stored(name.to_owned()));
        let created = signal(&room_label(), SignalKind::UserCreated { user: user_ref(3, "cem"), full_name });
        assert_eq!(created[0]["data"], json!({"email": "", "full_name": shown, "is_active": true, "id": 3}));
    }
    assert_eq!(signal(&room_label(), SignalKind::Read { user: user_ref(2, "bob"), seq: Seq(3) }), [Value::Null; 0]);
    let lost = said(&encoder().loss(FASTSOCK, &room_label(), RoomLoss::Banned));
    assert_eq!(lost, [json!({"event": "room.removed", "data": {"id": 7, "reason": "banned"}})]);
}

#[test]
fn one_has_read_what_others_wrote_and_others_what_one_wrote() {
    let marks = ReadMarks { own: Seq(2), others: Seq(3) };
    let links = UploadLinks::based_on("");
    let read = |reader| message(&direct_label(), &view("hi"), (UserId(reader), marks), &links).is_read;
    assert!(read(1), "bob has read it");
    assert!(!read(2), "bob himself has read less far by his own mark");
}

#[test]
fn frames_become_commands_or_a_clear_refusal() {
    let read = |text: &str| decode(text, 20);
    let send = |data: Value| read(&json!({"event": "message.send", "data": data}).to_string());
    let body = |text: &str| hallway_domain::Body::parse(text.to_owned(), 20).expect("a body");
    assert_eq!(
        send(json!({"content": "hi", "receiver_id": 2, "room_id": null, "message_type": "image", "reply_to": 4})),
        Ok(Some(Command::Send {
            to: Target::User(UserId(2)),
            body: body("hi"),
            image: true,
            reply_to: Some(MessageId(4))
        }))
    );
    assert_eq!(send(json!({"content": "  ", "receiver_id": 2})), Ok(None), "blank ones are passed over");
    for bad in [
        json!({"content": "hi"}),
        json!({"content": "hi", "receiver_id": 1, "room_id": 2}),
        json!({"content": "hi", "receiver_id": 0}),
        json!({"content": "hi", "receiver_id": 1, "message_type": "system"}),
        json!({"content": "far too long for this test", "receiver_id": 1}),
        json!({"receiver_id": 1}),
        json!("hi"),
        Value::Null,
    ] {
        assert!(matches!(send(bad.clone()), Err(Undecodable::Refused { event: Event::Send, .. })), "{bad}");
    }
    for text in ["", "{", "[]", "7", "null", "{\"data\":{}}", "{\"event\":3}", "[\"message.send\",{}]"] {
        assert_eq!(read(text), Err(Undecodable::NoEvent), "{text}");
    }
    for silent in [
        json!({"event": "nothing", "data": 1}),
        json!({"event": "message.read", "data": {"message_id": "1"}}),
        json!({"event": "typing.start", "data": {"receiver_id": null}}),
    ] {
        assert_eq!(read(&silent.to_string()), Ok(None), "{silent}");
    }
    let nobody = json!({"event": "call.invite", "data": {}}).to_string();
    assert!(matches!(read(&nobody), Err(Undecodable::Call(_))), "calls say what is wrong themselves");
}

proptest::proptest! {
    /// Whatever comes, decoding ends with an answer.
    #[test]
    fn nothing_panics(text in "\\PC{0,200}", event in "(message\\.(send|read|delivered|reaction)|typing\\.start|call\\.invite)") {
        let _ = decode(&text, 100);
        let _ = decode(&format!("{{\"event\":\"{event}\",\"data\":{text}}}"), 100);
    }
}
