//! The read side: each query on its own, in a fixed number of statements.

mod accounts;
mod acquaintances;
pub(crate) mod attachments;
mod calls;
mod direct;
mod events;
pub(crate) mod invites;
mod members;
mod mentions;
mod message_search;
pub(crate) mod messages;
mod own;
pub(crate) mod pace;
mod peers;
pub(crate) mod pins;
pub(crate) mod reactions;
mod receipts;
pub(crate) mod review;
pub(crate) mod rooms;
pub(crate) mod sanctions;
pub(crate) mod sessions;
mod unread;
pub(crate) mod users;
mod visible;

use async_trait::async_trait;
use hallway_domain::ports::{
    Access, DirectFilter, MemberMark, MemberView, Queries, RoomFilter, RoomSummary, StoreResult, UnreadCount,
    UserFilter,
};
use hallway_domain::search::{FoundPage, MessageSearch};
use hallway_domain::{
    AttachmentId, DirectKey, Email, Event, Invite, InviteView, Membership, MessageId, MessagePlace, MessageView, Page,
    PageRequest, PasswordHash, PinView, Receipt, Room, RoomHead, RoomId, RoomName, SanctionKind, SanctionView, Seq,
    Session, SessionId, Standing, StoredAttachment, Timestamp, User, UserId, UserRef, Username,
};

use crate::doubt::Reader;

/// A pool of connections that only read.
pub(crate) struct SqlQueries {
    pub(crate) db: Reader,
    /// For searches.
    pub(crate) searcher: Reader,
}

#[async_trait]
impl Queries for SqlQueries {
    async fn user(&self, id: UserId) -> StoreResult<Option<User>> {
        users::by_id(&self.db, id).await
    }

    async fn user_by_username(&self, username: &Username) -> StoreResult<Option<User>> {
        users::by_username(&self.db, username).await
    }

    async fn users(&self, filter: &UserFilter, page: PageRequest) -> StoreResult<Page<User>> {
        users::list(&self.db, filter, page).await
    }

    async fn credentials(&self, username: &Username) -> StoreResult<Option<(User, PasswordHash)>> {
        users::credentials(&self.db, username).await
    }

    async fn credentials_by_email(&self, email: &Email) -> StoreResult<Option<(User, PasswordHash)>> {
        users::credentials_by_email(&self.db, email).await
    }

    async fn session(&self, id: SessionId) -> StoreResult<Option<(Session, User)>> {
        sessions::with_user(&self.db, id).await
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp, page: PageRequest) -> StoreResult<Page<Session>> {
        sessions::of_user(&self.db, user, now, page).await
    }

    async fn live_sessions(&self, sessions: &[SessionId], now: Timestamp) -> StoreResult<Vec<SessionId>> {
        sessions::live(&self.db, sessions, now).await
    }

    async fn room(&self, id: RoomId) -> StoreResult<Option<Room>> {
        rooms::by_id(&self.db, id).await
    }

    async fn room_by_name(&self, name: &RoomName) -> StoreResult<Option<Room>> {
        rooms::by_name(&self.db, name).await
    }

    async fn room_summary(&self, room: RoomId, user: UserId) -> StoreResult<Option<RoomSummary>> {
        visible::summary(&self.db, room, user).await
    }

