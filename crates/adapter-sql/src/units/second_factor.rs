//! Codes of authenticators, and those that stand in for them.

use hallway_domain::ports::StoreResult;
use hallway_domain::{SecondFactor, UserId};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, Query};

use super::SqlUnit;
use crate::convert::{Row, micros_if};
use crate::entities::recovery_codes;
use crate::entities::second_factors::{Column, Entity, Model};
use crate::statement::{count, insert, insert_one, model, one, select, update};

impl SqlUnit {
    pub(super) async fn find_second_factor(&self, user: UserId) -> StoreResult<Option<SecondFactor>> {
        let mut select = select::<Entity>("f");
        select.and_where(Expr::col(("f", Column::UserId)).eq(user.0));
        one(&self.transaction, &select, |row| {
            let row: Model = model(row, "f")?;
            let confirmed_at = Row { table: "second_factors", id: &row.user_id }.moment_if(row.confirmed_at)?;
            Ok(SecondFactor { user, secret: row.secret, confirmed_at, last_step: row.last_step })
        })
        .await
    }

    pub(super) async fn replace_second_factor(&self, factor: &SecondFactor) -> StoreResult<()> {
        self.drop_second_factor(factor.user).await?;
        let insert = insert_one::<Entity, _>([
            (Column::UserId, factor.user.0.into()),
            (Column::Secret, factor.secret.clone().into()),
            (Column::ConfirmedAt, micros_if(factor.confirmed_at).into()),
            (Column::LastStep, factor.last_step.into()),
        ]);
        self.execute(&insert).await.map(drop)
    }

    pub(super) async fn advance(&self, user: UserId, step: i64) -> StoreResult<bool> {
        let mut update = update::<Entity, _>([(Column::LastStep, step.into())]);
        update.and_where(Expr::col(Column::UserId).eq(user.0)).and_where(Expr::col(Column::LastStep).lt(step));
        self.changed(&update).await
    }

    pub(super) async fn drop_second_factor(&self, user: UserId) -> StoreResult<bool> {
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::UserId).eq(user.0)).take();
        self.changed(&delete).await
    }

    pub(super) async fn replace_codes(&self, user: UserId, hashes: &[[u8; 32]]) -> StoreResult<()> {
        use recovery_codes::{Column, Entity};
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::UserId).eq(user.0)).take();
        self.execute(&delete).await?;
        if hashes.is_empty() {
            return Ok(());
        }
        let mut insert = insert::<Entity>(&[Column::UserId, Column::Hash]);
        for hash in hashes {
            insert.values_panic([Expr::val(user.0), Expr::val(hash.to_vec())]);
        }
        self.execute(&insert).await.map(drop)
    }

    pub(super) async fn take_code(&self, user: UserId, hash: &[u8; 32]) -> StoreResult<bool> {
        use recovery_codes::{Column, Entity};
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Expr::col(Column::UserId).eq(user.0))
            .and_where(Expr::col(Column::Hash).eq(hash.to_vec()))
            .take();
        self.changed(&delete).await
    }

    pub(super) async fn count_codes(&self, user: UserId) -> StoreResult<u64> {
        use recovery_codes::{Column, Entity};
        let select = Query::select()
            .expr_as(Func::count(Expr::col(Asterisk)), "n")
            .from(Entity)
            .and_where(Expr::col(Column::UserId).eq(user.0))
            .take();
        count(&self.transaction, &select).await
    }
}
