//! Durable facts: what a room's log is made of.

use crate::{
    Emoji, Epoch, MessageId, MessageView, Role, RoomId, RoomKind, RoomName, RoomTopic, Seq, Timestamp, UserRef,
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
    MessageEdited { message: MessageId, body: String, edited_at: Timestamp },
    MessageDeleted { message: MessageId },
    ReactionChanged { message: MessageId, user: UserRef, emoji: Emoji, on: bool },
    MemberJoined { user: UserRef },
    MemberLeft { user: UserRef },
    MemberUpdated(MemberChange),
    RoomUpdated { name: Option<RoomName>, topic: Option<RoomTopic>, kind: RoomKind },
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
