use async_trait::async_trait;
use hallway_domain::ports::{SanctionRepository, StoreError, StoreResult};
use hallway_domain::{NewSanction, RoomId, Sanction, SanctionId, SanctionKind, Timestamp, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, Order};

use super::SqlUnit;
use crate::batch::{capacity, one_of, one_of_ids};
use crate::convert::{self, micros, micros_if, sanction_kind};
use crate::entities::sanctions::{Column, Entity};
use crate::errors::failed;
use crate::queries::sanctions::in_force;
use crate::statement::{all, insert_one, model, select, update};

#[async_trait]
impl SanctionRepository for SqlUnit {
    async fn in_force(&mut self, pairs: &[(RoomId, UserId)], now: Timestamp) -> StoreResult<Vec<Sanction>> {
        let mut found = Vec::new();
        for pairs in pairs.chunks(capacity(2)) {
            let pair = [Expr::col(("x", Column::RoomId)), Expr::col(("x", Column::UserId))];
            let mut select = select::<Entity>("x");
            select
                .and_where(one_of(pair, &pairs.iter().map(|(room, user)| (room.0, user.0)).collect::<Vec<_>>()))
                .and_where(in_force("x", now))
                .order_by(("x", Column::Id), Order::Asc);
            found.extend(all(&self.transaction, &select, |row| convert::sanction(model(row, "x")?)).await?);
        }
        Ok(found)
    }

    async fn insert(&mut self, sanction: NewSanction) -> StoreResult<Sanction> {
        let mut insert = insert_one::<Entity, _>([
            (Column::RoomId, sanction.room.0.into()),
            (Column::UserId, sanction.user.0.into()),
            (Column::Kind, sanction_kind::word(sanction.kind).into()),
            (Column::Reason, sanction.reason.clone().into()),
            (Column::ById, Some(sanction.by.0).into()),
            (Column::CreatedAt, micros(sanction.created_at).into()),
            (Column::ExpiresAt, micros_if(sanction.expires_at).into()),
        ]);
        insert.returning_col(Column::Id);
        let row = self.transaction.query_one(&insert).await.map_err(failed)?;
        let row = row.ok_or_else(|| StoreError::Internal("a sanction was not stored".to_owned()))?;
        Ok(Sanction {
            id: SanctionId(row.try_get("", "id").map_err(failed)?),
            room: sanction.room,
            user: sanction.user,
            kind: sanction.kind,
            reason: sanction.reason,
            by: Some(sanction.by),
            created_at: sanction.created_at,
            expires_at: sanction.expires_at,
            lifted_at: None,
        })
    }

    async fn amend(&mut self, sanction: &Sanction) -> StoreResult<()> {
        let mut update = update::<Entity, _>([
            (Column::Reason, sanction.reason.clone().into()),
            (Column::ById, sanction.by.map(|id| id.0).into()),
            (Column::ExpiresAt, micros_if(sanction.expires_at).into()),
            // Whoever saw it end by another clock was early.
            (Column::NotedAt, None::<i64>.into()),
        ]);
        self.execute(update.and_where(Expr::col(Column::Id).eq(sanction.id.0))).await.map(drop)
    }

    async fn take_expired(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<Sanction>> {
        let limit = Ord::min(u64::from(limit), capacity(1) as u64);
        let mut select = select::<Entity>("x");
        select
            .and_where(Expr::col(("x", Column::ExpiresAt)).is_not_null())
            .and_where(Expr::col(("x", Column::ExpiresAt)).lte(micros(now)))
            .and_where(Expr::col(("x", Column::LiftedAt)).is_null())
            .and_where(Expr::col(("x", Column::NotedAt)).is_null())
            .order_by(("x", Column::ExpiresAt), Order::Asc)
            .order_by(("x", Column::Id), Order::Asc)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let ended = all(&self.transaction, &select, |row| convert::sanction(model(row, "x")?)).await?;
        if !ended.is_empty() {
            let ids: Vec<i64> = ended.iter().map(|sanction| sanction.id.0).collect();
            let mut update = update::<Entity, _>([(Column::NotedAt, micros(now).into())]);
            self.execute(update.and_where(one_of_ids(Expr::col(Column::Id), &ids))).await?;
        }
        Ok(ended)
    }

    async fn lift(&mut self, room: RoomId, user: UserId, kind: SanctionKind, at: Timestamp) -> StoreResult<bool> {
        let mut update = update::<Entity, _>([(Column::LiftedAt, micros(at).into())]);
        update
            .and_where(Expr::col(Column::RoomId).eq(room.0))
            .and_where(Expr::col(Column::UserId).eq(user.0))
            .and_where(Expr::col(Column::Kind).eq(sanction_kind::word(kind)))
            .and_where(in_force("sanctions", at));
        self.changed(&update).await
    }
}
