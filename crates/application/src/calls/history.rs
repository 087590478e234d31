//! Calls that are over.

use hallway_domain::Actor;
use hallway_domain::call::Call;
use hallway_domain::ports::CallCursor;

use super::Calls;
use crate::Result;

/// A part of a user's history, the newest call first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPage {
    pub calls: Vec<Call>,
    /// Where to go on; none: that was all.
    pub next: Option<CallCursor>,
}

impl Calls<'_> {
    /// Calls of the user that are over, those before `before`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn history(&self, actor: &Actor, before: Option<&CallCursor>, limit: u32) -> Result<CallPage> {
        let limit = limit.clamp(1, 200);
        let queries = self.context.ports.store.call_queries();
        let mut calls = queries.call_history(actor.id(), before, limit + 1).await?;
        let has_more = calls.len() > limit as usize;
        calls.truncate(limit as usize);
        let cursor = |call: &Call| CallCursor { created_at: call.created_at, call: call.id.clone() };
        let next = calls.last().filter(|_| has_more).map(cursor);
        Ok(CallPage { calls, next })
    }
}
