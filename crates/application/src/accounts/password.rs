//! One's own password.

use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, Disconnect, Password, PasswordHash, Revocation, UserId};

use super::Accounts;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{AuthFailure, Missing, Result};

impl Accounts<'_> {
    /// Sets another password and ends all of the caller's sessions but the present one; how many. `ip` is who asks.
    pub async fn change_password(&self, actor: &Actor, current: String, new: String, ip: Option<&str>) -> Result<u64> {
        let new = Password::parse(new, &self.context.settings.passwords, &actor.user.username)?;
        self.confirm(actor, current, ip).await?;
        let hash = self.context.ports.hasher.hash(&new).await?;
        unit::run(|| self.set_own_password(actor, &hash)).await
    }

    /// Checks that the caller knows their own password: a token alone is not enough for what cannot be taken back.
    pub(super) async fn confirm(&self, actor: &Actor, password: String, ip: Option<&str>) -> Result<()> {
        let username = &actor.user.username;
        let password = Password::attempt(password)?;
        self.count_guess(username.as_str(), ip).await?;
        let known = self.context.ports.store.queries().credentials(username).await?;
        let stored = known.filter(|(user, _)| user.id == actor.id()).map(|(_, stored)| stored);
        if self.context.ports.hasher.verify(&password, stored).await? {
            self.forget_guesses(username.as_str(), ip).await;
            return Ok(());
        }
        let own = Some(actor.id());
        let entry = AuditEntry { actor: own, target: own, ..audit("confirm_failed", self.context.now()) };
        unit::run(|| self.note(&entry)).await?;
        Err(AuthFailure::NotConfirmed.into())
    }

    async fn set_own_password(&self, actor: &Actor, hash: &PasswordHash) -> Attempt<u64> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        // Hashing took a while.
        if unit.work.sessions().live(&[actor.session], now).await?.is_empty() {
            return Err(AuthFailure::SessionRevoked.into());
        }
        let ended = self.replace_password(&mut unit, actor.id(), hash, Some(actor)).await?;
        let own = Some(actor.id());
        unit.work.audit().append(&AuditEntry { actor: own, target: own, ..audit("password_changed", now) }).await?;
        unit.commit().await?;
        Ok(ended)
    }

    /// Ends every session but that of `keep`; how many.
    pub(super) async fn replace_password(
        &self,
        unit: &mut Unit<'_>,
        user: UserId,
        hash: &PasswordHash,
        keep: Option<&Actor>,
    ) -> Attempt<u64> {
        unit.work.users().find(user).await?.ok_or(Missing::User)?;
        unit.work.users().set_password(user, hash).await?;
        let except = keep.map(|actor| actor.session);
        let ended = unit.work.sessions().revoke_all(user, except, self.context.now()).await?.len();
        unit.revoke(Revocation::User { user, except, why: Disconnect::SessionRevoked });
        Ok(ended as u64)
    }
}
