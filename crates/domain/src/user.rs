//! Accounts, and who is asking.

use std::fmt;

use crate::{Email, FullName, SessionId, Timestamp, UserId, Username};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    /// Shown to its owner and to administrators only.
    pub email: Option<Email>,
    pub full_name: Option<FullName>,
    pub disabled: bool,
    pub is_admin: bool,
    pub created_at: Timestamp,
}

impl User {
    #[must_use]
    pub fn to_ref(&self) -> UserRef {
        UserRef { id: self.id, username: self.username.clone() }
    }
}

/// How events and lists name a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserRef {
    pub id: UserId,
    pub username: Username,
}

/// How somebody else names a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserKey {
    Id(UserId),
    Name(Username),
}

impl UserKey {
    #[must_use]
    pub fn names(&self, user: &User) -> bool {
        match self {
            Self::Id(id) => *id == user.id,
            Self::Name(name) => *name == user.username,
        }
    }
}

impl From<UserId> for UserKey {
    fn from(id: UserId) -> Self {
        Self::Id(id)
    }
}

impl From<Username> for UserKey {
    fn from(name: Username) -> Self {
        Self::Name(name)
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub username: Username,
    pub email: Option<Email>,
    pub full_name: Option<FullName>,
    pub password_hash: PasswordHash,
    pub is_admin: bool,
    pub created_at: Timestamp,
}

/// A stored password: a PHC string. Never shown, not even in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub user: UserRef,
    pub session: SessionId,
    pub is_admin: bool,
}

impl Actor {
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.user.id
    }
}
