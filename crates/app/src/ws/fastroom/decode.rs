//! From the text of a frame to a [`Command`]. Never panics, and nothing that it did not parse gets past it.

use std::borrow::Cow;

use hallway_domain::{
    AttachmentId, Body, ClientId, Emoji, Epoch, InvalidText, MAX_ATTACHMENTS, MessageId, RoomId, RoomName, Seq,
    Username,
};
use hallway_protocol::ws::fastroom::ErrorCode;
use secrecy::SecretString;
use uuid::Uuid;

use super::fields::{Fields, Key, Misfit, NoFrame};
use super::{Command, FrameKind, Origin, RoomRef};

/// Messages in one answer, if the client does not say how many.
const HISTORY_LIMIT: i64 = 50;
const MAX_HISTORY_LIMIT: i64 = 100;

/// No token that we sign is longer.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// What decoding depends on.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Most characters of a message.
    pub message_chars: usize,
    /// Whether the connection agreed `hallway.v1`. Others may use `id` for purposes of their own.
    pub native: bool,
}

/// Why a frame was not taken. Say it with [`super::failure::undecodable`]; the connection goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    pub message: Cow<'static, str>,
    pub code: ErrorCode,
    pub origin: Origin,
}

impl DecodeError {
    const fn unknown(message: &'static str, code: ErrorCode) -> Self {
        Self { message: Cow::Borrowed(message), code, origin: Origin { kind: None, room: None, id: None } }
    }
}

/// Why one frame of a known type was not taken.
enum Fault {
    /// A field is missing, of the wrong type or out of range.
    Misfit,
    RoomRequired,
    /// No room can have this name.
    RoomMissing,
    Text(InvalidText),
}

impl From<Misfit> for Fault {
    fn from(_: Misfit) -> Self {
        Self::Misfit
    }
}

impl From<InvalidText> for Fault {
    fn from(invalid: InvalidText) -> Self {
        Self::Text(invalid)
    }
}

/// Reads one frame.
///
/// # Errors
/// When it is no JSON object, of no known type, or not as its type demands.
pub fn decode(text: &str, rules: Rules) -> Result<Command, DecodeError> {
    let mut fields = Fields::parse(text).map_err(|fault| match fault {
        NoFrame::NotJson => DecodeError::unknown("invalid json", ErrorCode::InvalidJson),
        NoFrame::NotObject => DecodeError::unknown("invalid frame", ErrorCode::InvalidFrame),
    })?;
    let kind = fields.text(Key::Type).ok().flatten().and_then(|word| FrameKind::parse(&word));
    let Some(kind) = kind else {
        return Err(DecodeError::unknown("unknown type", ErrorCode::UnknownType));
    };
    let mut reader = Reader { fields, rules, origin: Origin { kind: Some(kind), room: None, id: None } };
    reader.read(kind).map_err(|fault| refused(kind, reader.origin, fault))
}

fn refused(kind: FrameKind, origin: Origin, fault: Fault) -> DecodeError {
    // The recorded contract words `join` and `leave` differently from the rest.
    let enters = matches!(kind, FrameKind::Join | FrameKind::Leave);
    let (message, code) = match fault {
        Fault::RoomRequired if enters => ("room required".into(), ErrorCode::RoomRequired),
        Fault::RoomMissing if enters => ("room not found".into(), ErrorCode::RoomNotFound),
        Fault::RoomRequired => (kind.invalid().into(), ErrorCode::RoomRequired),
        Fault::RoomMissing => (kind.invalid().into(), ErrorCode::RoomMissing),
        Fault::Misfit => (kind.invalid().into(), ErrorCode::InvalidFrame),
        Fault::Text(invalid) => (invalid.message.into(), ErrorCode::Invalid),
    };
    DecodeError { message, code, origin }
}

/// Takes a frame of a known type apart. What it learns about the origin stays, also when the rest is refused.
struct Reader {
    fields: Fields,
    rules: Rules,
    origin: Origin,
}

