//! Writing: a unit of work hands out repositories that share its one transaction.

use async_trait::async_trait;
use time::Duration;

use super::{
    AccountQueries, AccountRepository, CallQueries, CallRepository, MentionRepository, PinRepository, Queries,
    ReviewQueries, ReviewRepository,
};
use crate::{
    Attachment, AttachmentId, BlobHash, BlobKey, Claim, ClientId, DirectKey, Emoji, Event, Invite, InviteId,
    Membership, Message, MessageId, NewAttachment, NewInvite, NewMessage, NewRoom, NewSanction, NewUser, NotifyLevel,
    PasswordHash, ReactionGroup, RefreshToken, Role, Room, RoomId, Sanction, SanctionKind, Seq, Session, SessionId,
    StoredAttachment, Timestamp, TokenId, User, UserId, UserKey, UserRef, Username,
};

/// What a store could not do. Absent rows and duplicates are answers, not errors.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection, no room in the pool, or the database is going away. Try again later.
    #[error("database is not available: {0}")]
    Unavailable(String),
    /// The transaction met another one. Run the whole unit again.
    #[error("transaction conflict: {0}")]
    Conflict(String),
    /// A row that no version of this program writes.
    #[error("corrupt row in {table} ({id}): {problem}")]
    Corrupt { table: &'static str, id: String, problem: String },
    #[error("database error: {0}")]
    Internal(String),
}

pub type StoreResult<T> = Result<T, StoreError>;

/// The two doors of a database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Opens the write door: a transaction that sees and blocks other writers of the same rows.
    async fn begin(&self) -> StoreResult<Box<dyn UnitOfWork>>;

    /// The read door: each query is on its own and never waits for a writer.
    fn queries(&self) -> &dyn Queries;

    /// The read door, for what belongs to accounts.
    fn account_queries(&self) -> &dyn AccountQueries;

    /// The read door, for those who moderate.
    fn review_queries(&self) -> &dyn ReviewQueries;

    /// The read door, for calls.
    fn call_queries(&self) -> &dyn CallQueries;

    /// Whether the database answers.
    async fn ping(&self) -> StoreResult<()>;

    /// Removes events older than `keep`, whole from the beginning of each log, at most `limit` rows; how many went.
    /// A cursor that falls into the removed part is answered with `reset`.
    async fn prune_events(&self, now: Timestamp, keep: Duration, limit: u32) -> StoreResult<u64>;

    /// Removes sessions and refresh tokens that ended more than `keep` ago; how many sessions went.
    async fn prune_sessions(&self, now: Timestamp, keep: Duration) -> StoreResult<u64>;
}

/// One transaction. Dropping it rolls back.
#[async_trait]
pub trait UnitOfWork: Send {
    fn users(&mut self) -> &mut dyn UserRepository;
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    fn rooms(&mut self) -> &mut dyn RoomRepository;
    fn memberships(&mut self) -> &mut dyn MembershipRepository;
    fn sanctions(&mut self) -> &mut dyn SanctionRepository;
    fn messages(&mut self) -> &mut dyn MessageRepository;
    fn reactions(&mut self) -> &mut dyn ReactionRepository;
    fn mentions(&mut self) -> &mut dyn MentionRepository;
    fn pins(&mut self) -> &mut dyn PinRepository;
    fn events(&mut self) -> &mut dyn EventRepository;
    fn audit(&mut self) -> &mut dyn AuditRepository;
    fn calls(&mut self) -> &mut dyn CallRepository;
    fn attachments(&mut self) -> &mut dyn AttachmentRepository;
    fn accounts(&mut self) -> &mut dyn AccountRepository;
    fn review(&mut self) -> &mut dyn ReviewRepository;
    fn invites(&mut self) -> &mut dyn InviteRepository;

    /// Makes everything durable. What it returns `Ok` for survives a crash.
    async fn commit(self: Box<Self>) -> StoreResult<()>;
}

/// How an insert of a user ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsertedUser {
    Created(User),
    UsernameTaken,
    EmailTaken,
}

