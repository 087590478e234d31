//! Messages, and how lists show them.

use crate::policy::{DeleteMessage, EditMessage, Permit, Post};
use crate::{Attachment, Body, ClientId, Emoji, MessageId, RoomId, Seq, Timestamp, UserId, UserRef};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    Text,
}

/// A stored message. Deleting leaves a tombstone: the row stays, its body is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: MessageId,
    pub room: RoomId,
    pub seq: Seq,
    /// None once the account was erased.
    pub author: Option<UserRef>,
    pub kind: MessageKind,
    /// Empty once deleted.
    pub body: String,
    pub reply_to: Option<MessageId>,
    pub client_id: Option<ClientId>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

impl Message {
    #[must_use]
    pub fn author_id(&self) -> Option<UserId> {
        self.author.as_ref().map(|author| author.id)
    }

    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// The message with another body.
    #[must_use]
    pub fn edit(mut self, _permit: &Permit<EditMessage>, body: Body, at: Timestamp) -> Self {
        self.body = body.into_string();
        self.edited_at = Some(at);
        self
    }

    /// The tombstone of the message.
    #[must_use]
    pub fn delete(mut self, _permit: &Permit<DeleteMessage>, at: Timestamp) -> Self {
        self.body.clear();
        self.deleted_at = Some(at);
        self
    }
}

/// A message that has its place in the log, but no row yet.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub room: RoomId,
    pub seq: Seq,
    pub author: UserRef,
    pub kind: MessageKind,
    pub body: Body,
    pub reply_to: Option<MessageId>,
    pub client_id: Option<ClientId>,
    pub created_at: Timestamp,
}

impl NewMessage {
    /// A text by the holder of the permit, in the room of the permit.
    #[must_use]
    pub fn text(permit: &Permit<Post>, author: UserRef, seq: Seq, body: Body, created_at: Timestamp) -> Self {
        debug_assert_eq!(author.id, permit.actor());
        Self {
            room: permit.room(),
            seq,
            author,
            kind: MessageKind::Text,
            body,
            reply_to: None,
            client_id: None,
            created_at,
        }
    }
}

/// Where a message is found that is known by its number alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePlace {
    pub id: MessageId,
    pub room: RoomId,
    pub seq: Seq,
    pub author: Option<UserId>,
    pub is_deleted: bool,
}

/// Everybody who gave a message the same emoji, in order of giving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionGroup {
    pub emoji: Emoji,
    pub users: Vec<UserRef>,
}

impl ReactionGroup {
    /// Most reactions of one message that go with an event, the first ones given.
    pub const MOST: u32 = 500;
}

/// What a reply shows of the message that it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyPreview {
    pub message: MessageId,
    pub author: Option<UserRef>,
    /// The first [`ReplyPreview::EXCERPT_CHARS`] characters; empty once deleted.
    pub excerpt: String,
}

impl ReplyPreview {
    pub const EXCERPT_CHARS: usize = 140;

    #[must_use]
    pub fn of(message: &Message) -> Self {
        Self {
            message: message.id,
            author: message.author.clone(),
            excerpt: message.body.chars().take(Self::EXCERPT_CHARS).collect(),
        }
    }
}

/// A message as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    pub message: Message,
    pub reply: Option<ReplyPreview>,
    pub reactions: Vec<ReactionGroup>,
    /// In their order; none once deleted.
    pub attachments: Vec<Attachment>,
    /// Members whom it mentions, in order of mention; none once deleted.
    pub mentions: Vec<UserRef>,
    /// It mentions everybody in the room.
    pub here: bool,
    pub pinned: bool,
}

impl MessageView {
    /// A message that nothing else is known to belong to.
    #[must_use]
    pub const fn bare(message: Message) -> Self {
        Self {
            message,
            reply: None,
            reactions: Vec::new(),
            attachments: Vec::new(),
            mentions: Vec::new(),
            here: false,
            pinned: false,
        }
    }

    /// What it says beside its files. Clients that know no files send the address of one as the text.
    #[must_use]
    pub fn text(&self) -> &str {
        let body = self.message.body.as_str();
        if self.is_file_address() { "" } else { body }
    }

    /// Whether its text is nothing but the address of its file.
    #[must_use]
    pub fn is_file_address(&self) -> bool {
        let body = &self.message.body;
        self.attachments.len() == 1 && body.contains("/static/uploads/") && !body.contains(char::is_whitespace)
    }

    /// Whether somebody else mentions the user in it.
    #[must_use]
    pub fn mentions(&self, user: UserId) -> bool {
        self.message.author_id() != Some(user) && (self.here || self.mentions.iter().any(|it| it.id == user))
    }
}

/// A pinned message, and who pinned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinView {
    pub message: MessageView,
    /// None once the account was erased.
    pub by: Option<UserRef>,
    pub at: Timestamp,
}
