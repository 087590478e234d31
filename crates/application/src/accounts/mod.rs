//! Accounts and logins.

mod administration;
mod authenticate;
mod blocks;
mod erase;
mod export;
mod guesses;
mod login;
mod logout;
mod pair;
mod password;
mod profile;
mod refresh;
mod register;
mod second_factor;
mod sessions;
mod sign_up;
mod tickets;

use hallway_domain::ports::Grant;
use hallway_domain::{Actor, Email, FullName, SessionId, Timestamp, User, Username};

use crate::context::Context;

pub use administration::Operator;
pub use export::{ExportCursor, ExportPart};
pub use second_factor::{Enrolment, SecondFactorState};
pub(crate) use tickets::{TICKET_CHARS as SECRET_CHARS, url_safe};

/// A new account, its text already parsed but for the password, whose rules are in the settings.
#[derive(Clone)]
pub struct Register {
    pub username: Username,
    pub email: Option<Email>,
    pub full_name: Option<FullName>,
    pub password: String,
}

/// From where somebody signs in.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub user_agent: Option<String>,
    /// The client's address, as the edge trusts it.
    pub ip: Option<String>,
}

#[derive(Clone)]
pub struct Login {
    pub username: String,
    pub password: String,
    /// Of the authenticator, or a recovery code, for an account that asks for one.
    pub code: Option<String>,
    pub device: Device,
}

/// What a login or refresh gives.
#[derive(Clone)]
pub struct TokenPair {
    pub access: String,
    pub refresh: String,
    pub session: SessionId,
    pub access_expires_at: Timestamp,
}

/// The one token of a login that gives no other.
#[derive(Clone)]
pub struct AccessToken {
    pub token: String,
    pub session: SessionId,
    pub expires_at: Timestamp,
}

/// A new account by its address: its username is made up.
#[derive(Clone)]
pub struct SignUp {
    pub email: Email,
    pub full_name: Option<FullName>,
    pub password: String,
}

/// A caller whose token and session are good.
#[derive(Clone, Debug)]
pub struct Authenticated {
    pub actor: Actor,
    pub user: User,
    /// What the login gave.
    pub grant: Grant,
    /// When the token ends.
    pub expires_at: Timestamp,
}

/// What a user may change about themselves. `Some(None)` removes.
#[derive(Clone, Debug, Default)]
pub struct ProfilePatch {
    pub email: Option<Option<Email>>,
    pub full_name: Option<Option<FullName>>,
}

/// Registration, sign-in, sessions, profiles.
pub struct Accounts<'a> {
    pub(crate) context: &'a Context,
}

/// Debug output of what carries a secret, without the secret.
macro_rules! redacted {
    ($($name:ident { $($shown:ident),+ }),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($shown), &self.$shown))+.finish_non_exhaustive()
            }
        }
    )+};
}

redacted!(
    Register { username },
    SignUp { full_name },
    Login { device },
    TokenPair { session, access_expires_at },
    AccessToken { session, expires_at }
);
