use std::collections::HashSet;

use async_trait::async_trait;
use hallway_domain::ports::{AccountRepository, Erased, StoreResult};
use hallway_domain::{DirectKey, RoomId, SecondFactor, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use super::SqlUnit;
use crate::batch::{capacity, one_of, one_of_ids};
use crate::convert::micros;
use crate::entities::blocks::{Column, Entity};
use crate::entities::{erasures, users};
use crate::errors::failed;
use crate::statement::{all, insert_one};

#[async_trait]
impl AccountRepository for SqlUnit {
    async fn block(&mut self, user: UserId, blocked: UserId, at: Timestamp) -> StoreResult<bool> {
        let insert = insert_one::<Entity, _>([
            (Column::UserId, user.0.into()),
            (Column::BlockedId, blocked.0.into()),
            (Column::CreatedAt, micros(at).into()),
        ]);
        self.changed(&insert).await
    }

    async fn unblock(&mut self, user: UserId, blocked: UserId) -> StoreResult<bool> {
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Expr::col(Column::UserId).eq(user.0))
            .and_where(Expr::col(Column::BlockedId).eq(blocked.0))
            .take();
        self.changed(&delete).await
    }

    async fn unreachable(&mut self, keys: &[DirectKey]) -> StoreResult<Vec<DirectKey>> {
        let mut unreachable = Vec::new();
        for keys in keys.chunks(capacity(4)) {
            let both = keys.iter().map(|key| key.both());
            let pairs: Vec<(i64, i64)> =
                both.clone().flat_map(|(low, high)| [(low.0, high.0), (high.0, low.0)]).collect();
            let people: Vec<i64> = both.flat_map(|(low, high)| [low.0, high.0]).collect();
            let blocks = Query::select()
                .expr_as(Expr::col(("b", Column::UserId)), "user_id")
                .expr_as(Expr::col(("b", Column::BlockedId)), "blocked_id")
                .from_as(Entity, "b")
                .and_where(one_of([Column::UserId, Column::BlockedId].map(|column| Expr::col(("b", column))), &pairs))
                .take();
            let blocks = all(&self.transaction, &blocks, |row| {
                let id = |column| row.try_get::<i64>("", column).map(UserId).map_err(failed);
                Ok(DirectKey::new(id("user_id")?, id("blocked_id")?))
            });
            let blocks: HashSet<DirectKey> = blocks.await?.into_iter().collect();
            let disabled = Query::select()
                .expr_as(Expr::col(("u", users::Column::Id)), "id")
                .from_as(users::Entity, "u")
                .and_where(one_of_ids(Expr::col(("u", users::Column::Id)), &people))
                .and_where(Expr::col(("u", users::Column::Disabled)).eq(true))
                .take();
            let id = |row: &sea_orm::QueryResult| row.try_get::<i64>("", "id").map(UserId).map_err(failed);
            let disabled: HashSet<UserId> = all(&self.transaction, &disabled, id).await?.into_iter().collect();
            let is_unreachable =
                |key: &&DirectKey| blocks.contains(*key) || key.members().any(|user| disabled.contains(&user));
            unreachable.extend(keys.iter().filter(is_unreachable).copied());
        }
        Ok(unreachable)
    }

    async fn second_factor(&mut self, user: UserId) -> StoreResult<Option<SecondFactor>> {
        self.find_second_factor(user).await
    }

    async fn set_second_factor(&mut self, factor: &SecondFactor) -> StoreResult<()> {
        self.replace_second_factor(factor).await
    }

    async fn use_step(&mut self, user: UserId, step: i64) -> StoreResult<bool> {
        self.advance(user, step).await
    }

    async fn remove_second_factor(&mut self, user: UserId) -> StoreResult<bool> {
        self.replace_codes(user, &[]).await?;
        self.drop_second_factor(user).await
    }

    async fn set_recovery_codes(&mut self, user: UserId, hashes: &[[u8; 32]]) -> StoreResult<()> {
        self.replace_codes(user, hashes).await
    }

    async fn use_recovery_code(&mut self, user: UserId, hash: &[u8; 32]) -> StoreResult<bool> {
        self.take_code(user, hash).await
    }

    async fn recovery_codes(&mut self, user: UserId) -> StoreResult<u64> {
        self.count_codes(user).await
    }

    async fn begin_erasure(&mut self, user: UserId, at: Timestamp) -> StoreResult<()> {
        let insert = insert_one::<erasures::Entity, _>([
            (erasures::Column::UserId, user.0.into()),
            (erasures::Column::RequestedAt, micros(at).into()),
        ]);
        self.execute(&insert).await.map(drop)
    }

    async fn erase_messages(
        &mut self,
        room: RoomId,
        user: UserId,
        at: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<Erased>> {
        self.make_nobodys(room, user, at, limit).await
    }

    async fn erase(&mut self, user: UserId) -> StoreResult<()> {
        self.forget_user(user).await
    }
}
