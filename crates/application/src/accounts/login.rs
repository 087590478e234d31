//! Signing in.

use hallway_domain::ports::{AuditEntry, Rate};
use hallway_domain::{Password, Session, User, UserId, Username};

use super::{Accounts, Device, Login, TokenPair};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{AuthFailure, Result};

/// How many times as often as one address all addresses together may try one account: enough to slow down a
/// distributed guess, too much for one attacker to lock the owner out.
const ACCOUNT_FACTOR: u32 = 10;

/// Most characters kept of how a client names itself and where it is.
const DEVICE_CHARS: usize = 255;

impl Accounts<'_> {
    /// Checks the password and opens a session.
    ///
    /// A name that does not exist takes as long as a wrong password, and is answered alike. That an account is
    /// disabled is told only to who knows its password.
    pub async fn login(&self, command: Login) -> Result<TokenPair> {
        let context = self.context;
        let Login { username, password, device } = command;
        if let Some(ip) = &device.ip {
            context.guard(|rates| rates.login, || format!("login:{ip}")).await?;
        }
        let username = Username::parse(&username).ok();
        if let Some(username) = &username {
            context.guard(|rates| per_account(rates.login), || format!("login-account:{username}")).await?;
        }
        let password = Password::attempt(password)?;
        let known = match &username {
            Some(username) => context.ports.store.queries().credentials(username).await?,
            None => None,
        };
        let (user, stored) = known.unzip();
        let right = context.ports.hasher.verify(&password, stored).await?;
        let target = user.as_ref().map(|user| user.id);
        match user {
            Some(user) if right && !user.disabled => unit::run(|| self.open_session(user.id, &device)).await,
            Some(_) if right => self.refuse(target, AuthFailure::AccountDisabled).await,
            _ => self.refuse(target, AuthFailure::WrongPassword).await,
        }
    }

    async fn refuse(&self, target: Option<UserId>, failure: AuthFailure) -> Result<TokenPair> {
        let reason = match failure {
            AuthFailure::AccountDisabled => "account disabled",
            _ => "wrong password",
        };
        let entry = AuditEntry { target, reason: Some(reason.to_owned()), ..audit("login_failed", self.context.now()) };
        unit::run(|| self.note(&entry)).await?;
        Err(failure.into())
    }

    async fn note(&self, entry: &AuditEntry) -> Attempt<()> {
        let mut unit = Unit::begin(self.context).await?;
        unit.work.audit().append(entry).await?;
        unit.commit().await
    }

    async fn open_session(&self, user: UserId, device: &Device) -> Attempt<TokenPair> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        // Hashing took a while: what it was decided on may have changed.
        let user: User = unit.work.users().find(user).await?.ok_or(AuthFailure::WrongPassword)?;
        if user.disabled {
            return Err(AuthFailure::AccountDisabled.into());
        }
        let session = self.context.ports.ids.session();
        let refresh = self.new_refresh(&user, session, None, now);
        let session = Session {
            id: session,
            user: user.id,
            user_agent: device.user_agent.as_deref().map(cut),
            ip: device.ip.as_deref().map(cut),
            created_at: now,
            last_used_at: now,
            expires_at: refresh.expires_at,
            revoked_at: None,
        };
        unit.work.sessions().insert(&session).await?;
        unit.work.sessions().insert_refresh(&refresh).await?;
        let own = Some(user.id);
        unit.work.audit().append(&AuditEntry { actor: own, target: own, ..audit("login", now) }).await?;
        unit.commit().await?;
        Ok(self.pair(&user, &refresh, now))
    }
}

fn per_account(rate: Rate) -> Rate {
    Rate { per_second: rate.per_second * f64::from(ACCOUNT_FACTOR), burst: rate.burst.saturating_mul(ACCOUNT_FACTOR) }
}

fn cut(text: &str) -> String {
    text.chars().take(DEVICE_CHARS).collect()
}
