//! What a row of the log says, in columns and JSON. Never the text of a message, and never a name of a user.

use hallway_domain::ports::StoreResult;
use hallway_domain::{
    Emoji, Fact, MemberChange, MessageId, MessageView, Posting, Purge, RoomMode, RoomName, RoomTopic, Seq, Timestamp,
    Toggle, UserRef,
};
use serde::{Deserialize, Serialize};

use crate::convert::{Row, member_role, micros_if, posting, room_kind};

#[derive(Serialize, Deserialize)]
struct Reaction {
    emoji: String,
    on: bool,
}

#[derive(Serialize, Deserialize)]
struct Pin {
    on: bool,
}

/// Absent is "as before".
#[derive(Default, Serialize, Deserialize)]
struct Member {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mute: Option<Switch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ban: Option<Switch>,
}

#[derive(Serialize, Deserialize)]
struct Switch {
    on: bool,
    /// Microseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct RoomState {
    name: Option<String>,
    topic: Option<String>,
    kind: String,
    /// Absent: everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    posting: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    slow: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    archived: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct Leaving {
    #[serde(default)]
    kicked: bool,
}

#[derive(Serialize, Deserialize)]
struct Purged {
    from: i64,
    to: i64,
    messages: Vec<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the attribute of the field calls it")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A fact as columns.
pub(crate) struct Columns {
    pub(crate) kind: &'static str,
    pub(crate) message: Option<MessageId>,
    pub(crate) user: Option<i64>,
    pub(crate) payload: Option<String>,
}

pub(crate) fn write(fact: &Fact) -> Columns {
    let columns = |kind| Columns { kind, message: None, user: None, payload: None };
    let about = |kind, user: &UserRef| Columns { user: Some(user.id.0), ..columns(kind) };
    match fact {
        Fact::MessagePosted(view) => Columns { message: Some(view.message.id), ..columns("message_posted") },
        Fact::MessageEdited { message, .. } => Columns { message: Some(*message), ..columns("message_edited") },
        Fact::MessageDeleted { message, .. } => Columns { message: Some(*message), ..columns("message_deleted") },
        Fact::ReactionChanged { message, user, emoji, on, .. } => Columns {
            message: Some(*message),
            payload: json(&Reaction { emoji: emoji.as_str().to_owned(), on: *on }),
            ..about("reaction_changed", user)
        },
        Fact::PinChanged { message, user, on } => {
            Columns { message: Some(*message), payload: json(&Pin { on: *on }), ..about("pin_changed", user) }
        }
        Fact::MemberJoined { user } => about("member_joined", user),
        Fact::MemberLeft { user, kicked } => {
            let payload = if *kicked { json(&Leaving { kicked: true }) } else { None };
            Columns { payload, ..about("member_left", user) }
        }
        Fact::MemberUpdated(change) => {
            let payload = Member {
                role: change.role.map(|role| member_role::word(role).to_owned()),
                mute: change.mute.map(switch),
                ban: change.ban.map(switch),
            };
            Columns { payload: json(&payload), ..about("member_updated", &change.user) }
        }
        Fact::RoomUpdated { name, topic, kind, mode } => {
            let payload = RoomState {
                name: name.as_ref().map(|name| name.as_str().to_owned()),
                topic: topic.as_ref().map(|topic| topic.as_str().to_owned()),
                kind: room_kind::word(*kind).to_owned(),
                posting: (mode.posting != Posting::Everyone).then(|| posting::word(mode.posting).to_owned()),
                slow: mode.slow_mode_seconds,
                archived: mode.archived,
            };
            Columns { payload: json(&payload), ..columns("room_updated") }
        }
        Fact::MessagesPurged(purge) => {
            let messages = purge.messages.iter().map(|message| message.0).collect();
            let payload = Purged { from: purge.from.0, to: purge.to.0, messages };
            Columns { payload: json(&payload), ..about("messages_purged", &purge.user) }
        }
    }
}

/// A row of the log with what was joined to it.
pub(crate) struct Stored<'a> {
    pub(crate) row: Row<'a>,
    pub(crate) kind: &'a str,
    pub(crate) payload: Option<&'a str>,
    pub(crate) message_id: Option<MessageId>,
    /// The message as it is now.
    pub(crate) message: Option<MessageView>,
    pub(crate) user: Option<UserRef>,
    pub(crate) at: Timestamp,
}

