//! Where somebody is signed in.

use hallway_domain::ports::{AuditEntry, BusItem};
use hallway_domain::{Actor, Disconnect, Page, PageRequest, Revocation, Session, SessionId, Timestamp};

use super::Accounts;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Missing, Result};

/// Sessions whose sockets are closed in one go.
const ENDED: u32 = 1000;

impl Accounts<'_> {
    /// The caller's live sessions.
    pub async fn sessions(&self, actor: &Actor, page: PageRequest) -> Result<Page<Session>> {
        Ok(self.context.ports.store.queries().sessions_of(actor.id(), self.context.now(), page).await?)
    }

    /// Ends one of the caller's sessions and closes its sockets. One that has ended is not found.
    pub async fn revoke_session(&self, actor: &Actor, session: SessionId) -> Result<()> {
        unit::run(|| self.revoke_one(actor, session)).await
    }

    /// Ends all of the caller's sessions but the present one; how many.
    pub async fn revoke_other_sessions(&self, actor: &Actor) -> Result<u64> {
        unit::run(|| self.revoke_others(actor)).await
    }

    /// Closes what sockets are left of sessions that ended after `since`, on this node and on all that hear it: whoever
    /// ended them may not have been heard, and the command line is not on the bus.
    pub async fn close_ended(&self, since: Timestamp) -> Result<()> {
        let ended = self.context.ports.store.account_queries().ended_sessions(since, ENDED).await?;
        let revoke = |(session, why)| BusItem::Revocation(Revocation::Session { session, why });
        unit::publish(self.context.ports.bus.as_ref(), ended.into_iter().map(revoke).collect()).await;
        Ok(())
    }

    async fn revoke_one(&self, actor: &Actor, id: SessionId) -> Attempt<()> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let session = unit.work.sessions().find(id).await?;
        if !session.is_some_and(|session| session.user == actor.id() && session.is_live(now)) {
            return Err(Missing::Session.into());
        }
        if !unit.work.sessions().revoke(id, now).await? {
            return Err(Missing::Session.into());
        }
        unit.revoke(Revocation::Session { session: id, why: Disconnect::SessionRevoked });
        self.audit_revoked(&mut unit, actor).await?;
        unit.commit().await
    }

    async fn revoke_others(&self, actor: &Actor) -> Attempt<u64> {
        let mut unit = Unit::begin(self.context).await?;
        let ended =
            unit.work.sessions().revoke_all(actor.id(), Some(actor.session), self.context.now()).await?.len() as u64;
        if ended > 0 {
            let user = actor.id();
            unit.revoke(Revocation::User { user, except: Some(actor.session), why: Disconnect::SessionRevoked });
            self.audit_revoked(&mut unit, actor).await?;
            unit.commit().await?;
        }
        Ok(ended)
    }

    async fn audit_revoked(&self, unit: &mut Unit<'_>, actor: &Actor) -> Attempt<()> {
        let own = Some(actor.id());
        let entry = AuditEntry { actor: own, target: own, ..audit("session_revoked", self.context.now()) };
        Ok(unit.work.audit().append(&entry).await?)
    }
}
