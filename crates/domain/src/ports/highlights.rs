//! What stands out of a conversation: mentions and pins.

use async_trait::async_trait;

use super::StoreResult;
use crate::{MessageId, RoomId, Seq, Timestamp, UserId, UserRef, Username};

/// Whom a message mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mentioned {
    User(UserId),
    /// Everybody in the room.
    Here,
}

/// One mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    pub room: RoomId,
    /// Where the message is in the room's log.
    pub seq: Seq,
    pub message: MessageId,
    /// Mentions in one's own messages do not count for oneself.
    pub author: UserId,
    pub who: Mentioned,
}

#[async_trait]
pub trait MentionRepository: Send {
    /// Members of the rooms who have these names, in one statement. Others are left out.
    async fn members_named(&mut self, names: &[(RoomId, Username)]) -> StoreResult<Vec<(RoomId, UserRef)>>;
    /// Stores all in one statement.
    async fn insert_many(&mut self, mentions: &[Mention]) -> StoreResult<()>;
    /// Removes those of a message.
    async fn clear(&mut self, message: MessageId) -> StoreResult<()>;
}

#[async_trait]
pub trait PinRepository: Send {
    /// False when it was pinned already.
    async fn add(&mut self, room: RoomId, message: MessageId, by: UserId, at: Timestamp) -> StoreResult<bool>;
    /// False when it was not pinned.
    async fn remove(&mut self, message: MessageId) -> StoreResult<bool>;
    /// How many messages of the room are pinned.
    async fn count(&mut self, room: RoomId) -> StoreResult<u64>;
}
