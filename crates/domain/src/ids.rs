//! Identifiers. Rows are 64-bit integers given by the database (below 2^53, so that they are exact JSON numbers);
//! sessions, connections, tokens and client ids are UUIDs made by whoever creates the thing.

use std::fmt;

use uuid::Uuid;

macro_rules! newtype {
    ($inner:ty: $($(#[$doc:meta])+ $name:ident),+ $(,)?) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

newtype! { i64:
    /// A user's row.
    UserId,
    /// A room's row. Never reused, not even after the room was deleted.
    RoomId,
    /// A message's row. Grows with time, but says nothing about order inside a room: that is [`Seq`].
    MessageId,
    /// A sanction's row.
    SanctionId,
    /// A row of an invitation. Its code is a secret; this is not.
    InviteId,
    /// A report's row.
    ReportId,
    /// A line of the audit log.
    AuditId,
    /// A rule of a room's word filter.
    FilterId,
    /// A message that waits for a moderator.
    HeldId,
    /// A file in a message, or one that waits for its message.
    AttachmentId,
    /// A blob's row. Never reused, so that no two files ever had the same place.
    BlobId,
    /// Place of an event in its room's log: 1, 2, 3, ... without a hole. 0 is "before the first".
    Seq,
    /// Names one life of a room's log. A cursor of another epoch cannot be resumed.
    Epoch,
}

newtype! { Uuid:
    /// A login.
    SessionId,
    /// A live socket.
    ConnectionId,
    /// A refresh token (its `jti`).
    TokenId,
    /// Made by a client to make a send repeatable.
    ClientId,
    /// One run of one server process.
    NodeId,
}

impl Seq {
    pub const ZERO: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl RoomId {
    /// No room: what passes by here is for connections in whatever room.
    pub const EVERYWHERE: Self = Self(0);

    /// No room either: where presence keeps whether a user has any connection at all.
    #[must_use]
    pub const fn of_user(user: UserId) -> Self {
        Self(-user.0)
    }

    /// The user of [`RoomId::of_user`]; none for a room.
    #[must_use]
    pub const fn as_user(self) -> Option<UserId> {
        if self.0 < 0 { Some(UserId(-self.0)) } else { None }
    }
}
