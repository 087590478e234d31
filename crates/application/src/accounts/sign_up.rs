//! Making an account by an address alone.

use hallway_domain::{NewUser, Password, User, Username};

use super::{Accounts, SignUp};
use crate::unit;
use crate::{Conflict, Error, Result};

/// How many names with a number are tried before one with a random end.
const NUMBERED: u32 = 20;
/// Random ends that are tried.
const RANDOM: u32 = 5;

impl Accounts<'_> {
    /// Makes an account whose username comes from the address. `ip` is who asks, for the rate of registrations.
    pub async fn sign_up(&self, command: SignUp, ip: Option<&str>) -> Result<User> {
        let context = self.context;
        if let Some(ip) = ip {
            context.guard(|rates| rates.register, || format!("register:{ip}")).await?;
        }
        let SignUp { email, full_name, password } = command;
        let wished = Username::suggested(email.as_str().split('@').next().unwrap_or_default());
        let password = Password::parse(password, &context.settings.passwords, &wished)?;
        // Spares the hash; the insert below is what decides.
        if context.ports.store.queries().credentials_by_email(&email).await?.is_some() {
            return Err(Conflict::EmailTaken.into());
        }
        let mut user = NewUser {
            username: wished.clone(),
            email: Some(email),
            full_name,
            password_hash: context.ports.hasher.hash(&password).await?,
            is_admin: false,
            created_at: context.now(),
        };
        for attempt in 1..=NUMBERED + RANDOM {
            user.username = match attempt {
                1 => wished.clone(),
                2..=NUMBERED => wished.numbered(attempt.into()),
                _ => wished.numbered(self.number()),
            };
            if context.ports.store.queries().user_by_username(&user.username).await?.is_some() {
                continue;
            }
            match unit::run(|| self.insert(&user)).await {
                Ok(user) => {
                    self.announce(&user).await;
                    return Ok(user);
                }
                // Somebody was faster.
                Err(Error::Conflict(Conflict::UsernameTaken)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Conflict::UsernameTaken.into())
    }

    /// Eight digits that nobody foresees.
    fn number(&self) -> u64 {
        let secret = self.context.ports.ids.secret();
        let mut eight = [0; 8];
        eight.copy_from_slice(&secret[..8]);
        u64::from_le_bytes(eight) % 100_000_000
    }
}
