mod closing;
mod decoding;
mod failures;
mod frames;
mod hostile;
mod wording;

use actix_http::ws::{OpCode, Parser};
use bytes::{Bytes, BytesMut};
use hallway_domain::{
    Body, ClientId, Emoji, Epoch, Message, MessageId, MessageKind, MessageView, RoomId, RoomName, Seq, Timestamp,
    UserId, UserRef, Username,
};
use hallway_hub::RoomLabel;
use serde_json::Value;
use time::macros::datetime;
use uuid::{Uuid, uuid};

use super::Rules;

const RULES: Rules = Rules { message_chars: 40, native: false };
const NATIVE_RULES: Rules = Rules { message_chars: 40, native: true };
const CLIENT_ID: Uuid = uuid!("01890a5d-ac96-774b-bcce-b302099a8057");

fn at() -> Timestamp {
    datetime!(2026-01-31 09:30:00.25 UTC)
}

fn label() -> RoomLabel {
    RoomLabel {
        room: RoomId(7),
        name: Some(RoomName::parse("lobby").expect("valid")),
        epoch: Epoch(99),
        peers: None,
        viewer: None,
    }
}

fn user(id: i64, name: &str) -> UserRef {
    UserRef { id: UserId(id), username: Username::parse(name).expect("valid") }
}

fn emoji(text: &str) -> Emoji {
    Emoji::parse(text).expect("valid")
}

fn view(seq: i64, text: &str) -> MessageView {
    let body = Body::parse(text.to_owned(), 100).expect("valid");
    MessageView::bare(Message {
        id: MessageId(100 + seq),
        room: RoomId(7),
        seq: Seq(seq),
        author: Some(user(1, "alice")),
        kind: MessageKind::Text,
        body: body.into_string(),
        reply_to: None,
        client_id: None,
        created_at: at(),
        edited_at: None,
        deleted_at: None,
    })
}

fn client_id() -> ClientId {
    ClientId(CLIENT_ID)
}

/// What bytes for a socket hold.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Text(String),
    Close(u16, String),
}

/// Reads bytes as a client would: whole, unmasked, final frames and nothing after them.
fn said(bytes: &Bytes) -> Vec<Said> {
    let mut buffer = BytesMut::from(bytes.as_ref());
    let mut said = Vec::new();
    while let Some((fin, code, payload)) = Parser::parse(&mut buffer, false, 1 << 20).expect("frames") {
        assert!(fin, "frames are whole");
        let payload = payload.unwrap_or_default();
        said.push(match code {
            OpCode::Text => Said::Text(String::from_utf8(payload.to_vec()).expect("text is UTF-8")),
            OpCode::Close => {
                let reason = Parser::try_parse_close_payload(&payload).expect("valid").expect("a code");
                Said::Close(reason.code.into(), reason.description.unwrap_or_default())
            }
            other => panic!("unexpected frame {other:?}"),
        });
    }
    assert!(buffer.is_empty(), "half a frame");
    said
}

/// The one text frame in `bytes`, parsed.
fn json(bytes: &Bytes) -> Value {
    match said(bytes).as_slice() {
        [Said::Text(text)] => serde_json::from_str(text).expect("json"),
        other => panic!("not one frame: {other:?}"),
    }
}

/// One line for each frame, for snapshots.
fn lines(bytes: &Bytes) -> String {
    let said = said(bytes);
    if said.is_empty() {
        return "nothing\n".to_owned();
    }
    said.into_iter().fold(String::new(), |lines, said| match said {
        Said::Text(text) => lines + &text + "\n",
        Said::Close(code, reason) => lines + &format!("close {code} {reason}\n"),
    })
}

/// Compares with `tests/snapshots/<name>.snap` of the crate.
fn assert_snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, text) });
}
