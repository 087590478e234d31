//! Accounts of others: for administrators, and for whoever has a shell on the server's machine.

use hallway_domain::policy::{self, Administer};
use hallway_domain::ports::{AccountFilter, AuditEntry};
use hallway_domain::{Actor, Disconnect, Page, PageRequest, Password, PasswordHash, Revocation, User, UserId, UserKey};

use super::{Accounts, Register};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Missing, Result};

/// In whose name accounts of others are changed.
#[derive(Clone, Copy, Debug)]
pub enum Operator<'a> {
    Administrator(&'a Actor),
    /// The command line of the server itself.
    Console,
}

impl Operator<'_> {
    /// Asked in the unit that writes.
    pub(super) async fn authority(self, unit: &mut Unit<'_>) -> Attempt<Administer> {
        match self {
            Self::Administrator(actor) => Ok(policy::administer(unit.work.users().find(actor.id()).await?.as_ref())?),
            Self::Console => Ok(Administer::at_the_console()),
        }
    }
}

impl Accounts<'_> {
    /// All accounts, disabled ones too.
    pub async fn accounts(
        &self,
        operator: Operator<'_>,
        filter: &AccountFilter,
        page: PageRequest,
    ) -> Result<Page<User>> {
        if let Operator::Administrator(actor) = operator {
            policy::administer(self.context.ports.store.queries().user(actor.id()).await?.as_ref())?;
        }
        Ok(self.context.ports.store.account_queries().accounts(filter, page).await?)
    }

    /// Whoever this names.
    pub async fn named(&self, key: &UserKey) -> Result<User> {
        match key {
            UserKey::Id(id) => self.user(*id).await,
            UserKey::Name(name) => self.user_by_username(name).await,
        }
    }

    /// Disables an account, which ends its sessions and closes its sockets, or enables it again. It may be so already.
    pub async fn set_disabled(&self, operator: Operator<'_>, user: UserId, disabled: bool) -> Result<User> {
        unit::run(|| self.switch(operator, user, disabled)).await
    }

    /// Makes somebody an administrator, or not one any more. It may be so already.
    pub async fn set_admin(&self, operator: Operator<'_>, user: UserId, is_admin: bool) -> Result<User> {
        unit::run(|| self.appoint(operator, user, is_admin)).await
    }

    /// Ends all sessions of another account; how many.
    pub async fn end_sessions(&self, operator: Operator<'_>, user: UserId) -> Result<u64> {
        unit::run(|| self.end_all(operator, user)).await
    }

    /// Sets a password for somebody who has lost theirs, and ends their sessions; how many.
    pub async fn reset_password(&self, operator: Operator<'_>, user: &User, password: String) -> Result<u64> {
        let password = Password::parse(password, &self.context.settings.passwords, &user.username)?;
        let hash = self.context.ports.hasher.hash(&password).await?;
        unit::run(|| self.reset(operator, user.id, &hash)).await
    }

    /// Makes an account in somebody's name.
    pub async fn create(&self, operator: Operator<'_>, command: Register, is_admin: bool) -> Result<User> {
        let user = self.register(command, None).await?;
        if is_admin && !user.is_admin { self.set_admin(operator, user.id, true).await } else { Ok(user) }
    }

    async fn switch(&self, operator: Operator<'_>, user: UserId, disabled: bool) -> Attempt<User> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let authority = operator.authority(&mut unit).await?;
        let mut user = unit.work.users().find(user).await?.ok_or(Missing::User)?;
        authority.on(user.id)?;
        if user.disabled == disabled {
            return Ok(user);
        }
        user.disabled = disabled;
        unit.work.users().update(&user).await?;
        if disabled {
            unit.work.sessions().revoke_all(user.id, None, now).await?;
            unit.revoke(Revocation::User { user: user.id, except: None, why: Disconnect::AccountDisabled });
        }
        let action = if disabled { "account_disabled" } else { "account_enabled" };
        note(&mut unit, authority, user.id, audit(action, now)).await?;
        unit.commit().await?;
        Ok(user)
    }

    async fn appoint(&self, operator: Operator<'_>, user: UserId, is_admin: bool) -> Attempt<User> {
        let mut unit = Unit::begin(self.context).await?;
        let authority = operator.authority(&mut unit).await?;
        let mut user = unit.work.users().find(user).await?.ok_or(Missing::User)?;
        authority.on(user.id)?;
        if user.is_admin == is_admin {
            return Ok(user);
        }
        user.is_admin = is_admin;
        unit.work.users().update(&user).await?;
        let action = if is_admin { "administrator_made" } else { "administrator_unmade" };
        note(&mut unit, authority, user.id, audit(action, self.context.now())).await?;
        unit.commit().await?;
        Ok(user)
    }

    async fn end_all(&self, operator: Operator<'_>, user: UserId) -> Attempt<u64> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let authority = operator.authority(&mut unit).await?;
        unit.work.users().find(user).await?.ok_or(Missing::User)?;
        let ended = unit.work.sessions().revoke_all(user, None, now).await?.len() as u64;
        unit.revoke(Revocation::User { user, except: None, why: Disconnect::SessionRevoked });
        note(&mut unit, authority, user, audit("session_revoked", now)).await?;
        unit.commit().await?;
        Ok(ended)
    }

    async fn reset(&self, operator: Operator<'_>, user: UserId, hash: &PasswordHash) -> Attempt<u64> {
        let mut unit = Unit::begin(self.context).await?;
        let authority = operator.authority(&mut unit).await?;
        let ended = self.replace_password(&mut unit, user, hash, None).await?;
        note(&mut unit, authority, user, audit("password_reset", self.context.now())).await?;
        unit.commit().await?;
        Ok(ended)
    }
}

/// Who did it to whom, in the audit log.
pub(super) async fn note(unit: &mut Unit<'_>, authority: Administer, target: UserId, entry: AuditEntry) -> Attempt<()> {
    let reason = authority.by().is_none().then(|| "at the console".to_owned());
    let entry = AuditEntry { actor: authority.by(), target: Some(target), reason, ..entry };
    Ok(unit.work.audit().append(&entry).await?)
}
