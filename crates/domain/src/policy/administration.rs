//! What is about the whole server and not about a room.

use super::Denied;
use crate::{User, UserId};

/// Proof that somebody may run the server. Only [`administer`] can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Administer {
    by: Option<UserId>,
}

impl Administer {
    /// Whoever has a shell on the server's machine, and so its database, may do everything.
    #[must_use]
    pub const fn at_the_console() -> Self {
        Self { by: None }
    }

    /// The administrator; none at the console.
    #[must_use]
    pub const fn by(&self) -> Option<UserId> {
        self.by
    }

    /// Whether the administrator may act on this account: on every one but their own, so that one is always left.
    ///
    /// # Errors
    /// [`Denied::NotPermitted`] for one's own.
    pub fn on(&self, target: UserId) -> Result<(), Denied> {
        if self.by == Some(target) { Err(Denied::NotPermitted) } else { Ok(()) }
    }
}

/// Asks whether the user may run the server. Read the user in the transaction that writes.
///
/// # Errors
/// [`Denied::NotAdministrator`] for everybody else.
pub fn administer(user: Option<&User>) -> Result<Administer, Denied> {
    match user {
        Some(User { id, is_admin: true, disabled: false, .. }) => Ok(Administer { by: Some(*id) }),
        _ => Err(Denied::NotAdministrator),
    }
}
