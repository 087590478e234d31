use async_trait::async_trait;
use hallway_domain::ports::{InviteRepository, StoreError, StoreResult};
use hallway_domain::{Invite, InviteId, NewInvite, RoomId, Timestamp};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, Query};

use super::SqlUnit;
use crate::convert::{micros, micros_if};
use crate::entities::invites::{Column, Entity};
use crate::errors::failed;
use crate::queries::invites::{by_hash, live};
use crate::statement::{count, insert_one, update};

#[async_trait]
impl InviteRepository for SqlUnit {
    async fn insert(&mut self, new: NewInvite) -> StoreResult<Invite> {
        let most = new.max_uses.map(|most| i32::try_from(most).unwrap_or(i32::MAX));
        let mut insert = insert_one::<Entity, _>([
            (Column::RoomId, new.room.0.into()),
            (Column::CodeHash, new.hash.to_vec().into()),
            (Column::CreatedBy, Some(new.created_by.0).into()),
            (Column::CreatedAt, micros(new.created_at).into()),
            (Column::ExpiresAt, micros_if(new.expires_at).into()),
            (Column::MaxUses, most.into()),
            (Column::Uses, 0_i32.into()),
        ]);
        insert.returning_col(Column::Id);
        let row = self.transaction.query_one(&insert).await.map_err(failed)?;
        let row = row.ok_or_else(|| StoreError::Internal("an invitation was not stored".to_owned()))?;
        Ok(Invite {
            id: InviteId(row.try_get("", "id").map_err(failed)?),
            room: new.room,
            created_by: Some(new.created_by),
            created_at: new.created_at,
            expires_at: new.expires_at,
            max_uses: new.max_uses,
            uses: 0,
            revoked_at: None,
        })
    }

    async fn find(&mut self, hash: &[u8; 32]) -> StoreResult<Option<Invite>> {
        by_hash(&self.transaction, hash).await
    }

    async fn use_once(&mut self, id: InviteId, now: Timestamp) -> StoreResult<bool> {
        let mut update = Query::update();
        update
            .table(Entity)
            .value(Column::Uses, Expr::col(Column::Uses).add(1))
            .and_where(Expr::col(Column::Id).eq(id.0))
            .and_where(live("invites", now));
        self.changed(&update).await
    }

    async fn revoke(&mut self, room: RoomId, id: InviteId, at: Timestamp) -> StoreResult<bool> {
        let mut update = update::<Entity, _>([(Column::RevokedAt, micros(at).into())]);
        update
            .and_where(Expr::col(Column::Id).eq(id.0))
            .and_where(Expr::col(Column::RoomId).eq(room.0))
            .and_where(Expr::col(Column::RevokedAt).is_null());
        self.changed(&update).await
    }

    async fn live(&mut self, room: RoomId, now: Timestamp) -> StoreResult<u64> {
        let select = Query::select()
            .expr_as(Func::count(Expr::col(Asterisk)), "n")
            .from(Entity)
            .and_where(Expr::col(Column::RoomId).eq(room.0))
            .and_where(live("invites", now))
            .take();
        count(&self.transaction, &select).await
    }
}