pub(crate) fn read(stored: Stored<'_>) -> StoreResult<Fact> {
    let Stored { row, kind, payload, message_id, message, user, at } = stored;
    let user = || user.ok_or_else(|| row.corrupt("no user"));
    let id = || message_id.ok_or_else(|| row.corrupt("no message id"));
    let no_message = || row.corrupt("no message");
    Ok(match kind {
        "message_posted" => Fact::MessagePosted(Box::new(message.ok_or_else(no_message)?)),
        "message_edited" => {
            let message = message.ok_or_else(no_message)?.message;
            Fact::MessageEdited {
                message: message.id,
                author: message.author_id(),
                edited_at: message.edited_at.unwrap_or(at),
                body: message.body,
                mentions: Vec::new(),
                here: false,
            }
        }
        "message_deleted" => {
            let author = message.as_ref().and_then(|view| view.message.author_id());
            Fact::MessageDeleted { message: id()?, author }
        }
        "reaction_changed" => {
            let Reaction { emoji, on } = parse(row, payload)?;
            let (message, emoji) = (id()?, Emoji::from_stored(emoji));
            // All of them are read at once for all events.
            Fact::ReactionChanged { message, user: user()?, emoji, on, reactions: Vec::new() }
        }
        "pin_changed" => {
            let Pin { on } = parse(row, payload)?;
            Fact::PinChanged { message: id()?, user: user()?, on }
        }
        "member_joined" => Fact::MemberJoined { user: user()? },
        "member_left" => {
            let leaving = payload.map(|_| parse::<Leaving>(row, payload)).transpose()?.unwrap_or_default();
            Fact::MemberLeft { user: user()?, kicked: leaving.kicked }
        }
        "messages_purged" => {
            let Purged { from, to, messages } = parse(row, payload)?;
            let messages = messages.into_iter().map(MessageId).collect();
            Fact::MessagesPurged(Purge { user: user()?, from: Seq(from), to: Seq(to), messages })
        }
        "member_updated" => {
            let Member { role, mute, ban } = parse(row, payload)?;
            Fact::MemberUpdated(MemberChange {
                user: user()?,
                role: role.map(|word| member_role::read(row, &word)).transpose()?,
                mute: mute.map(|switch| toggle(row, &switch)).transpose()?,
                ban: ban.map(|switch| toggle(row, &switch)).transpose()?,
            })
        }
        "room_updated" => {
            let RoomState { name, topic, kind, posting: who, slow, archived } = parse(row, payload)?;
            Fact::RoomUpdated {
                name: name.map(RoomName::from_stored),
                topic: topic.map(RoomTopic::from_stored),
                kind: room_kind::read(row, &kind)?,
                mode: RoomMode {
                    posting: who.map(|word| posting::read(row, &word)).transpose()?.unwrap_or_default(),
                    slow_mode_seconds: slow,
                    archived,
                },
            }
        }
        unknown => return Err(row.corrupt(format!("unknown kind {unknown:?}"))),
    })
}

fn switch(toggle: Toggle) -> Switch {
    match toggle {
        Toggle::On(until) => Switch { on: true, until: micros_if(until) },
        Toggle::Off => Switch { on: false, until: None },
    }
}

fn toggle(row: Row<'_>, switch: &Switch) -> StoreResult<Toggle> {
    Ok(if switch.on { Toggle::On(row.moment_if(switch.until)?) } else { Toggle::Off })
}

fn json(payload: &impl Serialize) -> Option<String> {
    // Strings, numbers and flags always serialise.
    serde_json::to_string(payload).ok()
}

fn parse<'a, T: Deserialize<'a>>(row: Row<'_>, payload: Option<&'a str>) -> StoreResult<T> {
    serde_json::from_str(payload.unwrap_or_default()).map_err(|error| row.corrupt(format!("payload: {error}")))
}
