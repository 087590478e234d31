//! A database in memory: one writer at a time, each on its own copy, which takes the place of the old one when it is
//! committed.

mod account_rows;
mod accounts;
mod attachments;
mod calls;
mod highlights;
mod invites;
mod messages;
mod queries;
mod receipts;
mod review;
mod rooms;
mod search;
mod state;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use hallway_domain::Timestamp;
use hallway_domain::ports::{
    AccountQueries, AccountRepository, AttachmentRepository, AuditEntry, AuditRepository, CallQueries, CallRepository,
    EventRepository, InviteRepository, MembershipRepository, MentionRepository, MessageRepository, PinRepository,
    Queries, ReactionRepository, ReviewQueries, ReviewRepository, RoomRepository, SanctionRepository,
    SessionRepository, Store, StoreError, StoreResult, UnitOfWork, UserRepository,
};
use parking_lot::{Mutex, RwLock};
use time::Duration;
use tokio::sync::OwnedMutexGuard;

use state::State;

/// How a commit is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitFailure {
    /// The unit met another one. Nothing is stored.
    Conflict,
    /// The database refuses. Nothing is stored.
    Refused,
    /// The connection is lost before the commit took effect. The caller cannot know.
    LostBefore,
    /// The connection is lost after the commit took effect. The caller cannot know.
    LostAfter,
}

/// See the module. Cheap to clone: all clones are one store.
#[derive(Clone, Default)]
pub struct FakeStore {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    writer: Arc<tokio::sync::Mutex<()>>,
    committed: RwLock<State>,
    failures: Mutex<VecDeque<CommitFailure>>,
    poison: Mutex<Option<String>>,
    hangs: AtomicBool,
    begun: AtomicU64,
    commits: AtomicU64,
}

/// One transaction. Every repository of it is itself.
struct FakeUnit {
    shared: Arc<Shared>,
    state: State,
    _writer: OwnedMutexGuard<()>,
}

impl FakeStore {
    /// The next commit that has no failure yet fails like this.
    pub fn fail_commit(&self, failure: CommitFailure) {
        self.shared.failures.lock().push_back(failure);
    }

    /// From now on no message with this body can be stored: the statement that tries fails as a whole.
    pub fn refuse_body(&self, body: &str) {
        *self.shared.poison.lock() = Some(body.to_owned());
    }

    /// From now on it does not say whether it works.
    pub fn hang(&self) {
        self.shared.hangs.store(true, Ordering::SeqCst);
    }

    /// How many units were begun.
    pub fn begun(&self) -> u64 {
        self.shared.begun.load(Ordering::SeqCst)
    }

    /// How many units were stored.
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::SeqCst)
    }

    /// The audit log, oldest first.
    pub fn audit_log(&self) -> Vec<AuditEntry> {
        self.state().audit.to_vec()
    }

    fn state(&self) -> State {
        self.shared.committed.read().clone()
    }

    /// Changes the store as if by a unit of its own.
    async fn change<T>(&self, f: impl FnOnce(&mut State) -> T + Send) -> T {
        let _writer = self.shared.writer.lock().await;
        f(&mut self.shared.committed.write())
    }
}

#[async_trait]
impl Store for FakeStore {
    async fn begin(&self) -> StoreResult<Box<dyn UnitOfWork>> {
        self.shared.begun.fetch_add(1, Ordering::SeqCst);
        // Lets others in between, as a database far away would.
        tokio::task::yield_now().await;
        let writer = Arc::clone(&self.shared.writer).lock_owned().await;
        Ok(Box::new(FakeUnit { shared: Arc::clone(&self.shared), state: self.state(), _writer: writer }))
    }

    fn queries(&self) -> &dyn Queries {
        self
    }

    fn account_queries(&self) -> &dyn AccountQueries {
        self
    }

    fn review_queries(&self) -> &dyn ReviewQueries {
        self
    }

    fn call_queries(&self) -> &dyn CallQueries {
        self
    }

    async fn ping(&self) -> StoreResult<()> {
        if self.shared.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn prune_events(&self, now: Timestamp, keep: Duration, limit: u32) -> StoreResult<u64> {
        Ok(self.change(|state| state.prune_events(now - keep, limit)).await)
    }

    async fn prune_sessions(&self, now: Timestamp, keep: Duration) -> StoreResult<u64> {
        Ok(self.change(|state| state.prune_sessions(now - keep)).await)
    }
}

#[async_trait]
impl UnitOfWork for FakeUnit {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }
    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }
    fn rooms(&mut self) -> &mut dyn RoomRepository {
        self
    }
    fn memberships(&mut self) -> &mut dyn MembershipRepository {
        self
    }
    fn sanctions(&mut self) -> &mut dyn SanctionRepository {
        self
    }
    fn messages(&mut self) -> &mut dyn MessageRepository {
        self
    }
    fn reactions(&mut self) -> &mut dyn ReactionRepository {
        self
    }
    fn mentions(&mut self) -> &mut dyn MentionRepository {
        self
    }
    fn pins(&mut self) -> &mut dyn PinRepository {
        self
    }
    fn events(&mut self) -> &mut dyn EventRepository {
        self
    }
    fn attachments(&mut self) -> &mut dyn AttachmentRepository {
        self
    }
    fn accounts(&mut self) -> &mut dyn AccountRepository {
        self
    }
    fn invites(&mut self) -> &mut dyn InviteRepository {
        self
    }
    fn review(&mut self) -> &mut dyn ReviewRepository {
        self
    }
    fn audit(&mut self) -> &mut dyn AuditRepository {
        self
    }
    fn calls(&mut self) -> &mut dyn CallRepository {
        self
    }

    async fn commit(self: Box<Self>) -> StoreResult<()> {
        tokio::task::yield_now().await;
        let failure = self.shared.failures.lock().pop_front();
        let told = "told to fail".to_owned();
        match failure {
            Some(CommitFailure::Conflict) => return Err(StoreError::Conflict(told)),
            Some(CommitFailure::Refused) => return Err(StoreError::Internal(told)),
            Some(CommitFailure::LostBefore) => return Err(StoreError::Unavailable(told)),
            Some(CommitFailure::LostAfter) | None => {}
        }
        *self.shared.committed.write() = self.state;
        self.shared.commits.fetch_add(1, Ordering::SeqCst);
        if failure.is_some() { Err(StoreError::Unavailable(told)) } else { Ok(()) }
    }
}
