//! What calls are kept in: their truth in the store, their devices and payloads where all nodes see them.

use async_trait::async_trait;

use super::StoreResult;
use crate::call::{Call, CallId, DeviceId, Kept, Party, Payload};
use crate::{ConnectionId, DirectKey, Timestamp, UserId};

/// A call as one unit read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCall {
    pub call: Call,
    /// Counts its changes.
    pub version: i64,
}

#[async_trait]
pub trait CallRepository: Send {
    /// False when the id is taken, or the two have a live call: that is unique. Leaves the transaction usable.
    async fn insert(&mut self, call: &Call) -> StoreResult<bool>;
    /// Reads a call and holds its lock until the unit ends.
    async fn lock(&mut self, id: &CallId) -> StoreResult<Option<StoredCall>>;
    /// The live call of the two, locked.
    async fn lock_live(&mut self, pair: DirectKey) -> StoreResult<Option<StoredCall>>;
    /// A live call whose deadline has passed, locked; those that another unit holds are passed over.
    async fn lock_due(&mut self, now: Timestamp) -> StoreResult<Option<StoredCall>>;
    /// Saves a locked call; false when somebody has changed it since it was read.
    async fn update(&mut self, call: &StoredCall) -> StoreResult<bool>;
    /// The user is in this call from now on; false when they are in another one. Again for the same call is fine.
    async fn take_slot(&mut self, user: UserId, call: &CallId) -> StoreResult<bool>;
    /// The call that the user is in.
    async fn slot(&mut self, user: UserId) -> StoreResult<Option<CallId>>;
    /// Nobody is in this call any more.
    async fn free_slots(&mut self, call: &CallId) -> StoreResult<()>;
}

/// Where a page of history ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCursor {
    pub created_at: Timestamp,
    pub call: CallId,
}

#[async_trait]
pub trait CallQueries: Send + Sync {
    async fn call(&self, id: &CallId) -> StoreResult<Option<Call>>;
    /// Live calls that the user is a side of, the newest first, at most `limit`.
    async fn live_calls_of(&self, user: UserId, limit: u32) -> StoreResult<Vec<Call>>;
    /// Live calls by id after `after`, at most `limit`.
    async fn live_calls(&self, after: Option<&CallId>, limit: u32) -> StoreResult<Vec<Call>>;
    /// Whether the deadline of a live call has passed.
    async fn has_due_calls(&self, now: Timestamp) -> StoreResult<bool>;
    /// Calls of the user that have ended, the newest first, those before `before`.
    async fn call_history(&self, user: UserId, before: Option<&CallCursor>, limit: u32) -> StoreResult<Vec<Call>>;
}

/// Passwords of TURN servers for user names that hold their own end.
pub trait TurnSigner: Send + Sync + 'static {
    fn password(&self, username: &str) -> String;
}

#[derive(Debug, thiserror::Error)]
#[error("devices of calls are not known: {0}")]
pub struct LineError(pub String);

/// A connection over which a device of a user can be told of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    pub user: UserId,
    pub device: DeviceId,
    pub connection: ConnectionId,
}

/// Which devices are there, on any node, and what waits for them. Everything here may be lost: calls then ring out.
#[async_trait]
pub trait CallLines: Send + Sync + 'static {
    /// The device speaks through this connection from now on.
    async fn attach(&self, line: Line) -> Result<(), LineError>;
    /// The connection is gone; whether its device is with it, or speaks through another one by now.
    async fn detach(&self, line: Line) -> Result<bool, LineError>;
    /// Devices of the user that are there, at most [`crate::call::MAX_RUNG`].
    async fn devices(&self, user: UserId) -> Result<Vec<DeviceId>, LineError>;
    /// Says that this node and its lines are alive.
    async fn renew(&self) -> Result<(), LineError>;

    /// Keeps a payload of a device: an offer takes the place of all that was kept of it, an answer and a negotiation
    /// of the one before; candidates gather, at most [`crate::call::MAX_KEPT`].
    async fn keep(&self, call: &CallId, from: Party, what: Kept, payload: &Payload) -> Result<(), LineError>;
    /// What is kept of a device: descriptions, then candidates in order.
    async fn kept(&self, call: &CallId, from: Party) -> Result<Vec<(Kept, Payload)>, LineError>;
    async fn forget(&self, call: &CallId, from: Party) -> Result<(), LineError>;
    /// Forgets all of the call.
    async fn close(&self, call: &CallId) -> Result<(), LineError>;
}
