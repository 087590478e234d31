//! What the checker is given.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// Time since the start of the run, by one monotonic clock for all clients.
pub type Moment = Duration;
/// A place in a room's log.
pub type Seq = i64;

/// One client: it keeps its cursors over reconnects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Room(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Message(pub i64);

/// The client id of a message, kept when the send is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u128);

/// A text, as good as one: only ever compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text(pub u64);

impl Text {
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// The whole of a run.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// In the order in which each client did and saw them; between clients any order will do.
    pub entries: Vec<Entry>,
    pub database: Database,
    /// After healing and quiet: the history of a room as each node tells it.
    pub reads: Vec<FinalRead>,
    /// After healing and quiet: who each observer takes to be in a room.
    pub presence: Vec<FinalPresence>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub at: Moment,
    pub client: Client,
    /// Who acted or saw; for `Granted` and `Revoked` the one whose right it is.
    pub user: User,
    pub room: Room,
    pub event: Event,
}

#[derive(Clone, Debug)]
pub enum Event {
    /// Just before it is written to the socket; again at each repetition.
    Send {
        key: Key,
        text: Text,
    },
    /// The server says that it is stored.
    Ack {
        key: Key,
        message: Message,
        seq: Seq,
    },
    /// The server says that it never will be.
    Fail {
        key: Key,
    },
    /// The room is followed from here on: after `head`, or where the client left off.
    Joined {
        head: Seq,
        resumed: bool,
    },
    /// The server says that it cannot fill the gap up to `head`.
    Reset {
        head: Seq,
    },
    /// An event of the log.
    Receive {
        fact: Fact,
        source: Source,
    },
    /// A history that was asked for and given.
    Read {
        asked: Moment,
        messages: Vec<Fact>,
    },
    /// The room is not followed any more: left, taken away, or the connection ended.
    Left,
    /// Asked for then, done at the time of the entry.
    Granted {
        asked: Moment,
    },
    Revoked {
        asked: Moment,
    },
    /// A removal of a message is acknowledged.
    Erased {
        message: Message,
    },
    /// Just before it is told to the server.
    Typed,
    /// Somebody is shown as typing.
    Typing {
        by: User,
    },
    /// Something of who is in the room is told: a list, a coming or a going.
    Attendance,
}

/// What stands at a place of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub seq: Seq,
    pub kind: Kind,
    /// The message or the user that it is about; 0 for the room itself.
    pub subject: i64,
    /// Of a message that was posted.
    pub key: Option<Key>,
    /// Of a message that was posted or edited; none once it is removed.
    pub text: Option<Text>,
}

impl Fact {
    /// What all who see it must agree on. The text may change later.
    #[must_use]
    pub fn identity(&self) -> (Kind, i64, Option<Key>) {
        (self.kind, self.subject, self.key)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Posted,
    Edited,
    Deleted,
    Reaction,
    MemberJoined,
    MemberLeft,
    MemberUpdated,
    RoomUpdated,
}

/// How an event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Live,
    /// Replayed for a join that was asked for then.
    Resume {
        asked: Moment,
    },
}

/// What the database holds at the end.
#[derive(Clone, Debug, Default)]
pub struct Database {
    pub log: Vec<(Room, Fact)>,
    pub messages: Vec<Stored>,
    /// Where each room says that its log ends.
    pub heads: Vec<(Room, Seq)>,
}

/// A row of a message, a removed one included.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    pub room: Room,
    pub author: User,
    pub fact: Fact,
}

#[derive(Clone, Debug)]
pub struct FinalRead {
    pub node: String,
    pub user: User,
    pub room: Room,
    pub messages: Vec<Fact>,
}

#[derive(Clone, Debug)]
pub struct FinalPresence {
    pub observer: String,
    pub room: Room,
    pub shown: BTreeSet<User>,
}
