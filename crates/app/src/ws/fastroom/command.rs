//! What a client may ask for, in parsed values.

use hallway_domain::{AttachmentId, Body, ClientId, Emoji, Epoch, MessageId, RoomId, RoomName, Seq, Username};
use secrecy::SecretString;

/// How a frame names a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RoomRef {
    Id(RoomId),
    Name(RoomName),
    /// The direct conversation of whoever says so with this user: `@username`, which no room is called.
    Direct(Username),
}

/// The type of a frame; decides how an error about it is worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameKind {
    Join,
    Leave,
    Chat,
    Edit,
    Delete,
    React,
    Pin,
    HistoryMore,
    HistoryAround,
    Fetch,
    Typing,
    Read,
    MarkUnread,
    Delivered,
    Ping,
    Auth,
}

/// Which frame an answer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// None: it could not even be told what it was.
    pub kind: Option<FrameKind>,
    pub room: Option<RoomRef>,
    pub id: Option<ClientId>,
}

/// One frame of a client.
#[derive(Clone, Debug)]
pub enum Command {
    Join {
        room: RoomRef,
        since: Option<Seq>,
        epoch: Option<Epoch>,
    },
    Leave {
        room: RoomRef,
    },
    Chat {
        room: RoomRef,
        body: Body,
        id: Option<ClientId>,
        reply_to: Option<MessageId>,
        /// At most [`hallway_domain::MAX_ATTACHMENTS`]; with any, the body may be empty.
        attachments: Vec<AttachmentId>,
    },
    Edit {
        room: RoomRef,
        message: MessageId,
        body: Body,
        id: Option<ClientId>,
    },
    Delete {
        room: RoomRef,
        message: MessageId,
        id: Option<ClientId>,
    },
    React {
        room: RoomRef,
        message: MessageId,
        emoji: Emoji,
        on: bool,
        id: Option<ClientId>,
    },
    Pin {
        room: RoomRef,
        message: MessageId,
        on: bool,
        id: Option<ClientId>,
    },
    /// `limit` is 1 to 100.
    HistoryMore {
        room: RoomRef,
        before: MessageId,
        limit: u32,
    },
    /// `limit` is 1 to 100.
    HistoryAround {
        room: RoomRef,
        message: MessageId,
        limit: u32,
    },
    /// `from` is at least 1 and at most `to`. How far they may be apart is the connection's affair.
    Fetch {
        room: RoomRef,
        from: Seq,
        to: Seq,
    },
    Typing {
        room: RoomRef,
        typing: bool,
    },
    Read {
        room: RoomRef,
        seq: Seq,
    },
    MarkUnread {
        room: RoomRef,
        message: MessageId,
        id: Option<ClientId>,
    },
    Delivered {
        room: RoomRef,
        seq: Seq,
    },
    Ping,
    Auth {
        token: SecretString,
    },
}

impl Command {
    #[must_use]
    pub const fn kind(&self) -> FrameKind {
        match self {
            Self::Join { .. } => FrameKind::Join,
            Self::Leave { .. } => FrameKind::Leave,
            Self::Chat { .. } => FrameKind::Chat,
            Self::Edit { .. } => FrameKind::Edit,
            Self::Delete { .. } => FrameKind::Delete,
            Self::React { .. } => FrameKind::React,
            Self::Pin { .. } => FrameKind::Pin,
            Self::HistoryMore { .. } => FrameKind::HistoryMore,
            Self::HistoryAround { .. } => FrameKind::HistoryAround,
            Self::Fetch { .. } => FrameKind::Fetch,
            Self::Typing { .. } => FrameKind::Typing,
            Self::Read { .. } => FrameKind::Read,
            Self::MarkUnread { .. } => FrameKind::MarkUnread,
            Self::Delivered { .. } => FrameKind::Delivered,
            Self::Ping => FrameKind::Ping,
            Self::Auth { .. } => FrameKind::Auth,
        }
    }

    /// The room that it is about.
    #[must_use]
    pub const fn room(&self) -> Option<&RoomRef> {
        match self {
            Self::Join { room, .. }
            | Self::Leave { room }
            | Self::Chat { room, .. }
            | Self::Edit { room, .. }
            | Self::Delete { room, .. }
            | Self::React { room, .. }
            | Self::Pin { room, .. }
            | Self::MarkUnread { room, .. }
            | Self::HistoryMore { room, .. }
            | Self::HistoryAround { room, .. }
            | Self::Fetch { room, .. }
            | Self::Typing { room, .. }
            | Self::Read { room, .. }
            | Self::Delivered { room, .. } => Some(room),
            Self::Ping | Self::Auth { .. } => None,
        }
    }

    /// The id to give back with the answer.
    #[must_use]
    pub const fn id(&self) -> Option<ClientId> {
        match self {
            Self::Chat { id, .. }
            | Self::Edit { id, .. }
            | Self::Delete { id, .. }
            | Self::React { id, .. }
            | Self::Pin { id, .. }
            | Self::MarkUnread { id, .. } => *id,
            _ => None,
        }
    }

    /// What an answer needs to know of it, for after the command was taken apart.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin { kind: Some(self.kind()), room: self.room().cloned(), id: self.id() }
    }
}

impl FrameKind {
    const ALL: [Self; 16] = [
        Self::Join,
        Self::Leave,
        Self::Chat,
        Self::Edit,
        Self::Delete,
        Self::React,
        Self::Pin,
        Self::HistoryMore,
        Self::HistoryAround,
        Self::Fetch,
        Self::Typing,
        Self::Read,
        Self::MarkUnread,
        Self::Delivered,
        Self::Ping,
        Self::Auth,
    ];

    /// The `type` on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Chat => "chat",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::React => "react",
            Self::Pin => "pin",
            Self::HistoryMore => "history_more",
            Self::HistoryAround => "history_around",
            Self::Fetch => "fetch",
            Self::Typing => "typing",
            Self::Read => "read",
            Self::MarkUnread => "mark_unread",
            Self::Delivered => "delivered",
            Self::Ping => "ping",
            Self::Auth => "auth",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What the recorded contract says of a frame of this kind that cannot be taken.
    pub(super) fn invalid(self) -> String {
        format!("invalid {}", self.as_str())
    }
}
