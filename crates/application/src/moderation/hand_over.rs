//! Giving a room into other hands.

use hallway_domain::policy::{self, HandOver, Scope};
use hallway_domain::ports::{AuditEntry, MemberView};
use hallway_domain::{Actor, Fact, MemberChange, Revocation, Role, RoomId, Standing, UserId};

use super::{Case, Moderation, crown, view};
use crate::unit::{self, Attempt, audit};
use crate::{Missing, Result};

impl Moderation<'_> {
    /// Makes a member the owner in the caller's place, who stays as a moderator. A room is never without an owner: this
    /// is one step.
    pub async fn hand_over(&self, actor: &Actor, room: RoomId, target: UserId) -> Result<MemberView> {
        unit::run(|| self.transfer(actor, room, target)).await
    }

    async fn transfer(&self, actor: &Actor, room: RoomId, target: UserId) -> Attempt<MemberView> {
        let Case { mut unit, mut room, own, target: user, mut standing, now } =
            Case::open(self.context, actor, room, target).await?;
        policy::authorize(actor, HandOver { target }, Scope { room: &room, standing: &own })?;
        let user = user.filter(|user| !user.disabled);
        let (Some(user), Some(membership)) = (user, standing.membership.as_mut()) else {
            return Err(Missing::Member.into());
        };
        if membership.role != Role::Owner {
            membership.role = Role::Owner;
            crown(&mut unit, &mut room, &user.to_ref(), now).await?;
            if standing.ban.is_some() {
                unit.revoke(Revocation::Granted { room: room.id, user: target });
            }
            standing = Standing { membership: standing.membership, mute: None, ban: None };
        }
        unit.work.memberships().set_role(room.id, actor.id(), Role::Moderator).await?;
        let stepped = MemberChange { role: Some(Role::Moderator), ..MemberChange::new(actor.user.clone()) };
        unit.record(&mut room, now, Fact::MemberUpdated(stepped));
        let entry = AuditEntry {
            room: Some(room.id),
            actor: Some(actor.id()),
            target: Some(target),
            ..audit("hand_over", now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(view(&user, standing))
    }
}
