use async_trait::async_trait;
use hallway_domain::ports::{PinRepository, StoreResult};
use hallway_domain::{MessageId, RoomId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use super::SqlUnit;
use crate::convert::micros;
use crate::entities::pins::{Column, Entity};
use crate::queries::pins::total;
use crate::statement::{count, insert_one};

#[async_trait]
impl PinRepository for SqlUnit {
    async fn add(&mut self, room: RoomId, message: MessageId, by: UserId, at: Timestamp) -> StoreResult<bool> {
        let insert = insert_one::<Entity, _>([
            (Column::MessageId, message.0.into()),
            (Column::RoomId, room.0.into()),
            (Column::PinnedBy, Some(by.0).into()),
            (Column::PinnedAt, micros(at).into()),
        ]);
        self.changed(&insert).await
    }

    async fn remove(&mut self, message: MessageId) -> StoreResult<bool> {
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::MessageId).eq(message.0)).take();
        self.changed(&delete).await
    }

    async fn count(&mut self, room: RoomId) -> StoreResult<u64> {
        count(&self.transaction, &total(room)).await
    }
}
