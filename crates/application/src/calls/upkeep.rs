//! What happens to calls by the clock, on any node.

use hallway_domain::call::{Call, CallEvent, Side};
use time::Duration;

use super::Calls;
use super::deliver::{Change, Said, deliver};
use super::devices::Gone;
use super::invite::change;
use crate::Result;
use crate::unit::{self, Attempt, Unit};

/// Calls that one sweep ends; the others are left to the next one.
const AT_ONCE: usize = 500;
/// Live calls that one look takes in.
const LOOK: u32 = 200;
/// Younger calls are not looked at: their devices may be on their way back after a restart.
const YOUNG: Duration = Duration::seconds(20);

impl Calls<'_> {
    /// Says that this node's devices are there, and ends the calls whose time is up; how many. Every second, on every
    /// node: each call is ended by one of them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sweep(&self) -> Result<usize> {
        if let Err(error) = self.context.ports.lines.renew().await {
            // Devices of this node count as gone once its lease ends, and are there again with the next renewal.
            tracing::debug!(%error, "this node's devices were not said to be there");
        }
        let store = &self.context.ports.store;
        if !store.call_queries().has_due_calls(self.context.now()).await? {
            return Ok(0);
        }
        for ended in 0..AT_ONCE {
            let Some(change) = unit::run(|| self.end_one()).await? else { return Ok(ended) };
            deliver(&self.context.ports, &change, &Said::default()).await;
        }
        Ok(AT_ONCE)
    }

    async fn end_one(&self) -> Attempt<Option<Change>> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let Some(stored) = unit.work.calls().lock_due(now).await? else { return Ok(None) };
        let change = change(&mut unit, stored, CallEvent::Clock, now).await?;
        unit.commit().await?;
        Ok(Some(change))
    }

    /// Looks at some of the live calls: whether their devices are still there, which a node that died could not say, and
    /// whether their users may still talk. Every few seconds, on every node.
    ///
    /// # Errors
    /// When something that is needed does not answer.
    pub async fn look(&self) -> Result<()> {
        let ports = &self.context.ports;
        let mut after = self.context.looked_at.lock().await;
        let calls = ports.store.call_queries().live_calls(after.as_ref(), LOOK).await?;
        *after = calls.last().filter(|_| calls.len() == LOOK as usize).map(|call| call.id.clone());
        drop(after);
        for call in calls.iter().filter(|call| self.context.now() - call.created_at >= YOUNG) {
            self.look_at(call).await?;
        }
        Ok(())
    }

    async fn look_at(&self, call: &Call) -> Result<()> {
        for side in [Side::Caller, Side::Callee] {
            let Some(device) = call.bound(side).filter(|_| !call.is_lost(side)) else { continue };
            let user = call.user(side);
            if !self.context.ports.lines.devices(user).await?.contains(&device) {
                self.lose(user, device, Gone::Broken).await?;
            }
        }
        let is_allowed = self.reach(call.caller, call.callee, call.room).await?.may_call();
        if !is_allowed {
            self.happens(&call.id, CallEvent::Severed).await?;
        }
        Ok(())
    }
}
