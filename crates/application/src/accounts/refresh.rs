//! Exchanging a refresh token for the next pair.

use hallway_domain::ports::{AuditEntry, RefreshClaims};
use hallway_domain::{Disconnect, RefreshToken, Revocation, Timestamp, User};

use super::{Accounts, Device, TokenPair};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{AuthFailure, Result};

impl Accounts<'_> {
    /// Exchanges a refresh token for the next pair. The immediate parent is answered with the same pair within
    /// [`hallway_domain::RefreshToken::GRACE`]; any other reuse revokes the session.
    pub async fn refresh(&self, token: &str, device: &Device) -> Result<TokenPair> {
        let context = self.context;
        if let Some(ip) = &device.ip {
            context.guard(|rates| rates.refresh, || format!("refresh:{ip}")).await?;
        }
        let claims =
            (context.ports.tokens.verify_refresh(token, context.now())).map_err(|_| AuthFailure::BadRefreshToken)?;
        let hash = context.ports.tokens.fingerprint(token);
        let pair = unit::run(|| self.exchange(&claims, hash)).await?;
        pair.ok_or_else(|| AuthFailure::BadRefreshToken.into())
    }

    /// None: the token was stolen or repeated too late, and its session is revoked.
    async fn exchange(&self, claims: &RefreshClaims, hash: [u8; 32]) -> Attempt<Option<TokenPair>> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let (token, user) = self.holder(&mut unit, claims, hash, now).await?;
        if unit.work.sessions().claim_refresh(token.id, now).await? {
            let next = self.new_refresh(&user, token.session, Some(token.id), now);
            unit.work.sessions().insert_refresh(&next).await?;
            unit.work.sessions().touch(token.session, now, next.expires_at).await?;
            unit.commit().await?;
            return Ok(Some(self.pair(&user, &next, now)));
        }
        // Somebody else used it. Who won may have done so after the first look.
        let token = unit.work.sessions().find_refresh(token.id).await?.ok_or(AuthFailure::BadRefreshToken)?;
        if let Some(next) = unit.work.sessions().successor(token.id).await?
            && token.is_repeat(&next, now)
        {
            return Ok(Some(self.pair(&user, &next, now)));
        }
        if unit.work.sessions().revoke(token.session, now).await? {
            unit.revoke(Revocation::Session { session: token.session, why: Disconnect::SessionRevoked });
        }
        let reuse = AuditEntry { target: Some(user.id), ..audit("session_reuse", now) };
        unit.work.audit().append(&reuse).await?;
        unit.commit().await?;
        Ok(None)
    }

    /// The stored token and its user, if all of it still stands.
    async fn holder(
        &self,
        unit: &mut Unit<'_>,
        claims: &RefreshClaims,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Attempt<(RefreshToken, User)> {
        let token = unit.work.sessions().find_refresh(claims.id).await?;
        let token = token
            .filter(|token| token.hash == hash && token.session == claims.session)
            .ok_or(AuthFailure::BadRefreshToken)?;
        let session = unit.work.sessions().find(token.session).await?;
        let session = session
            .filter(|session| session.is_live(now) && session.user == claims.user)
            .ok_or(AuthFailure::BadRefreshToken)?;
        let user = unit.work.users().find(session.user).await?.ok_or(AuthFailure::BadRefreshToken)?;
        if user.disabled {
            return Err(AuthFailure::AccountDisabled.into());
        }
        Ok((token, user))
    }
}
