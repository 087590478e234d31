//! Making an account.

use hallway_domain::ports::InsertedUser;
use hallway_domain::{NewUser, Password, RoomId, Signal, SignalKind, User};

use super::{Accounts, Register};
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Result};

impl Accounts<'_> {
    /// Makes an account; the first of a server becomes its administrator. `ip` is who asks, for the rate.
    pub async fn register(&self, command: Register, ip: Option<&str>) -> Result<User> {
        let context = self.context;
        if let Some(ip) = ip {
            context.guard(|rates| rates.register, || format!("register:{ip}")).await?;
        }
        let Register { username, email, full_name, password } = command;
        let password = Password::parse(password, &context.settings.passwords, &username)?;
        // Spares the hash; the insert below is what decides.
        if context.ports.store.queries().user_by_username(&username).await?.is_some() {
            return Err(Conflict::UsernameTaken.into());
        }
        let password_hash = context.ports.hasher.hash(&password).await?;
        let user = NewUser { username, email, full_name, password_hash, is_admin: false, created_at: context.now() };
        let user = unit::run(|| self.insert(&user)).await?;
        self.announce(&user).await;
        Ok(user)
    }

    /// Who lists people sees them come.
    pub(super) async fn announce(&self, user: &User) {
        let kind = SignalKind::UserCreated { user: user.to_ref(), full_name: user.full_name.clone() };
        self.context.signal(Signal { room: RoomId::EVERYWHERE, at: user.created_at, except: None, kind }).await;
    }

    pub(super) async fn insert(&self, user: &NewUser) -> Attempt<User> {
        let mut unit = Unit::begin(self.context).await?;
        let is_admin = !unit.work.users().any().await?;
        let user = match unit.work.users().insert(NewUser { is_admin, ..user.clone() }).await? {
            InsertedUser::Created(user) => user,
            InsertedUser::UsernameTaken => return Err(Conflict::UsernameTaken.into()),
            InsertedUser::EmailTaken => return Err(Conflict::EmailTaken.into()),
        };
        unit.commit().await?;
        Ok(user)
    }
}
