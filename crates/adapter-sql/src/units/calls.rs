use async_trait::async_trait;
use hallway_domain::call::{Call, CallId};
use hallway_domain::ports::{CallRepository, StoreResult, StoredCall};
use hallway_domain::{DirectKey, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, Order, Query, SelectStatement};

use super::SqlUnit;
use crate::convert::{call_row, micros, stored_call};
use crate::entities::call_slots;
use crate::entities::calls::{Column, Entity, Model};
use crate::errors::failed;
use crate::statement::{insert_one, model, one, select, update};

/// The columns that change.
fn changing(row: Model) -> [(Column, sea_orm::Value); 17] {
    [
        (Column::Status, row.status.into()),
        (Column::Reason, row.reason.into()),
        (Column::EndedBy, row.ended_by.into()),
        (Column::CallerDevice, row.caller_device.into()),
        (Column::CalleeDevice, row.callee_device.into()),
        (Column::Rung, row.rung.into()),
        (Column::Busy, row.busy.into()),
        (Column::Excused, row.excused.into()),
        (Column::Epoch, row.epoch.into()),
        (Column::Version, row.version.into()),
        (Column::RingsUntil, row.rings_until.into()),
        (Column::AcceptedAt, row.accepted_at.into()),
        (Column::ConnectedAt, row.connected_at.into()),
        (Column::CallerLost, row.caller_lost.into()),
        (Column::CalleeLost, row.callee_lost.into()),
        (Column::EndedAt, row.ended_at.into()),
        (Column::DeadlineAt, row.deadline_at.into()),
    ]
}

fn live() -> SelectStatement {
    select::<Entity>("c").and_where(Expr::col(("c", Column::EndedAt)).is_null()).take()
}

impl SqlUnit {
    async fn read_call(
        &self,
        mut select: SelectStatement,
        behavior: Option<LockBehavior>,
    ) -> StoreResult<Option<StoredCall>> {
        match behavior {
            Some(behavior) => select.lock_with_tables_behavior(LockType::Update, ["c"], behavior),
            None => select.lock_with_tables(LockType::Update, ["c"]),
        };
        one(&self.transaction, &select, |row| stored_call(model(row, "c")?)).await
    }
}

#[async_trait]
impl CallRepository for SqlUnit {
    async fn insert(&mut self, call: &Call) -> StoreResult<bool> {
        let row = call_row(call, 0);
        let fixed = [
            (Column::Id, row.id.clone().into()),
            (Column::RoomId, row.room_id.into()),
            (Column::CallerId, row.caller_id.into()),
            (Column::CalleeId, row.callee_id.into()),
            (Column::Pair, row.pair.clone().into()),
            (Column::Audio, row.audio.into()),
            (Column::Video, row.video.into()),
            (Column::CreatedAt, row.created_at.into()),
        ];
        let mut changing = changing(row).into_iter();
        let mut fixed = fixed.into_iter();
        let insert = insert_one::<Entity, 25>(std::array::from_fn(|_| {
            fixed.next().or_else(|| changing.next()).unwrap_or((Column::Version, 0_i64.into()))
        }));
        self.changed(&insert).await
    }

    async fn lock(&mut self, id: &CallId) -> StoreResult<Option<StoredCall>> {
        let by_id = select::<Entity>("c").and_where(Expr::col(("c", Column::Id)).eq(id.as_str())).take();
        self.read_call(by_id, None).await
    }

    async fn lock_live(&mut self, pair: DirectKey) -> StoreResult<Option<StoredCall>> {
        let of_pair = live().and_where(Expr::col(("c", Column::Pair)).eq(pair.to_string())).take();
        self.read_call(of_pair, None).await
    }

    async fn lock_due(&mut self, now: Timestamp) -> StoreResult<Option<StoredCall>> {
        let due = live()
            .and_where(Expr::col(("c", Column::DeadlineAt)).lte(micros(now)))
            .order_by(("c", Column::DeadlineAt), Order::Asc)
            .limit(1)
            .take();
        self.read_call(due, Some(LockBehavior::SkipLocked)).await
    }

    async fn update(&mut self, stored: &StoredCall) -> StoreResult<bool> {
        let mut update = update::<Entity, 17>(changing(call_row(&stored.call, stored.version + 1)));
        update
            .and_where(Expr::col(Column::Id).eq(stored.call.id.as_str()))
            .and_where(Expr::col(Column::Version).eq(stored.version));
        self.changed(&update).await
    }

    async fn take_slot(&mut self, user: UserId, call: &CallId) -> StoreResult<bool> {
        let insert = insert_one::<call_slots::Entity, 2>([
            (call_slots::Column::UserId, user.0.into()),
            (call_slots::Column::CallId, call.as_str().into()),
        ]);
        Ok(self.changed(&insert).await? || self.slot(user).await?.as_ref() == Some(call))
    }

    async fn slot(&mut self, user: UserId) -> StoreResult<Option<CallId>> {
        let select = Query::select()
            .column(call_slots::Column::CallId)
            .from(call_slots::Entity)
            .and_where(Expr::col(call_slots::Column::UserId).eq(user.0))
            .take();
        one(&self.transaction, &select, |row| Ok(CallId::from_stored(row.try_get("", "call_id").map_err(failed)?)))
            .await
    }

    async fn free_slots(&mut self, call: &CallId) -> StoreResult<()> {
        let delete = Query::delete()
            .from_table(call_slots::Entity)
            .and_where(Expr::col(call_slots::Column::CallId).eq(call.as_str()))
            .take();
        self.execute(&delete).await.map(drop)
    }
}
