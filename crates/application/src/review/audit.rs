//! Reading the audit log.

use hallway_domain::ports::{AuditFilter, AuditLine};
use hallway_domain::{Actor, AuditId, RoomId, policy};

use super::Review;
use crate::Result;

impl Review<'_> {
    /// What was done in the room, the newest first. For its moderators.
    pub async fn room_audit(
        &self,
        actor: &Actor,
        room: RoomId,
        filter: AuditFilter,
        (before, limit): (Option<AuditId>, u32),
    ) -> Result<Vec<AuditLine>> {
        let (_, room, _) = self.context.permit(actor, policy::Review, room).await?;
        let filter = AuditFilter { room: Some(room.id), ..filter };
        Ok(self.context.ports.store.review_queries().audit(&filter, before, limit).await?)
    }

    /// What was done on the server, the newest first. For administrators.
    pub async fn server_audit(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
        (before, limit): (Option<AuditId>, u32),
    ) -> Result<Vec<AuditLine>> {
        self.administer(actor).await?;
        Ok(self.context.ports.store.review_queries().audit(filter, before, limit).await?)
    }
}
