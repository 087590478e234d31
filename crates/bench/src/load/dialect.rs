//! What is said to a server, and what its frames mean, in each of the languages that the tool speaks.

use std::collections::BTreeMap;

use clap::ValueEnum;
use hallway_protocol::ws::fastroom::{ClientFrame, RoomRef};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::accounts::Account;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Hallway's own: `hallway.v1` agreed.
    Native,
    /// Plain FastRoom frames: Hallway or FastRoom.
    Fastroom,
    /// The Socket.IO server in `socketio`.
    Socketio,
    /// The plain broadcaster: frames without meaning.
    Plain,
}

/// What a frame of the server means to a client of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// The socket may be used from now on.
    Greeted,
    /// The server wants to know who this is.
    WhoAreYou,
    /// Something that has to be answered with this.
    Answer(&'static str),
    Chat,
    /// A room is followed from now on.
    Settled,
    /// Who is in the room, all of them. `settles` where nothing else says that the room is followed.
    Presence {
        settles: bool,
        body: &'a [u8],
    },
    PresenceDiff(&'a [u8]),
    History,
    /// The log could not be resumed.
    Reset,
    Refused,
    Other,
}

/// The users of a presence frame of either kind.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Names {
    #[serde(default)]
    pub users: Vec<String>,
    #[serde(default)]
    pub join: Vec<String>,
    #[serde(default)]
    pub leave: Vec<String>,
}

impl Dialect {
    pub fn path(self, account: &Account) -> String {
        match self {
            Self::Native => "/ws".to_owned(),
            Self::Fastroom => format!("/ws?access_token={}", account.access),
            Self::Socketio => "/socket.io/?EIO=4&transport=websocket".to_owned(),
            Self::Plain => "/".to_owned(),
        }
    }

    pub fn headers(self, account: &Account) -> Vec<String> {
        match self {
            Self::Native => vec![format!("Sec-WebSocket-Protocol: hallway.v1, bearer.{}", account.access)],
            _ => Vec::new(),
        }
    }

    pub fn protocol(self) -> Option<&'static str> {
        (self == Self::Native).then_some("hallway.v1")
    }

    /// Whether the server keeps accounts.
    pub fn has_accounts(self) -> bool {
        matches!(self, Self::Native | Self::Fastroom)
    }

    /// The answer to [`Heard::WhoAreYou`].
    pub fn introduction(account: &Account) -> String {
        format!("40{}", json!({"username": account.username}))
    }

    /// What keeps the connection alive, if the client has to say something.
    pub fn heartbeat(self) -> Option<&'static str> {
        self.has_accounts().then_some(r#"{"type":"ping"}"#)
    }

    /// `since` is the newest place of the room's log that the client has.
    pub fn join(self, room: &str, since: Option<i64>) -> String {
        if self == Self::Socketio {
            return format!("420{}", json!(["join", room]));
        }
        text(&ClientFrame::Join { room: RoomRef::name(room), since, epoch: None })
    }

    pub fn leave(room: &str) -> String {
        text(&ClientFrame::Leave { room: RoomRef::name(room) })
    }

    #[expect(clippy::disallowed_methods, reason = "a tool of its own, without ports")]
    pub fn chat(self, room: &str, message: String) -> String {
        if self == Self::Socketio {
            return format!("421{}", json!(["chat", {"room": room, "message": message}]));
        }
        let id = (self == Self::Native).then(Uuid::new_v4);
        let room = RoomRef::name(room);
        text(&ClientFrame::Chat { room, message, id, reply_to: None, attachments: Vec::new() })
    }

    pub fn history_more(self, room: &str, before_id: i64) -> String {
        if self == Self::Socketio {
            return format!("422{}", json!(["history_more", {"room": room, "before_id": before_id}]));
        }
        text(&ClientFrame::HistoryMore { room: RoomRef::name(room), before_id, limit: None })
    }

    pub fn typing(room: &str, is_typing: bool) -> String {
        text(&ClientFrame::Typing { room: RoomRef::name(room), is_typing })
    }

    pub fn read(room: &str, seq: i64) -> String {
        text(&ClientFrame::Read { room: RoomRef::name(room), seq })
    }

    pub fn hear(self, frame: &[u8]) -> Heard<'_> {
        match self {
            Self::Native | Self::Fastroom => self.hear_fastroom(frame),
            Self::Socketio => hear_socketio(frame),
            Self::Plain => Heard::Chat,
        }
    }

    fn hear_fastroom(self, frame: &[u8]) -> Heard<'_> {
        match kind(frame) {
            b"chat" => Heard::Chat,
            b"synced" if self == Self::Native => Heard::Settled,
            b"presence_state" => Heard::Presence { settles: self == Self::Fastroom, body: frame },
            b"presence_diff" => Heard::PresenceDiff(frame),
            b"history" | b"history_more" => Heard::History,
            b"reset" => Heard::Reset,
            b"error" => Heard::Refused,
            // Only the banner has it.
            b"system" if memchr::memmem::find(frame, b"heartbeatInterval").is_some() => Heard::Greeted,
            _ => Heard::Other,
        }
    }
}

