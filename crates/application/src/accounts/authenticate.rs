//! Who is asking.

use hallway_domain::ports::TokenError;
use hallway_domain::{Actor, SessionId, User, UserId};

use super::{Accounts, Authenticated};
use crate::{AuthFailure, Result};

impl Accounts<'_> {
    /// Who holds this access token. Asks the store whether the session still lives.
    pub async fn authenticate(&self, access_token: &str) -> Result<Authenticated> {
        let now = self.context.now();
        let claims = self.context.ports.tokens.verify_access(access_token, now).map_err(|error| match error {
            TokenError::Malformed => AuthFailure::BadToken,
            TokenError::Expired => AuthFailure::TokenExpired,
            TokenError::WrongType => AuthFailure::WrongTokenType,
        })?;
        let (actor, user) = self.live(claims.session, claims.user).await?;
        Ok(Authenticated { actor, user, grant: claims.grant, expires_at: claims.expires_at })
    }

    /// The caller as things are now. For whoever began to listen for the end of the caller's session only after
    /// [`Accounts::authenticate`]: what ended in between is seen here.
    pub async fn recheck(&self, actor: &Actor) -> Result<Actor> {
        Ok(self.live(actor.session, actor.id()).await?.0)
    }

    async fn live(&self, session: SessionId, holder: UserId) -> Result<(Actor, User)> {
        let found = self.context.ports.store.queries().session(session).await?;
        let (session, user) = found.ok_or(AuthFailure::SessionRevoked)?;
        if session.user != holder {
            return Err(AuthFailure::BadToken.into());
        }
        if user.disabled {
            return Err(AuthFailure::AccountDisabled.into());
        }
        if !session.is_live(self.context.now()) {
            return Err(AuthFailure::SessionRevoked.into());
        }
        let actor = Actor { user: user.to_ref(), session: session.id, is_admin: user.is_admin };
        Ok((actor, user))
    }
}
