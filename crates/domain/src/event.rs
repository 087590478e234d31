//! Durable facts: what a room's log is made of.

use crate::{
    Emoji, Epoch, MessageId, MessageView, ReactionGroup, Role, RoomId, RoomKind, RoomMode, RoomName, RoomTopic, Seq,
    Timestamp, UserId, UserRef,
};

/// A fact with its place in a room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub room: RoomId,
    pub epoch: Epoch,
    pub seq: Seq,
    pub at: Timestamp,
    pub fact: Fact,
}

/// What happened. Read back from the log, facts about a message show its present state: the text of a message
/// that was deleted meanwhile is not in the log any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    MessagePosted(Box<MessageView>),
    MessageEdited {
        message: MessageId,
        author: Option<UserId>,
        body: String,
        edited_at: Timestamp,
        /// Members whom the new text mentions.
        mentions: Vec<UserRef>,
        /// It mentions everybody.
        here: bool,
    },
    /// It is not pinned any more either.
    MessageDeleted {
        message: MessageId,
        author: Option<UserId>,
    },
    PinChanged {
        message: MessageId,
        user: UserRef,
        on: bool,
    },
    /// `reactions` are all of the message after this one, as [`ReactionGroup::MOST`] bounds them: there are clients
    /// that know no differences.
    ReactionChanged {
        message: MessageId,
        user: UserRef,
        emoji: Emoji,
        on: bool,
        reactions: Vec<ReactionGroup>,
    },
    MemberJoined {
        user: UserRef,
    },
    MemberLeft {
        user: UserRef,
        /// By a moderator, or else by themselves.
        kicked: bool,
    },
    MemberUpdated(MemberChange),
    RoomUpdated {
        name: Option<RoomName>,
        topic: Option<RoomTopic>,
        kind: RoomKind,
        mode: RoomMode,
    },
    /// Messages of one author were removed all at once: what the user wrote from place `from` to place `to`.
    MessagesPurged(Purge),
}

/// What was removed of one author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purge {
    pub user: UserRef,
    /// Place of the oldest removed message.
    pub from: Seq,
    /// Place of the newest one.
    pub to: Seq,
    /// The newest of them, at most [`Purge::MOST`], for clients that know no places.
    pub messages: Vec<MessageId>,
}

impl Purge {
    /// Most messages that are named one by one.
    pub const MOST: usize = 500;
}

/// How a member's standing changed: `None` is "as before". Clients print a phrase for every flag that is present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberChange {
    pub user: UserRef,
    pub role: Option<Role>,
    pub mute: Option<Toggle>,
    pub ban: Option<Toggle>,
}

/// A sanction began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toggle {
    /// Until then; `None` is until lifted.
    On(Option<Timestamp>),
    Off,
}

impl MemberChange {
    #[must_use]
    pub const fn new(user: UserRef) -> Self {
        Self { user, role: None, mute: None, ban: None }
    }
}
