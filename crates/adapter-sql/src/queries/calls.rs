use async_trait::async_trait;
use hallway_domain::call::{Call, CallId};
use hallway_domain::ports::{CallCursor, CallQueries, StoreResult};
use hallway_domain::{Timestamp, UserId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement, UnionType};

use super::SqlQueries;
use crate::convert::{micros, stored_call};
use crate::entities::calls::{Column, Entity};
use crate::statement::{all, model, one, select};

fn live() -> SelectStatement {
    select::<Entity>("c").and_where(Expr::col(("c", Column::EndedAt)).is_null()).take()
}

impl SqlQueries {
    async fn calls(&self, select: &SelectStatement) -> StoreResult<Vec<Call>> {
        all(&self.db, select, |row| Ok(stored_call(model(row, "c")?)?.call)).await
    }
}

/// Ended calls of one side, from one index. Each side is read for itself: no database uses two indexes in order.
fn ended(side: Column, user: UserId, before: Option<&CallCursor>, limit: u32) -> SelectStatement {
    let mut select = Query::select();
    select
        .columns([Column::Id, Column::CreatedAt])
        .from(Entity)
        .and_where(Expr::col(side).eq(user.0))
        .and_where(Expr::col(Column::EndedAt).is_not_null());
    if let Some(CallCursor { created_at, call }) = before {
        let at = micros(*created_at);
        let same = Expr::col(Column::CreatedAt).eq(at).and(Expr::col(Column::Id).lt(call.as_str()));
        select.cond_where(Condition::any().add(Expr::col(Column::CreatedAt).lt(at)).add(same));
    }
    select.order_by(Column::CreatedAt, Order::Desc).order_by(Column::Id, Order::Desc).limit(u64::from(limit)).take()
}

/// As a part of a union: SQLite takes an order only inside of a nested select.
fn nested(part: SelectStatement, alias: &'static str) -> SelectStatement {
    Query::select().column((alias, Column::Id)).from_subquery(part, alias).take()
}

#[async_trait]
impl CallQueries for SqlQueries {
    async fn call(&self, id: &CallId) -> StoreResult<Option<Call>> {
        let by_id = select::<Entity>("c").and_where(Expr::col(("c", Column::Id)).eq(id.as_str())).take();
        one(&self.db, &by_id, |row| Ok(stored_call(model(row, "c")?)?.call)).await
    }

    async fn live_calls_of(&self, user: UserId, limit: u32) -> StoreResult<Vec<Call>> {
        let own = Condition::any()
            .add(Expr::col(("c", Column::CallerId)).eq(user.0))
            .add(Expr::col(("c", Column::CalleeId)).eq(user.0));
        let mut select = live();
        select.cond_where(own).order_by(("c", Column::CreatedAt), Order::Desc).limit(u64::from(limit));
        self.calls(&select).await
    }

    async fn live_calls(&self, after: Option<&CallId>, limit: u32) -> StoreResult<Vec<Call>> {
        let mut select = live();
        if let Some(after) = after {
            select.and_where(Expr::col(("c", Column::Id)).gt(after.as_str()));
        }
        select.order_by(("c", Column::Id), Order::Asc).limit(u64::from(limit));
        self.calls(&select).await
    }

    async fn has_due_calls(&self, now: Timestamp) -> StoreResult<bool> {
        let due = Query::select()
            .expr_as(Expr::val(1), "n")
            .from(Entity)
            .and_where(Expr::col(Column::EndedAt).is_null())
            .and_where(Expr::col(Column::DeadlineAt).lte(micros(now)))
            .limit(1)
            .take();
        Ok(one(&self.db, &due, |_| Ok(())).await?.is_some())
    }

    async fn call_history(&self, user: UserId, before: Option<&CallCursor>, limit: u32) -> StoreResult<Vec<Call>> {
        let mut ids = nested(ended(Column::CallerId, user, before, limit), "a");
        ids.union(UnionType::All, nested(ended(Column::CalleeId, user, before, limit), "b"));
        let mut page = select::<Entity>("c");
        page.and_where(Expr::col(("c", Column::Id)).in_subquery(ids))
            .order_by(("c", Column::CreatedAt), Order::Desc)
            .order_by(("c", Column::Id), Order::Desc)
            .limit(u64::from(limit));
        self.calls(&page).await
    }
}
