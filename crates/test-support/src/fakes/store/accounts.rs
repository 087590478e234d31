//! Users and sessions.

use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{InsertedUser, SessionRepository, StoreError, StoreResult, UserRepository};
use hallway_domain::{
    Email, NewUser, PasswordHash, RefreshToken, Session, SessionId, Timestamp, TokenId, User, UserId, UserKey, Username,
};

use super::FakeUnit;

impl FakeUnit {
    fn address_is_taken(&self, email: Option<&Email>, by_other_than: Option<UserId>) -> bool {
        let mut others = self.state.users.values().map(|(user, _)| user);
        email.is_some() && others.any(|user| user.email.as_ref() == email && Some(user.id) != by_other_than)
    }
}

#[async_trait]
impl UserRepository for FakeUnit {
    async fn any(&mut self) -> StoreResult<bool> {
        Ok(!self.state.users.is_empty())
    }

    async fn insert(&mut self, new: NewUser) -> StoreResult<InsertedUser> {
        if UserRepository::find_by_username(self, &new.username).await?.is_some() {
            return Ok(InsertedUser::UsernameTaken);
        }
        if self.address_is_taken(new.email.as_ref(), None) {
            return Ok(InsertedUser::EmailTaken);
        }
        let NewUser { username, email, full_name, password_hash, is_admin, created_at } = new;
        let id = UserId(self.state.next_id());
        let user = User { id, username, email, full_name, disabled: false, is_admin, created_at };
        Arc::make_mut(&mut self.state.users).insert(id, (user.clone(), password_hash));
        Ok(InsertedUser::Created(user))
    }

    async fn find(&mut self, id: UserId) -> StoreResult<Option<User>> {
        Ok(self.state.user(id))
    }

    async fn find_by_username(&mut self, username: &Username) -> StoreResult<Option<User>> {
        Ok(self.state.users.values().map(|(user, _)| user).find(|user| user.username == *username).cloned())
    }

    async fn find_many(&mut self, users: &[UserKey]) -> StoreResult<Vec<User>> {
        let all = self.state.users.values().map(|(user, _)| user);
        Ok(all.filter(|user| users.iter().any(|key| key.names(user))).cloned().collect())
    }

    async fn set_password(&mut self, id: UserId, hash: &PasswordHash) -> StoreResult<()> {
        if let Some((_, stored)) = Arc::make_mut(&mut self.state.users).get_mut(&id) {
            stored.clone_from(hash);
        }
        Ok(())
    }

    async fn update(&mut self, user: &User) -> StoreResult<bool> {
        if self.address_is_taken(user.email.as_ref(), Some(user.id)) {
            return Ok(false);
        }
        if let Some((stored, _)) = Arc::make_mut(&mut self.state.users).get_mut(&user.id) {
            let (username, created_at) = (stored.username.clone(), stored.created_at);
            *stored = User { username, created_at, ..user.clone() };
        }
        Ok(true)
    }
}

#[async_trait]
impl SessionRepository for FakeUnit {
    async fn insert(&mut self, session: &Session) -> StoreResult<()> {
        Arc::make_mut(&mut self.state.sessions).insert(session.id, session.clone());
        Ok(())
    }

    async fn find(&mut self, id: SessionId) -> StoreResult<Option<Session>> {
        Ok(self.state.sessions.get(&id).cloned())
    }

    async fn live(&mut self, sessions: &[SessionId], now: Timestamp) -> StoreResult<Vec<SessionId>> {
        let is_live = |id: &&SessionId| {
            let session = self.state.sessions.get(id).filter(|session| session.is_live(now));
            let user = session.and_then(|session| self.state.user(session.user));
            user.is_some_and(|user| !user.disabled)
        };
        let wanted: std::collections::BTreeSet<_> = sessions.iter().collect();
        Ok(wanted.into_iter().filter(is_live).copied().collect())
    }

    async fn touch(&mut self, id: SessionId, used_at: Timestamp, expires_at: Timestamp) -> StoreResult<()> {
        if let Some(session) = Arc::make_mut(&mut self.state.sessions).get_mut(&id) {
            (session.last_used_at, session.expires_at) = (used_at, expires_at);
        }
        Ok(())
    }

    async fn revoke(&mut self, id: SessionId, at: Timestamp) -> StoreResult<bool> {
        let session = Arc::make_mut(&mut self.state.sessions).get_mut(&id);
        let Some(session) = session.filter(|session| session.revoked_at.is_none()) else { return Ok(false) };
        session.revoked_at = Some(at);
        Ok(true)
    }

    async fn revoke_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        at: Timestamp,
    ) -> StoreResult<Vec<SessionId>> {
        let mut revoked = Vec::new();
        for session in Arc::make_mut(&mut self.state.sessions).values_mut() {
            if session.user == user && Some(session.id) != except && session.is_live(at) {
                session.revoked_at = Some(at);
                revoked.push(session.id);
            }
        }
        Ok(revoked)
    }

    async fn insert_refresh(&mut self, token: &RefreshToken) -> StoreResult<()> {
        let refresh = Arc::make_mut(&mut self.state.refresh);
        if refresh.values().any(|other| other.hash == token.hash) {
            return Err(StoreError::Internal("two refresh tokens with one hash".to_owned()));
        }
        refresh.insert(token.id, token.clone());
        Ok(())
    }

    async fn find_refresh(&mut self, id: TokenId) -> StoreResult<Option<RefreshToken>> {
        Ok(self.state.refresh.get(&id).cloned())
    }

    async fn successor(&mut self, parent: TokenId) -> StoreResult<Option<RefreshToken>> {
        Ok(self.state.refresh.values().find(|token| token.parent == Some(parent)).cloned())
    }

    async fn claim_refresh(&mut self, id: TokenId, at: Timestamp) -> StoreResult<bool> {
        let token = Arc::make_mut(&mut self.state.refresh).get_mut(&id);
        let Some(token) = token.filter(|token| token.used_at.is_none()) else { return Ok(false) };
        token.used_at = Some(at);
        Ok(true)
    }
}
