//! Reading without a transaction.

use async_trait::async_trait;

use super::StoreResult;
use crate::search::{FoundPage, MessageSearch};
use crate::{
    AttachmentId, DirectKey, Email, Event, Invite, InviteView, Membership, MessageId, MessagePlace, MessageView, Order,
    Page, PageRequest, PasswordHash, PinView, Receipt, Room, RoomHead, RoomId, RoomKind, RoomName, SanctionKind,
    SanctionView, Seq, Session, SessionId, Standing, StoredAttachment, Timestamp, User, UserId, UserRef, Username,
};

/// Which users to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Part of the username or full name, in any case.
    pub text: Option<String>,
}

/// Which rooms to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomFilter {
    /// Part of the name, in any case.
    pub text: Option<String>,
    /// Only rooms that the caller is a member of.
    pub mine: bool,
}

/// A room as one user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    pub room: Room,
    /// The other side of a direct conversation that the caller is in.
    pub peer: Option<PeerView>,
    /// The caller's membership.
    pub membership: Option<Membership>,
    pub members: u64,
    pub unread: u64,
    /// How many of the unread messages mention the caller.
    pub mentions: u64,
    /// When the newest message that is not deleted was sent.
    pub last_message_at: Option<Timestamp>,
}

/// The other side of a direct conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerView {
    pub user: UserRef,
    pub full_name: Option<crate::FullName>,
}

/// Which direct conversations to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectFilter {
    /// Part of the username or full name of the other side, in any case.
    pub text: Option<String>,
}

/// A member as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    pub user: UserRef,
    pub full_name: Option<crate::FullName>,
    pub standing: Standing,
}

/// All that decides whether a user may go on following a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    pub room: RoomId,
    pub user: UserId,
    pub kind: RoomKind,
    pub is_member: bool,
    /// By a ban in force.
    pub is_banned: bool,
}

/// How much of a room a user has not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadCount {
    pub room: RoomId,
    /// Messages of others after the read mark, deleted ones not counted.
    pub messages: u64,
    /// Those of them that mention the user or everybody.
    pub mentions: u64,
    /// Where the log stood when they were counted, read in the same statement.
    pub as_of: Seq,
}

/// How far a member has read, and how far their devices have received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberMark {
    pub user: UserRef,
    pub read: Seq,
    pub delivered: Seq,
}

