//! Looking users up, and what they say of themselves.

use hallway_domain::ports::UserFilter;
use hallway_domain::{Actor, Page, PageRequest, User, UserId, Username};

use super::{Accounts, ProfilePatch};
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Missing, Result};

impl Accounts<'_> {
    pub async fn user(&self, id: UserId) -> Result<User> {
        Ok(self.context.ports.store.queries().user(id).await?.ok_or(Missing::User)?)
    }

    pub async fn user_by_username(&self, username: &Username) -> Result<User> {
        Ok(self.context.ports.store.queries().user_by_username(username).await?.ok_or(Missing::User)?)
    }

    /// Everybody with an account that is not disabled. E-mails are for their owners and administrators: the edge
    /// leaves them out.
    pub async fn users(&self, filter: &UserFilter, page: PageRequest) -> Result<Page<User>> {
        Ok(self.context.ports.store.queries().users(filter, page).await?)
    }

    pub async fn update_profile(&self, actor: &Actor, patch: ProfilePatch) -> Result<User> {
        unit::run(|| self.apply(actor, &patch)).await
    }

    async fn apply(&self, actor: &Actor, patch: &ProfilePatch) -> Attempt<User> {
        let mut unit = Unit::begin(self.context).await?;
        let mut user = unit.work.users().find(actor.id()).await?.ok_or(Missing::User)?;
        if let Some(email) = &patch.email {
            user.email.clone_from(email);
        }
        if let Some(full_name) = &patch.full_name {
            user.full_name.clone_from(full_name);
        }
        if !unit.work.users().update(&user).await? {
            return Err(Conflict::EmailTaken.into());
        }
        unit.commit().await?;
        Ok(user)
    }
}