    async fn rooms_visible_to(
        &self,
        user: UserId,
        filter: &RoomFilter,
        page: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Page<RoomSummary>> {
        visible::list(&self.db, &visible::Seen { user, filter, now }, page).await
    }

    async fn room_by_direct(&self, key: DirectKey) -> StoreResult<Option<Room>> {
        rooms::by_direct(&self.db, key).await
    }

    async fn direct_rooms_of(
        &self,
        user: UserId,
        filter: &DirectFilter,
        page: PageRequest,
    ) -> StoreResult<Page<RoomSummary>> {
        direct::list(&self.db, user, filter, page).await
    }

    async fn standing(&self, room: RoomId, user: UserId, now: Timestamp) -> StoreResult<Standing> {
        members::standing(&self.db, room, user, now).await
    }

    async fn sanctions(
        &self,
        room: RoomId,
        kind: SanctionKind,
        page: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Page<SanctionView>> {
        sanctions::list(&self.db, (room, kind), page, now).await
    }

    async fn invites(&self, room: RoomId, page: PageRequest, now: Timestamp) -> StoreResult<Page<InviteView>> {
        invites::list(&self.db, room, page, now).await
    }

    async fn invite(&self, hash: &[u8; 32]) -> StoreResult<Option<Invite>> {
        invites::by_hash(&self.db, hash).await
    }

    async fn last_sent(&self, room: RoomId, user: UserId) -> StoreResult<Option<Timestamp>> {
        Ok(pace::last_sent(&self.db, &[(room, user)]).await?.pop().map(|(.., at)| at))
    }

    async fn members(&self, room: RoomId, page: PageRequest, now: Timestamp) -> StoreResult<Page<MemberView>> {
        members::list(&self.db, room, page, now).await
    }

    async fn access(&self, pairs: &[(RoomId, UserId)], now: Timestamp) -> StoreResult<Vec<Access>> {
        members::access(&self.db, pairs, now).await
    }

    async fn unread(&self, user: UserId, rooms: &[RoomId]) -> StoreResult<Vec<UnreadCount>> {
        unread::of_user(&self.db, user, rooms).await
    }

    async fn unread_of(&self, room: RoomId, users: &[UserId]) -> StoreResult<Vec<(UserId, UnreadCount)>> {
        unread::in_room(&self.db, room, users).await
    }

    async fn marks(&self, room: RoomId, limit: u32) -> StoreResult<Vec<MemberMark>> {
        members::marks(&self.db, room, limit).await
    }

    async fn pins(&self, room: RoomId, page: PageRequest) -> StoreResult<Page<PinView>> {
        pins::page(&self.db, room, page).await
    }

    async fn messages(&self, room: RoomId, page: PageRequest) -> StoreResult<Page<MessageView>> {
        messages::page(&self.db, room, page).await
    }

    async fn history(
        &self,
        room: RoomId,
        up_to: Seq,
        before: Option<MessageId>,
        limit: u32,
    ) -> StoreResult<Vec<MessageView>> {
        messages::history(&self.db, room, messages::Before { up_to, message: before }, limit).await
    }

    async fn history_after(&self, room: RoomId, after: MessageId, limit: u32) -> StoreResult<Vec<MessageView>> {
        messages::history_after(&self.db, room, after, limit).await
    }

    async fn message(&self, room: RoomId, id: MessageId) -> StoreResult<Option<MessageView>> {
        messages::one_of_room(&self.db, room, id).await
    }

    async fn message_place(&self, id: MessageId) -> StoreResult<Option<MessagePlace>> {
        receipts::place(&self.db, id).await
    }

    async fn receipts(&self, room: RoomId, user: UserId, span: (Seq, Seq), limit: u32) -> StoreResult<Vec<Receipt>> {
        receipts::of_others(&self.db, (room, user), span, limit).await
    }

    async fn read_by_others(&self, room: RoomId, user: UserId) -> StoreResult<Seq> {
        receipts::read_by_others(&self.db, room, user).await
    }

    async fn acquaintances(&self, user: UserId, direct: bool, limit: u32) -> StoreResult<Vec<UserRef>> {
        acquaintances::of(&self.db, user, direct, limit).await
    }

    async fn search(&self, search: &MessageSearch, now: Timestamp) -> StoreResult<FoundPage> {
        message_search::search(&self.searcher, search, now).await
    }

    async fn events(&self, room: RoomId, after: Seq, up_to: Seq, limit: u32) -> StoreResult<Vec<Event>> {
        events::read(&self.db, room, (after, up_to), limit).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> StoreResult<Vec<RoomHead>> {
        rooms::heads(&self.db, rooms).await
    }

    async fn rooms_of(&self, user: UserId, now: Timestamp, limit: u32) -> StoreResult<Vec<(Room, Membership)>> {
        members::rooms_of(&self.db, user, now, limit).await
    }

    async fn attachment(&self, id: AttachmentId) -> StoreResult<Option<StoredAttachment>> {
        attachments::by_id(&self.db, id).await
    }

    async fn attachment_bytes(&self, owner: UserId) -> StoreResult<u64> {
        attachments::bytes_of(&self.db, owner).await
    }
}
