//! What passes by: ephemeral signals, and orders to let go of something.

use crate::{ConnectionId, RoomId, Seq, SessionId, Timestamp, UserId, UserRef};

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
}

/// An order to every node: let go, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The login ended: close its connections.
    Session { session: SessionId, why: Disconnect },
    /// Every login of the account ended, but for `except`.
    User { user: UserId, except: Option<SessionId>, why: Disconnect },
    /// The user may not follow the room any more.
    Membership { room: RoomId, user: UserId, why: RoomLoss },
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
