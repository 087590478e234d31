//! What belongs to accounts beside profiles and sessions: blocks, and going for good.

use async_trait::async_trait;

use super::StoreResult;
use crate::{
    Attachment, BlockView, DirectKey, Disconnect, Membership, MessageId, OwnDeed, OwnMessage, OwnPlace, OwnReaction,
    Page, PageRequest, RoomId, SecondFactor, Seq, SessionId, Timestamp, User, UserId,
};

/// Which accounts an administrator lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Part of the username or full name, in any case.
    pub text: Option<String>,
    /// Only those that are disabled, or only those that are not.
    pub disabled: Option<bool>,
}

/// A message that is nobody's any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    pub message: MessageId,
    pub seq: Seq,
    /// It was not deleted before.
    pub was_shown: bool,
}

#[async_trait]
pub trait AccountRepository: Send {
    /// False when it was so already.
    async fn block(&mut self, user: UserId, blocked: UserId, at: Timestamp) -> StoreResult<bool>;
    /// False when it was not so.
    async fn unblock(&mut self, user: UserId, blocked: UserId) -> StoreResult<bool>;
    /// Those of the keys whose two users cannot write to each other now: one blocks the other, or is disabled. A fixed
    /// number of statements.
    async fn unreachable(&mut self, keys: &[DirectKey]) -> StoreResult<Vec<DirectKey>>;

    /// One that is not confirmed does not count.
    async fn second_factor(&mut self, user: UserId) -> StoreResult<Option<SecondFactor>>;
    /// Replaces what there was.
    async fn set_second_factor(&mut self, factor: &SecondFactor) -> StoreResult<()>;
    /// Uses up codes up to this step; of many callers exactly one gets true.
    async fn use_step(&mut self, user: UserId, step: i64) -> StoreResult<bool>;
    /// Removes it with its recovery codes; false when there was none.
    async fn remove_second_factor(&mut self, user: UserId) -> StoreResult<bool>;
    /// Replaces all recovery codes, of which only hashes are stored.
    async fn set_recovery_codes(&mut self, user: UserId, hashes: &[[u8; 32]]) -> StoreResult<()>;
    /// Uses a recovery code up; of many callers exactly one gets true.
    async fn use_recovery_code(&mut self, user: UserId, hash: &[u8; 32]) -> StoreResult<bool>;
    async fn recovery_codes(&mut self, user: UserId) -> StoreResult<u64>;

    /// Notes that the account is to go for good, so that a crash in the midst of it is not the end of it.
    async fn begin_erasure(&mut self, user: UserId, at: Timestamp) -> StoreResult<()>;
    /// Turns the user's messages in a locked room into tombstones of nobody, at most `limit`, without their files,
    /// mentions and pins, and forgets them in search; which ones, by `seq`.
    async fn erase_messages(
        &mut self,
        room: RoomId,
        user: UserId,
        at: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<Erased>>;
    /// Removes the account and everything that is left of it; what others wrote about it in the audit log keeps its
    /// numbers and loses its words.
    async fn erase(&mut self, user: UserId) -> StoreResult<()>;
}

/// Reading without a transaction.
#[async_trait]
pub trait AccountQueries: Send + Sync {
    /// All accounts, disabled ones too, by id.
    async fn accounts(&self, filter: &AccountFilter, page: PageRequest) -> StoreResult<Page<User>>;
    /// Whom the user blocks, the newest first. `page.order` does not count.
    async fn blocks_of(&self, user: UserId, page: PageRequest) -> StoreResult<Page<BlockView>>;
    /// Whether one of the two blocks the other.
    async fn is_blocked(&self, key: DirectKey) -> StoreResult<bool>;
    /// Those of `others` who block the user or are blocked by them, in one statement.
    async fn blocked_among(&self, user: UserId, others: &[UserId]) -> StoreResult<Vec<UserId>>;
    /// Sessions that were revoked at or after `since`, the newest first, at most `limit`, and why.
    async fn ended_sessions(&self, since: Timestamp, limit: u32) -> StoreResult<Vec<(SessionId, Disconnect)>>;
    /// Accounts that are still to be erased, at most `limit`, by id.
    async fn erasures(&self, limit: u32) -> StoreResult<Vec<UserId>>;
    /// Rooms that the user is a member of or has written in, at most `limit`, by id.
    async fn rooms_with(&self, user: UserId, limit: u32) -> StoreResult<Vec<RoomId>>;

    /// The user's memberships after room `after`, at most `limit`, by room.
    async fn own_memberships(
        &self,
        user: UserId,
        after: RoomId,
        limit: u32,
    ) -> StoreResult<Vec<(OwnPlace, Membership)>>;
    /// The user's messages after `after` that are not deleted, at most `limit`, by id.
    async fn own_messages(&self, user: UserId, after: MessageId, limit: u32) -> StoreResult<Vec<OwnMessage>>;
    /// The user's reactions after row `after`, at most `limit`.
    async fn own_reactions(&self, user: UserId, after: i64, limit: u32) -> StoreResult<Vec<OwnReaction>>;
    /// The user's files after `after` and the messages that they are in, at most `limit`, by id.
    async fn own_files(
        &self,
        user: UserId,
        after: i64,
        limit: u32,
    ) -> StoreResult<Vec<(Attachment, Option<MessageId>)>>;
    /// What the audit log has of the user's own doing after row `after`, at most `limit`.
    async fn own_deeds(&self, user: UserId, after: i64, limit: u32) -> StoreResult<Vec<OwnDeed>>;
}
