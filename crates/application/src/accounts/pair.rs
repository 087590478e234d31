//! Making the two tokens of a session.

use hallway_domain::ports::{AccessClaims, Grant, RefreshClaims};
use hallway_domain::{RefreshToken, SessionId, Timestamp, TokenId, User};
use time::Duration;

use super::{Accounts, TokenPair};

/// Tokens tell time in whole seconds.
fn whole_second(at: Timestamp) -> Timestamp {
    at - Duration::nanoseconds(i64::from(at.nanosecond()))
}

/// What the refresh token says, from what is stored of it: signing that again gives the very same token.
fn claims(token: &RefreshToken, user: &User) -> RefreshClaims {
    RefreshClaims {
        user: user.id,
        username: user.username.clone(),
        session: token.session,
        grant: Grant::Pair,
        id: token.id,
        issued_at: whole_second(token.created_at),
        expires_at: whole_second(token.expires_at),
    }
}

impl Accounts<'_> {
    /// The next refresh token of a session, and what to store of it.
    pub(super) fn new_refresh(
        &self,
        user: &User,
        session: SessionId,
        parent: Option<TokenId>,
        now: Timestamp,
    ) -> RefreshToken {
        let mut token = RefreshToken {
            id: self.context.ports.ids.token(),
            session,
            parent,
            hash: [0; 32],
            created_at: now,
            expires_at: whole_second(now) + self.context.settings.refresh_lifetime,
            used_at: None,
        };
        let tokens = &self.context.ports.tokens;
        token.hash = tokens.fingerprint(&tokens.sign_refresh(&claims(&token, user)));
        token
    }

    /// A stored refresh token in clear again, and a new access token beside it.
    pub(super) fn pair(&self, user: &User, refresh: &RefreshToken, now: Timestamp) -> TokenPair {
        let (access, access_expires_at) = self.access(user, refresh.session, Grant::Pair, now);
        TokenPair {
            access,
            refresh: self.context.ports.tokens.sign_refresh(&claims(refresh, user)),
            session: refresh.session,
            access_expires_at,
        }
    }

    /// An access token and when it ends.
    pub(super) fn access(&self, user: &User, session: SessionId, grant: Grant, now: Timestamp) -> (String, Timestamp) {
        let (ports, settings) = (&self.context.ports, &self.context.settings);
        let lifetime = match grant {
            Grant::Pair => settings.access_lifetime,
            Grant::Single => settings.single_lifetime,
        };
        let access = AccessClaims {
            user: user.id,
            username: user.username.clone(),
            session,
            grant,
            id: ports.ids.token(),
            issued_at: whole_second(now),
            expires_at: whole_second(now) + lifetime,
        };
        (ports.tokens.sign_access(&access), access.expires_at)
    }
}