impl Reader {
    fn read(&mut self, kind: FrameKind) -> Result<Command, Fault> {
        Ok(match kind {
            FrameKind::Join => Command::Join {
                room: self.room()?,
                since: self.fields.number(Key::Since, 0)?.map(Seq),
                epoch: self.fields.number(Key::Epoch, 0)?.map(Epoch),
            },
            FrameKind::Leave => Command::Leave { room: self.room()? },
            FrameKind::Chat => {
                let (id, room) = (self.id()?, self.room()?);
                let attachments = self.attachments()?;
                let body = if attachments.is_empty() { self.body()? } else { self.body_beside_files()? };
                let reply_to = self.fields.number(Key::ReplyTo, 1)?.map(MessageId);
                Command::Chat { room, body, id, reply_to, attachments }
            }
            FrameKind::Edit => {
                Command::Edit { id: self.id()?, room: self.room()?, message: self.message()?, body: self.body()? }
            }
            FrameKind::Delete => Command::Delete { id: self.id()?, room: self.room()?, message: self.message()? },
            FrameKind::React => Command::React {
                id: self.id()?,
                room: self.room()?,
                message: self.message()?,
                emoji: Emoji::parse(&self.fields.text(Key::Emoji)?.ok_or(Fault::Misfit)?)?,
                on: self.fields.flag(Key::On)?.ok_or(Fault::Misfit)?,
            },
            FrameKind::Pin => Command::Pin {
                id: self.id()?,
                room: self.room()?,
                message: self.message()?,
                on: self.fields.flag(Key::On)?.ok_or(Fault::Misfit)?,
            },
            FrameKind::HistoryMore => Command::HistoryMore {
                room: self.room()?,
                before: MessageId(self.fields.number(Key::BeforeId, 0)?.ok_or(Fault::Misfit)?),
                limit: self.limit()?,
            },
            FrameKind::HistoryAround => {
                Command::HistoryAround { room: self.room()?, message: self.message()?, limit: self.limit()? }
            }
            FrameKind::Fetch => {
                let room = self.room()?;
                let from = self.fields.number(Key::From, 1)?.ok_or(Fault::Misfit)?;
                let to = self.fields.number(Key::To, from)?.ok_or(Fault::Misfit)?;
                Command::Fetch { room, from: Seq(from), to: Seq(to) }
            }
            FrameKind::Typing => Command::Typing { room: self.room()?, typing: self.fields.truth(Key::IsTyping) },
            FrameKind::Read => Command::Read { room: self.room()?, seq: self.mark()? },
            FrameKind::MarkUnread => {
                Command::MarkUnread { id: self.id()?, room: self.room()?, message: self.message()? }
            }
            FrameKind::Delivered => Command::Delivered { room: self.room()?, seq: self.mark()? },
            FrameKind::Ping => Command::Ping,
            FrameKind::Auth => Command::Auth { token: self.token()? },
        })
    }

    /// `room_id` wins over `room`.
    fn room(&mut self) -> Result<RoomRef, Fault> {
        let id = self.fields.number(Key::RoomId, 1).map_err(|Misfit| Fault::RoomRequired)?;
        let room = match id {
            Some(id) => RoomRef::Id(RoomId(id)),
            None => match self.fields.text(Key::Room) {
                Ok(Some(name)) if !name.is_empty() => {
                    let parsed = match name.strip_prefix('@') {
                        Some(user) => Username::parse(user).map(RoomRef::Direct),
                        None => RoomName::parse(&name).map(RoomRef::Name),
                    };
                    parsed.map_err(|_| Fault::RoomMissing)?
                }
                Ok(_) | Err(Misfit) => return Err(Fault::RoomRequired),
            },
        };
        self.origin.room = Some(room.clone());
        Ok(room)
    }

    fn id(&mut self) -> Result<Option<ClientId>, Fault> {
        // The one written form, so that the id that goes back reads as the one that came.
        let parse = |text: String| (text.len() == 36).then(|| Uuid::parse_str(&text).ok()).flatten().ok_or(Misfit);
        let parsed = self.fields.text(Key::Id).and_then(|id| id.map(parse).transpose());
        self.origin.id = match parsed {
            Ok(id) => id.map(ClientId),
            Err(Misfit) if self.rules.native => return Err(Fault::Misfit),
            Err(Misfit) => None,
        };
        Ok(self.origin.id)
    }

    fn body(&mut self) -> Result<Body, Fault> {
        let text = self.fields.text(Key::Message)?.ok_or(Fault::Misfit)?;
        Ok(Body::parse(text, self.rules.message_chars)?)
    }

    fn body_beside_files(&mut self) -> Result<Body, Fault> {
        let text = self.fields.text(Key::Message)?.unwrap_or_default();
        Ok(Body::parse_beside_files(text, self.rules.message_chars)?)
    }

    fn attachments(&mut self) -> Result<Vec<AttachmentId>, Fault> {
        let ids = self.fields.numbers(Key::Attachments, MAX_ATTACHMENTS)?;
        Ok(ids.into_iter().map(AttachmentId).collect())
    }

    fn message(&mut self) -> Result<MessageId, Fault> {
        self.fields.number(Key::MessageId, 1)?.map(MessageId).ok_or(Fault::Misfit)
    }

    fn mark(&mut self) -> Result<Seq, Fault> {
        self.fields.number(Key::Seq, 0)?.map(Seq).ok_or(Fault::Misfit)
    }

    fn limit(&mut self) -> Result<u32, Fault> {
        let asked = self.fields.number(Key::Limit, 1)?.unwrap_or(HISTORY_LIMIT);
        u32::try_from(asked.min(MAX_HISTORY_LIMIT)).map_err(|_| Fault::Misfit)
    }

    fn token(&mut self) -> Result<SecretString, Fault> {
        match self.fields.text(Key::Token)? {
            Some(token) if !token.is_empty() && token.len() <= MAX_TOKEN_BYTES => Ok(SecretString::from(token)),
            _ => Err(Fault::Misfit),
        }
    }
}
