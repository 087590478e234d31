//! What passes by: ephemeral signals, and orders to let go of something.

use crate::call::CallFrame;
use crate::{ConnectionId, FullName, MessageId, NotifyLevel, RoomId, Seq, SessionId, Timestamp, UserId, UserRef};

/// Something about a room that nobody needs to hear twice or later. It may be lost or dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    pub room: RoomId,
    pub at: Timestamp,
    /// This connection caused it and does not hear of it.
    pub except: Option<ConnectionId>,
    pub kind: SignalKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// First connections came, last connections went.
    PresenceChanged {
        join: Vec<UserRef>,
        leave: Vec<UserRef>,
    },
    Typing {
        user: UserRef,
        typing: bool,
    },
    /// The user has read everything up to `seq`.
    Read {
        user: UserRef,
        seq: Seq,
    },
    /// The user's device has everything up to `seq`.
    Delivered {
        user: UserRef,
        seq: Seq,
    },
    /// The user's marks have passed these messages of others, newest first: for clients that know no marks.
    Receipts {
        user: UserRef,
        /// Or else their devices have them.
        read: bool,
        messages: Vec<Receipt>,
    },
    /// The user's first connection came, or their last one went, whatever rooms they are in. Told in the rooms that
    /// they share with others.
    Online {
        user: UserRef,
        online: bool,
    },
    /// Somebody has signed up. Told [everywhere](RoomId::EVERYWHERE).
    UserCreated {
        user: UserRef,
        full_name: Option<FullName>,
    },
    /// The user counts everything after `seq` as unread again. For that user's connections alone.
    MarkedUnread {
        user: UserId,
        seq: Seq,
        unread: u64,
        mentions: u64,
    },
    /// Somebody has reported something in a room that the user moderates, or decided about it: so many reports wait.
    /// For that user's connections alone.
    ReportsWaiting {
        user: UserId,
        open: u64,
    },
    /// The user wants to be told of other things in the room. For that user's connections alone.
    NotifyChanged {
        user: UserId,
        level: NotifyLevel,
    },
    /// Something about a call. For one device of that user, or all of them.
    Call {
        user: UserId,
        frame: Box<CallFrame>,
    },
}

impl SignalKind {
    /// The one user whose connections hear of it; none: everybody who follows the room.
    #[must_use]
    pub const fn only_for(&self) -> Option<UserId> {
        match self {
            Self::MarkedUnread { user, .. }
            | Self::ReportsWaiting { user, .. }
            | Self::NotifyChanged { user, .. }
            | Self::Call { user, .. } => Some(*user),
            _ => None,
        }
    }
}

/// A message that somebody has received or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub message: MessageId,
    pub author: UserId,
}

impl Receipt {
    /// Most messages of one signal, the newest ones.
    pub const MOST: u32 = 50;
}

/// An order to every node: let go, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The login ended: close its connections.
    Session { session: SessionId, why: Disconnect },
    /// Every login of the account ended, but for `except`.
    User { user: UserId, except: Option<SessionId>, why: Disconnect },
    /// The user may not follow the room any more, as the log says at `seq`. Who got the right back after that keeps it,
    /// however late this arrives.
    Membership { room: RoomId, user: UserId, why: RoomLoss, seq: Seq },
    /// The room became private: whoever is not a member loses it.
    NonMembers { room: RoomId },
    /// The room is gone.
    Room { room: RoomId },
    /// The user became a member and may follow the room.
    Granted { room: RoomId, user: UserId },
}

/// Why a room is taken away from a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoomLoss {
    Left,
    Kicked,
    Banned,
    MadePrivate,
    Deleted,
}

/// Why the server ends a connection. The wire code and whether to come back follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disconnect {
    /// The node is about to stop; another one will take over.
    Drain,
    /// Nothing was heard from the client.
    NoHeartbeat,
    /// The client does not read fast enough. Resume.
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
