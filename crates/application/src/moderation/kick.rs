//! Ending another's membership.

use hallway_domain::policy::{self, Kick, Scope};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, Fact, Revocation, RoomId, RoomLoss, UserId};

use super::{Case, Moderation, reason};
use crate::unit::{self, Attempt, audit};
use crate::{Missing, Result};

impl Moderation<'_> {
    /// Takes the membership, and with it the room from the target's connections on every node. Into a public room they
    /// may come back; that is what bans are for. Repeating it is fine.
    pub async fn kick(&self, actor: &Actor, room: RoomId, target: UserId, reason: Option<String>) -> Result<()> {
        let reason = reason::checked(reason)?;
        unit::run(|| self.put_out(actor, room, (target, reason.as_deref()))).await
    }

    async fn put_out(&self, actor: &Actor, room: RoomId, (target, reason): (UserId, Option<&str>)) -> Attempt<()> {
        let Case { mut unit, mut room, own, target: user, standing, now } =
            Case::open(self.context, actor, room, target).await?;
        let action = Kick { target, target_role: standing.role() };
        policy::authorize(actor, action, Scope { room: &room, standing: &own })?;
        let user = user.ok_or(Missing::Member)?;
        if !unit.work.memberships().delete(room.id, target).await? {
            return Ok(());
        }
        let seq = unit.record(&mut room, now, Fact::MemberLeft { user: user.to_ref(), kicked: true });
        unit.revoke(Revocation::Membership { room: room.id, user: target, why: RoomLoss::Kicked, seq });
        let entry = AuditEntry {
            room: Some(room.id),
            actor: Some(actor.id()),
            target: Some(target),
            reason: reason.map(str::to_owned),
            ..audit("kick", now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await
    }
}
