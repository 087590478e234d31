//! Signing in.

use hallway_domain::ports::{AuditEntry, Grant, Rate};
use hallway_domain::{Email, Password, Session, SessionId, Timestamp, User, UserId, Username};

use super::{AccessToken, Accounts, Device, Login, TokenPair};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{AuthFailure, Error, Result};

/// How many times as often as one address all addresses together may try one account: enough to slow down a
/// distributed guess, too much for one attacker to lock the owner out.
const ACCOUNT_FACTOR: u32 = 10;

/// Most characters kept of how a client names itself and where it is.
const DEVICE_CHARS: usize = 255;

impl Accounts<'_> {
    /// Checks the password and opens a session. The name may be an address too.
    ///
    /// A name that does not exist takes as long as a wrong password, and is answered alike. That an account is
    /// disabled is told only to who knows its password.
    pub async fn login(&self, command: Login) -> Result<TokenPair> {
        let known = self.identify(command).await?;
        let opened = unit::run(|| self.open_session(&known)).await;
        self.conclude(&known, opened).await
    }

    /// The same for clients that know one token and no other: it lives as long as the session.
    pub async fn login_single(&self, command: Login) -> Result<AccessToken> {
        let known = self.identify(command).await?;
        let opened = unit::run(|| self.open_single(&known)).await;
        self.conclude(&known, opened).await
    }

    /// What wrong passwords count against is taken back once all of it was right.
    async fn conclude<T>(&self, known: &Known, opened: Result<T>) -> Result<T> {
        match opened {
            Ok(opened) => {
                self.forget_guesses(&known.account, known.device.ip.as_deref()).await;
                Ok(opened)
            }
            Err(Error::Unauthenticated(AuthFailure::WrongCode)) => {
                Err(self.refuse(Some(known.user), AuthFailure::WrongCode).await?)
            }
            Err(error) => Err(error),
        }
    }

    async fn identify(&self, command: Login) -> Result<Known> {
        let context = self.context;
        let Login { username: name, password, code, device } = command;
        if let Some(ip) = &device.ip {
            context.guard(|rates| rates.login, || format!("login:{ip}")).await?;
        }
        let queries = context.ports.store.queries();
        let (account, known) = match (Username::parse(&name), Email::parse(&name)) {
            (Ok(username), _) => {
                context.guard(|rates| per_account(rates.login), || format!("login-account:{username}")).await?;
                let known = queries.credentials(&username).await?;
                (username.into_string(), known)
            }
            (Err(_), Ok(email)) => {
                // One account is one bucket, whatever it is called.
                let known = queries.credentials_by_email(&email).await?;
                let account = match &known {
                    Some((user, _)) => user.username.to_string(),
                    None => email.to_string(),
                };
                context.guard(|rates| per_account(rates.login), || format!("login-account:{account}")).await?;
                (account, known)
            }
            // No account has such a name: all of them are guessed at together.
            (Err(_), Err(_)) => (String::new(), None),
        };
        let password = Password::attempt(password)?;
        self.count_guess(&account, device.ip.as_deref()).await?;
        let (user, stored) = known.unzip();
        let right = context.ports.hasher.verify(&password, stored).await?;
        let target = user.as_ref().map(|user| user.id);
        match user {
            Some(user) if right && !user.disabled => Ok(Known { user: user.id, account, code, device }),
            Some(_) if right => Err(self.refuse(target, AuthFailure::AccountDisabled).await?),
            _ => Err(self.refuse(target, AuthFailure::WrongPassword).await?),
        }
    }

    /// Notes the attempt; what to answer.
    async fn refuse(&self, target: Option<UserId>, failure: AuthFailure) -> Result<Error> {
        let reason = match failure {
            AuthFailure::AccountDisabled => "account disabled",
            AuthFailure::WrongCode => "wrong code",
            _ => "wrong password",
        };
        let entry = AuditEntry { target, reason: Some(reason.to_owned()), ..audit("login_failed", self.context.now()) };
        unit::run(|| self.note(&entry)).await?;
        Ok(failure.into())
    }

    pub(super) async fn note(&self, entry: &AuditEntry) -> Attempt<()> {
        let mut unit = Unit::begin(self.context).await?;
        unit.work.audit().append(entry).await?;
        unit.commit().await
    }

    async fn open_session(&self, known: &Known) -> Attempt<TokenPair> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let user = enabled(&mut unit, known.user).await?;
        self.ask_code(&mut unit, user.id, known.code.as_deref()).await?;
        let session = self.context.ports.ids.session();
        let refresh = self.new_refresh(&user, session, None, now);
        unit.work.sessions().insert(&begun(session, &user, &known.device, (now, refresh.expires_at))).await?;
        unit.work.sessions().insert_refresh(&refresh).await?;
        note_login(unit, &user, now).await?;
        Ok(self.pair(&user, &refresh, now))
    }

    async fn open_single(&self, known: &Known) -> Attempt<AccessToken> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let user = enabled(&mut unit, known.user).await?;
        self.ask_code(&mut unit, user.id, known.code.as_deref()).await?;
        let session = self.context.ports.ids.session();
        let (token, expires_at) = self.access(&user, session, Grant::Single, now);
        unit.work.sessions().insert(&begun(session, &user, &known.device, (now, expires_at))).await?;
        note_login(unit, &user, now).await?;
        Ok(AccessToken { token, session, expires_at })
    }
}

/// Whose password was right.
struct Known {
    user: UserId,
    /// What it is counted under.
    account: String,
    code: Option<String>,
    device: Device,
}

/// Hashing took a while: what it was decided on may have changed.
async fn enabled(unit: &mut Unit<'_>, user: UserId) -> Attempt<User> {
    let user = unit.work.users().find(user).await?.ok_or(AuthFailure::WrongPassword)?;
    if user.disabled { Err(AuthFailure::AccountDisabled.into()) } else { Ok(user) }
}

fn begun(id: SessionId, user: &User, device: &Device, (now, expires_at): (Timestamp, Timestamp)) -> Session {
    Session {
        id,
        user: user.id,
        user_agent: device.user_agent.as_deref().map(cut),
        ip: device.ip.as_deref().map(cut),
        created_at: now,
        last_used_at: now,
        expires_at,
        revoked_at: None,
    }
}

async fn note_login(mut unit: Unit<'_>, user: &User, now: Timestamp) -> Attempt<()> {
    let own = Some(user.id);
    unit.work.audit().append(&AuditEntry { actor: own, target: own, ..audit("login", now) }).await?;
    unit.commit().await
}

fn per_account(rate: Rate) -> Rate {
    Rate { per_second: rate.per_second * f64::from(ACCOUNT_FACTOR), burst: rate.burst.saturating_mul(ACCOUNT_FACTOR) }
}

fn cut(text: &str) -> String {
    text.chars().take(DEVICE_CHARS).collect()
}