fn hear_socketio(frame: &[u8]) -> Heard<'_> {
    match frame {
        [b'0', ..] => Heard::WhoAreYou,
        [b'2'] => Heard::Answer("3"),
        [b'4', b'0', ..] => Heard::Greeted,
        [b'4', b'2', rest @ ..] if rest.starts_with(b"[\"chat\"") => Heard::Chat,
        [b'4', b'2', rest @ ..] if rest.starts_with(b"[\"presence_diff\",") && rest.ends_with(b"]") => {
            Heard::PresenceDiff(&rest[b"[\"presence_diff\",".len()..rest.len() - 1])
        }
        [b'4', b'3', b'0', b'[', body @ .., b']'] => Heard::Presence { settles: true, body },
        [b'4', b'3', b'2', ..] => Heard::History,
        [b'4', b'4', ..] => Heard::Refused,
        _ => Heard::Other,
    }
}

/// The value of the first `"type"`: servers write it first.
fn kind(frame: &[u8]) -> &[u8] {
    const NAME: &[u8] = b"\"type\"";
    let Some(begin) = memchr::memmem::find(frame, NAME) else { return &[] };
    let rest = frame[begin + NAME.len()..].trim_ascii_start();
    let rest = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
    let Some(rest) = rest.strip_prefix(b"\"") else { return &[] };
    &rest[..memchr::memchr(b'"', rest).unwrap_or(0)]
}

fn text(frame: &ClientFrame) -> String {
    // Strings and numbers: nothing in it can fail to become JSON.
    serde_json::to_string(frame).unwrap_or_default()
}

/// A message of a page of history, as far as paging needs it.
#[derive(Debug, Deserialize)]
struct Item {
    #[serde(alias = "message_id", deserialize_with = "number")]
    id: i64,
}

/// PostgreSQL's 64-bit numbers come as text from some drivers.
fn number<'de, D: serde::Deserializer<'de>>(value: D) -> Result<i64, D::Error> {
    let value = serde_json::Value::deserialize(value)?;
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| serde::de::Error::custom("no number"))
}

/// How many messages a page has, and the oldest one's id.
pub(super) fn page(frame: &[u8]) -> Option<(usize, Option<i64>)> {
    let begin = memchr::memchr(b'{', frame)?;
    let end = frame.iter().rposition(|byte| *byte == b'}')?;
    let page: BTreeMap<String, serde_json::Value> = serde_json::from_slice(frame.get(begin..=end)?).ok()?;
    let items: Vec<serde_json::Value> = page.get("messages")?.as_array()?.clone();
    // A frame of ours has an `id` of the client's besides, so only one of the two names is looked at.
    let id = |item: &serde_json::Value| {
        let name = if item.get("message_id").is_some() { "message_id" } else { "id" };
        serde_json::from_value::<Item>(json!({"id": item.get(name)?})).ok().map(|item| item.id)
    };
    Some((items.len(), items.iter().filter_map(id).min()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_however_the_json_is_spaced() {
        for frame in [r#"{"type":"chat","message":"\"type\":\"error\""}"#, r#"{ "type" : "chat" }"#] {
            assert_eq!(Dialect::Fastroom.hear(frame.as_bytes()), Heard::Chat, "{frame}");
        }
        assert_eq!(Dialect::Native.hear(br#"{"type":"synced","seq":1}"#), Heard::Settled);
        assert_eq!(Dialect::Fastroom.hear(br#"{"type":"synced","seq":1}"#), Heard::Other);
        assert_eq!(Dialect::Native.hear(b"[]"), Heard::Other);
        let banner = br#"{"type":"system","message":"connected as a","heartbeatInterval":25}"#;
        assert_eq!(Dialect::Native.hear(banner), Heard::Greeted);
        assert_eq!(Dialect::Native.hear(br#"{"type":"system","room":"r","message":"a joined"}"#), Heard::Other);
    }

    #[test]
    fn socket_io_is_understood() {
        assert_eq!(Dialect::Socketio.hear(br#"0{"sid":"x"}"#), Heard::WhoAreYou);
        assert_eq!(Dialect::Socketio.hear(b"2"), Heard::Answer("3"));
        assert_eq!(Dialect::Socketio.hear(br#"42["chat",{"room":"a"}]"#), Heard::Chat);
        let diff = br#"42["presence_diff",{"join":["a"],"leave":[]}]"#;
        assert_eq!(Dialect::Socketio.hear(diff), Heard::PresenceDiff(br#"{"join":["a"],"leave":[]}"#));
        let joined = Dialect::Socketio.hear(br#"430[{"users":["a"],"history":[]}]"#);
        assert_eq!(joined, Heard::Presence { settles: true, body: br#"{"users":["a"],"history":[]}"# });
    }

    #[test]
    fn pages_are_measured_in_both_forms() {
        let ours = br#"{"type":"history_more","messages":[{"message_id":7,"id":"0190"},{"message_id":9}],"more":true}"#;
        assert_eq!(page(ours), Some((2, Some(7))));
        assert_eq!(page(br#"432[{"messages":[{"id":"5"}],"more":false}]"#), Some((1, Some(5))));
        assert_eq!(page(br#"{"messages":[]}"#), Some((0, None)));
    }
}
