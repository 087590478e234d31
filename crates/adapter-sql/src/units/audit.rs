use async_trait::async_trait;
use hallway_domain::ports::{AuditEntry, AuditRepository, StoreResult};

use super::SqlUnit;
use crate::convert::micros;
use crate::entities::audit_log::{Column, Entity};
use crate::statement::insert_one;

#[async_trait]
impl AuditRepository for SqlUnit {
    async fn append(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        let insert = insert_one::<Entity, _>([
            (Column::RoomId, entry.room.map(|id| id.0).into()),
            (Column::ActorId, entry.actor.map(|id| id.0).into()),
            (Column::TargetId, entry.target.map(|id| id.0).into()),
            (Column::Action, entry.action.into()),
            (Column::Reason, entry.reason.clone().into()),
            (Column::CreatedAt, micros(entry.at).into()),
        ]);
        self.execute(&insert).await.map(drop)
    }
}
