//! Signing out.

use hallway_domain::ports::{AuditEntry, RefreshClaims};
use hallway_domain::{Disconnect, Revocation};

use super::Accounts;
use crate::Result;
use crate::unit::{self, Attempt, Unit, audit};

impl Accounts<'_> {
    /// Ends the session of a refresh token, even of one that was exchanged already; a bad token is no error.
    pub async fn logout(&self, token: &str) -> Result<()> {
        let ports = &self.context.ports;
        let Ok(claims) = ports.tokens.verify_refresh(token, self.context.now()) else { return Ok(()) };
        let hash = ports.tokens.fingerprint(token);
        unit::run(|| self.end(&claims, hash)).await
    }

    async fn end(&self, claims: &RefreshClaims, hash: [u8; 32]) -> Attempt<()> {
        let mut unit = Unit::begin(self.context).await?;
        let token = unit.work.sessions().find_refresh(claims.id).await?;
        let Some(token) = token.filter(|token| token.hash == hash) else { return Ok(()) };
        if unit.work.sessions().revoke(token.session, self.context.now()).await? {
            unit.revoke(Revocation::Session { session: token.session, why: Disconnect::SessionRevoked });
            let own = Some(claims.user);
            let entry = AuditEntry { actor: own, target: own, ..audit("logout", self.context.now()) };
            unit.work.audit().append(&entry).await?;
            unit.commit().await?;
        }
        Ok(())
    }
}
