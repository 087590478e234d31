use async_trait::async_trait;
use hallway_domain::ports::{SessionRepository, StoreError, StoreResult};
use hallway_domain::{RefreshToken, Session, SessionId, Timestamp, TokenId, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait};

use super::SqlUnit;
use crate::convert::{self, micros, micros_if};
use crate::entities::refresh_tokens::{self, Column as Token};
use crate::entities::sessions::{Column, Entity};
use crate::errors::failed;
use crate::queries::sessions::live;
use crate::statement::{insert_one, model, one, select, update};

#[async_trait]
impl SessionRepository for SqlUnit {
    async fn insert(&mut self, session: &Session) -> StoreResult<()> {
        let insert = insert_one::<Entity, _>([
            (Column::Id, session.id.0.into()),
            (Column::UserId, session.user.0.into()),
            (Column::UserAgent, session.user_agent.clone().into()),
            (Column::Ip, session.ip.clone().into()),
            (Column::CreatedAt, micros(session.created_at).into()),
            (Column::LastUsedAt, micros(session.last_used_at).into()),
            (Column::ExpiresAt, micros(session.expires_at).into()),
            (Column::RevokedAt, micros_if(session.revoked_at).into()),
        ]);
        new(self.changed(&insert).await?, "a session of this id exists")
    }

    async fn find(&mut self, id: SessionId) -> StoreResult<Option<Session>> {
        let mut select = select::<Entity>("s");
        select.and_where(Expr::col(("s", Column::Id)).eq(id.0));
        one(&self.transaction, &select, |row| convert::session(model(row, "s")?)).await
    }

    async fn live(&mut self, sessions: &[SessionId], now: Timestamp) -> StoreResult<Vec<SessionId>> {
        live(&self.transaction, sessions, now).await
    }

    async fn touch(&mut self, id: SessionId, used_at: Timestamp, expires_at: Timestamp) -> StoreResult<()> {
        let mut update = update::<Entity, _>([
            (Column::LastUsedAt, micros(used_at).into()),
            (Column::ExpiresAt, micros(expires_at).into()),
        ]);
        self.execute(update.and_where(Expr::col(Column::Id).eq(id.0))).await.map(drop)
    }

    async fn revoke(&mut self, id: SessionId, at: Timestamp) -> StoreResult<bool> {
        let mut update = update::<Entity, _>([(Column::RevokedAt, micros(at).into())]);
        update.and_where(Expr::col(Column::Id).eq(id.0)).and_where(Expr::col(Column::RevokedAt).is_null());
        self.changed(&update).await
    }

    async fn revoke_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        at: Timestamp,
    ) -> StoreResult<Vec<SessionId>> {
        let mut update = update::<Entity, _>([(Column::RevokedAt, micros(at).into())]);
        update
            .and_where(Expr::col(Column::UserId).eq(user.0))
            .and_where(Expr::col(Column::RevokedAt).is_null())
            .and_where(Expr::col(Column::ExpiresAt).gt(micros(at)))
            .returning_col(Column::Id);
        if let Some(except) = except {
            update.and_where(Expr::col(Column::Id).ne(except.0));
        }
        let rows = self.transaction.query_all(&update).await.map_err(failed)?;
        rows.iter().map(|row| Ok(SessionId(row.try_get("", "id").map_err(failed)?))).collect()
    }

    async fn insert_refresh(&mut self, token: &RefreshToken) -> StoreResult<()> {
        let insert = insert_one::<refresh_tokens::Entity, _>([
            (Token::Id, token.id.0.into()),
            (Token::SessionId, token.session.0.into()),
            (Token::ParentId, token.parent.map(|parent| parent.0).into()),
            (Token::TokenHash, token.hash.to_vec().into()),
            (Token::CreatedAt, micros(token.created_at).into()),
            (Token::ExpiresAt, micros(token.expires_at).into()),
            (Token::UsedAt, micros_if(token.used_at).into()),
        ]);
        new(self.changed(&insert).await?, "the refresh token, or another successor of its parent, exists")
    }

    async fn find_refresh(&mut self, id: TokenId) -> StoreResult<Option<RefreshToken>> {
        self.refresh_where(Expr::col(("t", Token::Id)).eq(id.0)).await
    }

    async fn successor(&mut self, parent: TokenId) -> StoreResult<Option<RefreshToken>> {
        self.refresh_where(Expr::col(("t", Token::ParentId)).eq(parent.0)).await
    }

    async fn claim_refresh(&mut self, id: TokenId, at: Timestamp) -> StoreResult<bool> {
        let mut update = update::<refresh_tokens::Entity, _>([(Token::UsedAt, micros(at).into())]);
        update.and_where(Expr::col(Token::Id).eq(id.0)).and_where(Expr::col(Token::UsedAt).is_null());
        self.changed(&update).await
    }
}

impl SqlUnit {
    async fn refresh_where(&self, condition: Expr) -> StoreResult<Option<RefreshToken>> {
        let mut select = select::<refresh_tokens::Entity>("t");
        select.and_where(condition);
        one(&self.transaction, &select, |row| convert::refresh_token(model(row, "t")?)).await
    }
}

fn new(inserted: bool, problem: &str) -> StoreResult<()> {
    if inserted { Ok(()) } else { Err(StoreError::Conflict(problem.to_owned())) }
}
