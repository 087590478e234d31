//! Calls.

use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::call::{Call, CallId, CallState, Phase};
use hallway_domain::ports::{CallCursor, CallQueries, CallRepository, StoreResult, StoredCall};
use hallway_domain::{DirectKey, Timestamp, UserId};

use super::state::Table;
use super::{FakeStore, FakeUnit};

/// Calls and who is in one.
#[derive(Clone, Default)]
pub(super) struct Calls {
    calls: Table<CallId, StoredCall>,
    slots: Table<UserId, CallId>,
}

fn is_live(call: &Call) -> bool {
    call.phase() != Phase::Ended
}

impl Calls {
    fn live(&self) -> impl Iterator<Item = &StoredCall> {
        self.calls.values().filter(|stored| is_live(&stored.call))
    }

    fn of_pair(&self, pair: DirectKey) -> Option<&StoredCall> {
        self.live().find(|stored| DirectKey::new(stored.call.caller, stored.call.callee) == pair)
    }
}

#[async_trait]
impl CallRepository for FakeUnit {
    async fn insert(&mut self, call: &Call) -> StoreResult<bool> {
        let calls = &mut self.state.calls;
        let pair = DirectKey::new(call.caller, call.callee);
        if calls.calls.contains_key(&call.id) || (is_live(call) && calls.of_pair(pair).is_some()) {
            return Ok(false);
        }
        Arc::make_mut(&mut calls.calls).insert(call.id.clone(), StoredCall { call: call.clone(), version: 0 });
        Ok(true)
    }

    async fn lock(&mut self, id: &CallId) -> StoreResult<Option<StoredCall>> {
        Ok(self.state.calls.calls.get(id).cloned())
    }

    async fn lock_live(&mut self, pair: DirectKey) -> StoreResult<Option<StoredCall>> {
        Ok(self.state.calls.of_pair(pair).cloned())
    }

    async fn lock_due(&mut self, now: Timestamp) -> StoreResult<Option<StoredCall>> {
        let due = self.state.calls.live().filter(|stored| stored.call.deadline().is_some_and(|due| due <= now));
        Ok(due.min_by_key(|stored| stored.call.deadline()).cloned())
    }

    async fn update(&mut self, stored: &StoredCall) -> StoreResult<bool> {
        let Some(known) = Arc::make_mut(&mut self.state.calls.calls).get_mut(&stored.call.id) else { return Ok(false) };
        if known.version != stored.version {
            return Ok(false);
        }
        *known = StoredCall { call: stored.call.clone(), version: stored.version + 1 };
        Ok(true)
    }

    async fn take_slot(&mut self, user: UserId, call: &CallId) -> StoreResult<bool> {
        Ok(Arc::make_mut(&mut self.state.calls.slots).entry(user).or_insert_with(|| call.clone()) == call)
    }

    async fn slot(&mut self, user: UserId) -> StoreResult<Option<CallId>> {
        Ok(self.state.calls.slots.get(&user).cloned())
    }

    async fn free_slots(&mut self, call: &CallId) -> StoreResult<()> {
        Arc::make_mut(&mut self.state.calls.slots).retain(|_, taken| taken != call);
        Ok(())
    }
}

fn newest_first(mut calls: Vec<Call>) -> Vec<Call> {
    calls.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    calls
}

#[async_trait]
impl CallQueries for FakeStore {
    async fn call(&self, id: &CallId) -> StoreResult<Option<Call>> {
        Ok(self.state().calls.calls.get(id).map(|stored| stored.call.clone()))
    }

    async fn live_calls_of(&self, user: UserId, limit: u32) -> StoreResult<Vec<Call>> {
        let state = self.state();
        let own = state.calls.live().filter(|stored| stored.call.side_of(user).is_some());
        let mut calls = newest_first(own.map(|stored| stored.call.clone()).collect());
        calls.truncate(limit as usize);
        Ok(calls)
    }

    async fn live_calls(&self, after: Option<&CallId>, limit: u32) -> StoreResult<Vec<Call>> {
        let state = self.state();
        let later = state.calls.live().filter(|stored| after.is_none_or(|after| stored.call.id > *after));
        Ok(later.take(limit as usize).map(|stored| stored.call.clone()).collect())
    }

    async fn has_due_calls(&self, now: Timestamp) -> StoreResult<bool> {
        Ok(self.state().calls.live().any(|stored| stored.call.deadline().is_some_and(|due| due <= now)))
    }

    async fn call_history(&self, user: UserId, before: Option<&CallCursor>, limit: u32) -> StoreResult<Vec<Call>> {
        let state = self.state();
        let own = state.calls.calls.values().map(|stored| &stored.call).filter(|call| {
            let earlier = before.is_none_or(|before| (call.created_at, &call.id) < (before.created_at, &before.call));
            matches!(call.state, CallState::Ended { .. }) && call.side_of(user).is_some() && earlier
        });
        let mut calls = newest_first(own.cloned().collect());
        calls.truncate(limit as usize);
        Ok(calls)
    }
}
