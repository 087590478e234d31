use std::collections::BTreeMap;

use async_trait::async_trait;
use hallway_domain::ports::{AuditEntry, AuditRepository, StoreError, StoreResult};

use super::SqlUnit;
use crate::convert::micros;
use crate::entities::audit_log::{Column, Entity};
use crate::statement::insert_one;

/// As one column keeps them.
fn details(details: &[(&'static str, String)]) -> StoreResult<Option<String>> {
    if details.is_empty() {
        return Ok(None);
    }
    let details: BTreeMap<&str, &str> = details.iter().map(|(key, value)| (*key, value.as_str())).collect();
    serde_json::to_string(&details).map(Some).map_err(|error| StoreError::Internal(error.to_string()))
}

#[async_trait]
impl AuditRepository for SqlUnit {
    async fn append(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        let insert = insert_one::<Entity, _>([
            (Column::RoomId, entry.room.map(|id| id.0).into()),
            (Column::ActorId, entry.actor.map(|id| id.0).into()),
            (Column::TargetId, entry.target.map(|id| id.0).into()),
            (Column::Action, entry.action.into()),
            (Column::Reason, entry.reason.clone().into()),
            (Column::Details, details(&entry.details)?.into()),
            (Column::CreatedAt, micros(entry.at).into()),
        ]);
        self.execute(&insert).await.map(drop)
    }
}
