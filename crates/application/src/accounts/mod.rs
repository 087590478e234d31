//! Accounts and logins.

use hallway_domain::ports::UserFilter;
use hallway_domain::{
    Actor, Email, FullName, Page, PageRequest, Session, SessionId, Timestamp, User, UserId, Username,
};

use crate::Result;
use crate::context::Context;

/// A new account, its text already parsed but for the password, whose rules are in the settings.
#[derive(Clone, Debug)]
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

#[derive(Clone, Debug)]
pub struct Login {
    pub username: String,
    pub password: String,
    pub device: Device,
}

/// What a login or refresh gives.
#[derive(Clone, Debug)]
pub struct TokenPair {
    pub access: String,
    pub refresh: String,
    pub session: SessionId,
    pub access_expires_at: Timestamp,
}

/// A caller whose token and session are good.
#[derive(Clone, Debug)]
pub struct Authenticated {
    pub actor: Actor,
    pub user: User,
    /// When the token ends.
    pub expires_at: Timestamp,
}

/// What a user may change about themselves. `Some(None)` removes.
#[derive(Clone, Debug, Default)]
pub struct ProfilePatch {
    pub email: Option<Option<Email>>,
    pub full_name: Option<Option<FullName>>,
}

pub struct Accounts<'a> {
    pub(crate) context: &'a Context,
}

impl Accounts<'_> {
    /// Makes an account; the first of a server becomes its administrator. `ip` is who asks, for the rate.
    pub async fn register(&self, command: Register, ip: Option<&str>) -> Result<User> {
        todo!()
    }
    /// Checks the password and opens a session.
    pub async fn login(&self, command: Login) -> Result<TokenPair> {
        todo!()
    }
    /// Exchanges a refresh token for the next pair. The immediate parent is answered with the same pair within
    /// [`hallway_domain::RefreshToken::GRACE`]; any other reuse revokes the session.
    pub async fn refresh(&self, token: &str, device: &Device) -> Result<TokenPair> {
        todo!()
    }
    /// Ends the session of a refresh token; a bad token is no error.
    pub async fn logout(&self, token: &str) -> Result<()> {
        todo!()
    }
    /// Who holds this access token. Asks the store whether the session still lives.
    pub async fn authenticate(&self, access_token: &str) -> Result<Authenticated> {
        todo!()
    }
    /// A secret that opens one socket within the ticket's lifetime. `access_token` is what it stands for.
    pub async fn issue_ticket(&self, actor: &Actor, access_token: &str) -> Result<(String, Timestamp)> {
        todo!()
    }
    /// Who a ticket was issued for. Works once.
    pub async fn redeem_ticket(&self, ticket: &str) -> Result<Authenticated> {
        todo!()
    }
    pub async fn user(&self, id: UserId) -> Result<User> {
        todo!()
    }
    pub async fn user_by_username(&self, username: &Username) -> Result<User> {
        todo!()
    }
    pub async fn users(&self, filter: &UserFilter, page: PageRequest) -> Result<Page<User>> {
        todo!()
    }
    pub async fn update_profile(&self, actor: &Actor, patch: ProfilePatch) -> Result<User> {
        todo!()
    }
    /// The caller's live sessions.
    pub async fn sessions(&self, actor: &Actor, page: PageRequest) -> Result<Page<Session>> {
        todo!()
    }
    /// Ends one of the caller's sessions and closes its sockets.
    pub async fn revoke_session(&self, actor: &Actor, session: SessionId) -> Result<()> {
        todo!()
    }
    /// Ends all of the caller's sessions but the present one; how many.
    pub async fn revoke_other_sessions(&self, actor: &Actor) -> Result<u64> {
        todo!()
    }
}
