//! The items as they travel. Other names and shapes than the domain's would be as good: nothing outside of this crate
//! sees them, but a release must understand what the one before it wrote.

use hallway_domain as domain;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attachment::Attachment;

#[derive(Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "snake_case")]
pub(super) enum Item {
    Event {
        room: i64,
        epoch: i64,
        seq: i64,
        /// Microseconds since the Unix epoch, here and below.
        at: i64,
        fact: Fact,
    },
    Signal {
        room: i64,
        at: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        except: Option<Uuid>,
        signal: Signal,
    },
    Revocation {
        revocation: Revocation,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(super) enum Fact {
    MessagePosted {
        message: Box<Message>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<Reply>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reactions: Vec<Reactions>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<User>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        here: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pinned: bool,
    },
    MessageEdited {
        message: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<i64>,
        body: String,
        edited_at: i64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<User>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        here: bool,
    },
    PinChanged {
        message: i64,
        user: User,
        on: bool,
    },
    MessageDeleted {
        message: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<i64>,
    },
    ReactionChanged {
        message: i64,
        user: User,
        emoji: String,
        on: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reactions: Vec<Reactions>,
    },
    MemberJoined {
        user: User,
    },
    MemberLeft {
        user: User,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        kicked: bool,
    },
    MessagesPurged {
        user: User,
        from: i64,
        to: i64,
        messages: Vec<i64>,
    },
    MemberUpdated {
        user: User,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleWord>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mute: Option<Switch>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ban: Option<Switch>,
    },
    RoomUpdated {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
        #[serde(with = "RoomKind")]
        kind: domain::RoomKind,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        moderators_only: bool,
        #[serde(default, skip_serializing_if = "is_zero")]
        slow: u32,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        archived: bool,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) id: i64,
    pub(super) room: i64,
    pub(super) seq: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) author: Option<User>,
    #[serde(with = "MessageKind")]
    pub(super) kind: domain::MessageKind,
    pub(super) body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<Uuid>,
    pub(super) created_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) edited_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deleted_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) message: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) author: Option<User>,
    pub(super) excerpt: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Reactions {
    pub(super) emoji: String,
    pub(super) users: Vec<User>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Switch {
    pub(super) on: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct RoleWord(#[serde(with = "Role")] pub(super) domain::Role);

#[derive(Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(super) enum Signal {
    PresenceChanged {
        join: Vec<User>,
        leave: Vec<User>,
    },
    Typing {
        user: User,
        typing: bool,
    },
    Read {
        user: User,
        seq: i64,
    },
    Delivered {
        user: User,
        seq: i64,
    },
    Receipts {
        user: User,
        read: bool,
        messages: Vec<(i64, i64)>,
    },
    Online {
        user: User,
        online: bool,
    },
    UserCreated {
        user: User,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        full_name: Option<String>,
    },
    MarkedUnread {
        user: i64,
        seq: i64,
        unread: u64,
        mentions: u64,
    },
    ReportsWaiting {
        user: i64,
        open: u64,
    },
    NotifyChanged {
        user: i64,
        #[serde(with = "NotifyLevel")]
        level: domain::NotifyLevel,
    },
    Call {
        user: i64,
        frame: Box<super::calls::Frame>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(super) enum Revocation {
    Session {
        session: Uuid,
        #[serde(with = "Disconnect")]
        why: domain::Disconnect,
    },
    User {
        user: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        except: Option<Uuid>,
        #[serde(with = "Disconnect")]
        why: domain::Disconnect,
    },
    Membership {
        room: i64,
        user: i64,
        #[serde(with = "RoomLoss")]
        why: domain::RoomLoss,
        /// Releases that did not send it meant: whatever was given before.
        #[serde(default = "latest")]
        seq: i64,
    },
    NonMembers {
        room: i64,
    },
    Room {
        room: i64,
    },
    Granted {
        room: i64,
        user: i64,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the attribute of the field calls it")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

const fn latest() -> i64 {
    i64::MAX
}

// The words of the domain's enums. A word that is missing here does not compile.

#[derive(Serialize, Deserialize)]
#[serde(remote = "domain::Role", rename_all = "snake_case")]
enum Role {
    Member,
    Moderator,
    Owner,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "domain::NotifyLevel", rename_all = "snake_case")]
enum NotifyLevel {
    All,
    Mentions,
    Nothing,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "domain::RoomKind", rename_all = "snake_case")]
enum RoomKind {
    Public,
    Private,
    Direct,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "domain::MessageKind", rename_all = "snake_case")]
enum MessageKind {
    Text,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "domain::RoomLoss", rename_all = "snake_case")]
enum RoomLoss {
    Left,
    Kicked,
    Banned,
    MadePrivate,
    Deleted,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "domain::Disconnect", rename_all = "snake_case")]
enum Disconnect {
    Drain,
    NoHeartbeat,
    TooSlow,
    RateLimited,
    Unauthenticated,
    TokenExpired,
    AccountDisabled,
    SessionRevoked,
    FrameTooLarge,
    Protocol,
    GoingAway,
    Internal,
}
