//! The read side: each query on its own, in a fixed number of statements.

mod events;
mod members;
pub(crate) mod messages;
pub(crate) mod reactions;
mod rooms;
pub(crate) mod sanctions;
mod sessions;
pub(crate) mod users;
mod visible;

use async_trait::async_trait;
use hallway_domain::ports::{
    Access, MemberView, Queries, RoomFilter, RoomSummary, StoreResult, UnreadCount, UserFilter,
};
use hallway_domain::{
    Event, Membership, MessageId, MessageView, Page, PageRequest, PasswordHash, Room, RoomHead, RoomId, RoomName, Seq,
    Session, SessionId, Standing, Timestamp, User, UserId, Username,
};
use sea_orm::DatabaseConnection;

/// A pool of connections that only read.
pub(crate) struct SqlQueries {
    pub(crate) db: DatabaseConnection,
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

    async fn standing(&self, room: RoomId, user: UserId, now: Timestamp) -> StoreResult<Standing> {
        members::standing(&self.db, room, user, now).await
    }

    async fn members(&self, room: RoomId, page: PageRequest, now: Timestamp) -> StoreResult<Page<MemberView>> {
        members::list(&self.db, room, page, now).await
    }

    async fn access(&self, pairs: &[(RoomId, UserId)], now: Timestamp) -> StoreResult<Vec<Access>> {
        members::access(&self.db, pairs, now).await
    }

    async fn unread(&self, user: UserId, rooms: &[RoomId]) -> StoreResult<Vec<UnreadCount>> {
        rooms::unread(&self.db, user, rooms).await
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

    async fn events(&self, room: RoomId, after: Seq, up_to: Seq, limit: u32) -> StoreResult<Vec<Event>> {
        events::read(&self.db, room, (after, up_to), limit).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> StoreResult<Vec<RoomHead>> {
        rooms::heads(&self.db, rooms).await
    }

    async fn rooms_of(&self, user: UserId, now: Timestamp, limit: u32) -> StoreResult<Vec<(Room, Membership)>> {
        members::rooms_of(&self.db, user, now, limit).await
    }
}
