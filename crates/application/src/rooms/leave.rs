//! Ending a membership.

use hallway_domain::policy::{self, Leave, Read, Scope};
use hallway_domain::{Actor, Fact, Revocation, Role, RoomId, RoomKind, RoomLoss};

use super::Rooms;
use super::delete::discard;
use crate::moderation::crown;
use crate::unit::{self, Attempt, Unit};
use crate::{Missing, Result};

impl Rooms<'_> {
    /// Ends the caller's membership. When the last owner goes, the member of the highest role and then of the
    /// longest standing takes over; a private room that nobody is left in is deleted.
    pub async fn leave(&self, actor: &Actor, room: RoomId) -> Result<()> {
        unit::run(|| self.exit(actor, room)).await
    }

    async fn exit(&self, actor: &Actor, room: RoomId) -> Attempt<()> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        let scope = Scope { room: &room, standing: &standing };
        if standing.membership.is_none() {
            // Who may not see the room must not learn from this that it exists.
            policy::authorize(actor, Read, scope)?;
            return Err(Missing::Membership.into());
        }
        policy::authorize(actor, Leave, scope)?;

        unit.work.memberships().delete(room.id, actor.id()).await?;
        let heir = unit.work.memberships().heir(room.id, actor.id(), now).await?;
        if heir.is_none() && room.kind == RoomKind::Private {
            discard(&mut unit, actor, &room, now).await?;
            return unit.commit().await;
        }
        let left = Fact::MemberLeft { user: actor.user.clone(), kicked: false };
        let seq = unit.record(&mut room, now, left);
        unit.revoke(Revocation::Membership { room: room.id, user: actor.id(), why: RoomLoss::Left, seq });
        let orphaned = standing.role() == Some(Role::Owner) && unit.work.memberships().owners(room.id).await? == 0;
        if let Some(heir) = heir.filter(|_| orphaned)
            && let Some(user) = unit.work.users().find(heir.user).await?
        {
            crown(&mut unit, &mut room, &user.to_ref(), now).await?;
        }
        unit.commit().await
    }
}