#[async_trait]
pub trait UserRepository: Send {
    /// Whether there is any account, disabled ones too. Units that are told no wait for each other, so that of many
    /// first registrations exactly one is told no (PostgreSQL: lock the table when it looks empty, and look again).
    async fn any(&mut self) -> StoreResult<bool>;
    /// A duplicate leaves the transaction usable.
    async fn insert(&mut self, user: NewUser) -> StoreResult<InsertedUser>;
    async fn find(&mut self, id: UserId) -> StoreResult<Option<User>>;
    async fn find_by_username(&mut self, username: &Username) -> StoreResult<Option<User>>;
    /// Those that exist, each once, in one statement.
    async fn find_many(&mut self, users: &[UserKey]) -> StoreResult<Vec<User>>;
    async fn set_password(&mut self, id: UserId, hash: &PasswordHash) -> StoreResult<()>;
    /// Saves `email`, `full_name`, `disabled` and `is_admin`; false when the e-mail is another user's.
    async fn update(&mut self, user: &User) -> StoreResult<bool>;
}

#[async_trait]
pub trait SessionRepository: Send {
    async fn insert(&mut self, session: &Session) -> StoreResult<()>;
    async fn find(&mut self, id: SessionId) -> StoreResult<Option<Session>>;
    /// Those of the sessions that are live at `now` and whose account is not disabled, in one statement.
    async fn live(&mut self, sessions: &[SessionId], now: Timestamp) -> StoreResult<Vec<SessionId>>;
    /// Notes that the session was used, and until when it now lives.
    async fn touch(&mut self, id: SessionId, used_at: Timestamp, expires_at: Timestamp) -> StoreResult<()>;
    /// False when it was revoked before or never was.
    async fn revoke(&mut self, id: SessionId, at: Timestamp) -> StoreResult<bool>;
    /// Revokes every live session of the user but `except`; which ones.
    async fn revoke_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        at: Timestamp,
    ) -> StoreResult<Vec<SessionId>>;
    async fn insert_refresh(&mut self, token: &RefreshToken) -> StoreResult<()>;
    async fn find_refresh(&mut self, id: TokenId) -> StoreResult<Option<RefreshToken>>;
    /// The token that `parent` was exchanged for.
    async fn successor(&mut self, parent: TokenId) -> StoreResult<Option<RefreshToken>>;
    /// Marks the token as used if it was not; of many callers exactly one gets true.
    async fn claim_refresh(&mut self, id: TokenId, at: Timestamp) -> StoreResult<bool>;
}

#[async_trait]
pub trait RoomRepository: Send {
    /// None when the name or the direct key is taken, which leaves the transaction usable. `last_seq` begins at 0.
    async fn insert(&mut self, room: NewRoom) -> StoreResult<Option<Room>>;
    /// Reads rooms and holds their locks until the unit ends, taken in the order of ids so that units cannot block
    /// each other for ever. Rooms that do not exist are left out.
    async fn lock(&mut self, ids: &[RoomId]) -> StoreResult<Vec<Room>>;
    /// The direct conversation of a key, without its lock. Sees what other units committed before.
    async fn find_direct(&mut self, key: DirectKey) -> StoreResult<Option<Room>>;
    /// Saves name, topic, kind, rules, slow mode and archiving of a locked room; false when the name is taken.
    async fn update(&mut self, room: &Room) -> StoreResult<bool>;
    /// Saves how far the logs of locked rooms have come, in one statement.
    async fn set_last_seq(&mut self, heads: &[(RoomId, Seq)]) -> StoreResult<()>;
    /// Removes the room with everything in it.
    async fn delete(&mut self, id: RoomId) -> StoreResult<()>;
}