/// Single reads. Nothing here decides: callers ask [`crate::policy`] with what they got.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Queries: Send + Sync {
    async fn user(&self, id: UserId) -> StoreResult<Option<User>>;
    async fn user_by_username(&self, username: &Username) -> StoreResult<Option<User>>;
    /// Ordered by id. Disabled accounts are left out.
    async fn users(&self, filter: &UserFilter, page: PageRequest) -> StoreResult<Page<User>>;
    /// The account and its stored password.
    async fn credentials(&self, username: &Username) -> StoreResult<Option<(User, PasswordHash)>>;
    /// [`Queries::credentials`] by address.
    async fn credentials_by_email(&self, email: &Email) -> StoreResult<Option<(User, PasswordHash)>>;

    /// A session and its user, ended ones too.
    async fn session(&self, id: SessionId) -> StoreResult<Option<(Session, User)>>;
    /// Live sessions, last used first.
    async fn sessions_of(&self, user: UserId, now: Timestamp, page: PageRequest) -> StoreResult<Page<Session>>;
    /// Those of the sessions that are live and whose account is not disabled, in one statement.
    async fn live_sessions(&self, sessions: &[SessionId], now: Timestamp) -> StoreResult<Vec<SessionId>>;

    async fn room(&self, id: RoomId) -> StoreResult<Option<Room>>;
    async fn room_by_name(&self, name: &RoomName) -> StoreResult<Option<Room>>;
    /// The room as the user sees it. Whether they may is asked elsewhere.
    async fn room_summary(&self, room: RoomId, user: UserId) -> StoreResult<Option<RoomSummary>>;
    /// Public rooms and the caller's own private ones, by time of making. Not those that ban the caller.
    async fn rooms_visible_to(
        &self,
        user: UserId,
        filter: &RoomFilter,
        page: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Page<RoomSummary>>;
    /// The direct conversation of a key.
    async fn room_by_direct(&self, key: DirectKey) -> StoreResult<Option<Room>>;
    /// The user's direct conversations that somebody wrote in or that the user made, the newest message first; without
    /// a message, the time of making counts. `page.order` does not.
    async fn direct_rooms_of(
        &self,
        user: UserId,
        filter: &DirectFilter,
        page: PageRequest,
    ) -> StoreResult<Page<RoomSummary>>;
    /// What the user is and suffers in the room.
    async fn standing(&self, room: RoomId, user: UserId, now: Timestamp) -> StoreResult<Standing>;
    /// Sanctions of that kind in force at `now`, by the order in which they were imposed.
    async fn sanctions(
        &self,
        room: RoomId,
        kind: SanctionKind,
        page: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Page<SanctionView>>;
    /// Live invitations of the room, by the order in which they were made.
    async fn invites(&self, room: RoomId, page: PageRequest, now: Timestamp) -> StoreResult<Page<InviteView>>;
    /// The invitation whose code has this SHA-256, whatever became of it.
    async fn invite(&self, hash: &[u8; 32]) -> StoreResult<Option<Invite>>;
    /// When a member last wrote in the room, tombstones too.
    async fn last_sent(&self, room: RoomId, user: UserId) -> StoreResult<Option<Timestamp>>;
    /// Members, the longest first.
    async fn members(&self, room: RoomId, page: PageRequest, now: Timestamp) -> StoreResult<Page<MemberView>>;
    /// What the users are to the rooms, in one statement. Rooms that do not exist are left out.
    async fn access(&self, pairs: &[(RoomId, UserId)], now: Timestamp) -> StoreResult<Vec<Access>>;
    async fn unread(&self, user: UserId, rooms: &[RoomId]) -> StoreResult<Vec<UnreadCount>>;
    /// [`Queries::unread`] of many members of one room, in one statement. Who is not a member is left out.
    async fn unread_of(&self, room: RoomId, users: &[UserId]) -> StoreResult<Vec<(UserId, UnreadCount)>>;
    /// How far the members have read, at most `limit` of them, by id.
    async fn marks(&self, room: RoomId, limit: u32) -> StoreResult<Vec<MemberMark>>;
    /// What is pinned, the newest pin first. `page.order` does not count.
    async fn pins(&self, room: RoomId, page: PageRequest) -> StoreResult<Page<PinView>>;

    /// Undeleted messages counted from the newest (`offset` 0) backwards, given in ascending `seq`.
    async fn messages(&self, room: RoomId, page: PageRequest) -> StoreResult<Page<MessageView>>;
    /// The newest `limit` undeleted messages with `seq` <= `up_to` and, if given, before message `before`;
    /// in ascending `seq`. Empty when `before` names no message of the room.
    async fn history(
        &self,
        room: RoomId,
        up_to: Seq,
        before: Option<MessageId>,
        limit: u32,
    ) -> StoreResult<Vec<MessageView>>;
    /// The undeleted messages right after message `after`, in ascending `seq`.
    async fn history_after(&self, room: RoomId, after: MessageId, limit: u32) -> StoreResult<Vec<MessageView>>;
    /// One message, tombstones too.
    async fn message(&self, room: RoomId, id: MessageId) -> StoreResult<Option<MessageView>>;

    /// Where a message is, in whatever room; tombstones too. Says nothing about who may know.
    async fn message_place(&self, id: MessageId) -> StoreResult<Option<MessagePlace>>;
    /// The newest `limit` undeleted messages of others than `user` with `seq` in (`span.0`, `span.1`], newest first.
    /// Those of erased accounts are left out.
    async fn receipts(&self, room: RoomId, user: UserId, span: (Seq, Seq), limit: u32) -> StoreResult<Vec<Receipt>>;
    /// How far any member but `user` has read.
    async fn read_by_others(&self, room: RoomId, user: UserId) -> StoreResult<Seq>;
    /// Who shares a room with the user, at most `limit`, by id; those of direct conversations alone if `direct`.
    async fn acquaintances(&self, user: UserId, direct: bool, limit: u32) -> StoreResult<Vec<UserRef>>;

    /// The newest messages that `search` is about and that its reader may read at `now`, at most `limit`. A page may be
    /// short where something changed meanwhile.
    async fn search(&self, search: &MessageSearch, now: Timestamp) -> StoreResult<FoundPage>;

    /// The log after `after` up to and with `up_to`, in order, at most `limit` events. A first event that is not
    /// `after + 1` tells that retention has cut the log.
    async fn events(&self, room: RoomId, after: Seq, up_to: Seq, limit: u32) -> StoreResult<Vec<Event>>;
    /// Where the logs stand, in one statement. Rooms that do not exist are left out.
    async fn heads(&self, rooms: &[RoomId]) -> StoreResult<Vec<RoomHead>>;
    /// Rooms the user is a member of and not banned from, by id; of more than `limit`, those with the highest.
    async fn rooms_of(&self, user: UserId, now: Timestamp, limit: u32) -> StoreResult<Vec<(Room, Membership)>>;

    /// A file, whether or not it is in a message.
    async fn attachment(&self, id: AttachmentId) -> StoreResult<Option<StoredAttachment>>;
    /// Bytes of all files of the user.
    async fn attachment_bytes(&self, owner: UserId) -> StoreResult<u64>;
}

impl PageRequest {
    /// The first `limit` in ascending order.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { limit, offset: 0, order: Order::Ascending }
    }
}