#[async_trait]
pub trait MembershipRepository: Send {
    async fn find(&mut self, room: RoomId, user: UserId) -> StoreResult<Option<Membership>>;
    /// Those that exist of the pairs, in one statement.
    async fn find_many(&mut self, pairs: &[(RoomId, UserId)]) -> StoreResult<Vec<Membership>>;
    /// False when there was one.
    async fn insert(&mut self, membership: &Membership) -> StoreResult<bool>;
    /// Those of a new room, in one statement.
    async fn insert_many(&mut self, memberships: &[Membership]) -> StoreResult<()>;
    async fn set_role(&mut self, room: RoomId, user: UserId, role: Role) -> StoreResult<()>;
    /// False when there was none.
    async fn delete(&mut self, room: RoomId, user: UserId) -> StoreResult<bool>;
    /// Who takes over when `leaving` goes: the highest role first, then the longest member. Members who are banned at
    /// `now` are passed over. None: nobody is left.
    async fn heir(&mut self, room: RoomId, leaving: UserId, now: Timestamp) -> StoreResult<Option<Membership>>;
    /// How many owners the room has.
    async fn owners(&mut self, room: RoomId) -> StoreResult<u64>;
    /// Raises the read mark (and with it the delivered one); false when it was there already.
    async fn raise_read(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool>;
    /// Raises the delivered mark; false when it was there already.
    async fn raise_delivered(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool>;
    /// Takes the read mark back, and never forth; false when it was there or before it already.
    async fn lower_read(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool>;
    /// False when it was so already, or there is no membership.
    async fn set_notify(&mut self, room: RoomId, user: UserId, level: NotifyLevel) -> StoreResult<bool>;
}

#[async_trait]
pub trait SanctionRepository: Send {
    /// Sanctions in force at `now` of the pairs, in one statement.
    async fn in_force(&mut self, pairs: &[(RoomId, UserId)], now: Timestamp) -> StoreResult<Vec<Sanction>>;
    async fn insert(&mut self, sanction: NewSanction) -> StoreResult<Sanction>;
    /// Saves reason, `by` and end of a sanction.
    async fn amend(&mut self, sanction: &Sanction) -> StoreResult<()>;
    /// Takes sanctions that ended by the clock before `now` and were not taken before, at most `limit`, the oldest end
    /// first. Each is given to exactly one unit that commits.
    async fn take_expired(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<Sanction>>;
    /// Lifts what is in force; false when nothing was.
    async fn lift(&mut self, room: RoomId, user: UserId, kind: SanctionKind, at: Timestamp) -> StoreResult<bool>;
}

#[async_trait]
pub trait MessageRepository: Send {
    async fn find(&mut self, room: RoomId, id: MessageId) -> StoreResult<Option<Message>>;
    /// Those that exist of the ids, whichever room, in one statement. Tombstones too.
    async fn find_many(&mut self, ids: &[MessageId]) -> StoreResult<Vec<Message>>;
    /// Messages sent before under these client ids, in one statement. Tombstones too.
    async fn find_sent(&mut self, keys: &[(RoomId, UserId, ClientId)]) -> StoreResult<Vec<Message>>;
    /// Stores all in one statement and returns them in the order given.
    async fn insert_many(&mut self, messages: Vec<NewMessage>) -> StoreResult<Vec<Message>>;
    /// Saves body, `edited_at` and `deleted_at`.
    async fn update(&mut self, message: &Message) -> StoreResult<()>;
    /// When members last wrote in the rooms, tombstones too, in one statement. Who has not written is left out.
    async fn last_sent(&mut self, pairs: &[(RoomId, UserId)]) -> StoreResult<Vec<(RoomId, UserId, Timestamp)>>;
    /// Turns what the user wrote in a locked room since `since` into tombstones, the newest `limit` of it, without
    /// files, mentions and pins, and forgets it in search; which ones, the newest first. A fixed number of statements.
    async fn purge(&mut self, purge: &PurgeMessages) -> StoreResult<Vec<(MessageId, Seq)>>;
}

/// Which messages are to go.
#[derive(Clone, Copy, Debug)]
pub struct PurgeMessages {
    pub room: RoomId,
    pub author: UserId,
    pub since: Timestamp,
    pub at: Timestamp,
    pub limit: u32,
}

#[async_trait]
pub trait InviteRepository: Send {
    async fn insert(&mut self, invite: NewInvite) -> StoreResult<Invite>;
    /// Whatever became of it.
    async fn find(&mut self, hash: &[u8; 32]) -> StoreResult<Option<Invite>>;
    /// Counts one use, if it is live; false when it is not any more.
    async fn use_once(&mut self, id: InviteId, now: Timestamp) -> StoreResult<bool>;
    /// False when the room has no such invitation, or it was revoked before.
    async fn revoke(&mut self, room: RoomId, id: InviteId, at: Timestamp) -> StoreResult<bool>;
    /// How many are live in the room.
    async fn live(&mut self, room: RoomId, now: Timestamp) -> StoreResult<u64>;
}

#[async_trait]
pub trait ReactionRepository: Send {
    /// False when the user had given it already.
    async fn add(&mut self, message: MessageId, user: &UserRef, emoji: &Emoji, at: Timestamp) -> StoreResult<bool>;
    /// False when the user had not given it.
    async fn remove(&mut self, message: MessageId, user: UserId, emoji: &Emoji) -> StoreResult<bool>;
    /// The different emojis on the message.
    async fn emojis(&mut self, message: MessageId) -> StoreResult<Vec<Emoji>>;
    /// All of the message, in order of giving; no more than the first [`ReactionGroup::MOST`].
    async fn of(&mut self, message: MessageId) -> StoreResult<Vec<ReactionGroup>>;
}

#[async_trait]
pub trait EventRepository: Send {
    /// Appends to the logs of locked rooms, in one statement. Places must be free.
    async fn append(&mut self, events: &[Event]) -> StoreResult<()>;
}

/// A line of the audit log: who did what to whom, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub room: Option<RoomId>,
    pub actor: Option<UserId>,
    pub target: Option<UserId>,
    /// A stable snake_case word, such as `ban` or `session_reuse`.
    pub action: &'static str,
    pub reason: Option<String>,
    /// What else there is to know, by stable snake_case words.
    pub details: Vec<(&'static str, String)>,
    pub at: Timestamp,
}

#[async_trait]
pub trait AuditRepository: Send {
    async fn append(&mut self, entry: &AuditEntry) -> StoreResult<()>;
}

#[async_trait]
pub trait AttachmentRepository: Send {
    /// The blob with this content, made if there is none, and kept for the grace of the collection from `at` on.
    async fn reserve(&mut self, hash: &BlobHash, size: u64, at: Timestamp) -> StoreResult<BlobKey>;
    /// Bytes of all files of the user. Units that ask for the same user wait for each other, so that two uploads at
    /// once cannot both take the last room.
    async fn used(&mut self, owner: UserId) -> StoreResult<u64>;
    /// None when a blob was collected since it was reserved.
    async fn insert(&mut self, attachment: NewAttachment) -> StoreResult<Option<Attachment>>;
    /// Reads files and holds their locks until the unit ends, in the order of ids, in one statement. Those that do not
    /// exist are left out.
    async fn lock(&mut self, ids: &[AttachmentId]) -> StoreResult<Vec<StoredAttachment>>;
    /// Puts locked files into messages, in one statement.
    async fn claim(&mut self, claims: &[Claim]) -> StoreResult<()>;
    /// Removes a file that is in no message; false when the user has no such file.
    async fn discard(&mut self, id: AttachmentId, owner: UserId) -> StoreResult<bool>;
    /// Removes the files of a message; how many.
    async fn detach(&mut self, message: MessageId) -> StoreResult<u64>;
    /// Removes files from before `before` that are in no message, at most `limit`; how many.
    async fn expire(&mut self, before: Timestamp, limit: u32) -> StoreResult<u64>;
    /// Gives up blobs that no file has had since `before`, at most `limit`: nobody gets them from now on, and they
    /// wait to be removed. How many.
    async fn bury(&mut self, before: Timestamp, limit: u32) -> StoreResult<u64>;
    /// Blobs that wait to be removed, at most `limit`.
    async fn buried(&mut self, limit: u32) -> StoreResult<Vec<BlobKey>>;
    /// They were removed.
    async fn forget(&mut self, blobs: &[BlobKey]) -> StoreResult<()>;
}
