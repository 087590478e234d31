//! Becoming a member.

use hallway_domain::policy::{self, Join, Scope};
use hallway_domain::{Actor, Fact, Membership, Revocation, Role, Room, RoomId, Timestamp, UserRef};

use super::{Entry, Rooms, join_key, membership};
use crate::Result;
use crate::moderation::crown;
use crate::review::admit;
use crate::unit::{self, Attempt, Unit};

impl Rooms<'_> {
    /// Makes the caller a member of a public room. Repeating it is fine, also in a room that was made private since.
    pub async fn join(&self, actor: &Actor, room: RoomId) -> Result<Entry> {
        self.context.throttle(|rates| rates.join, || join_key(actor.id())).await?;
        unit::run(|| self.enter(actor, room)).await
    }

    async fn enter(&self, actor: &Actor, room: RoomId) -> Attempt<Entry> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        policy::authorize(actor, Join, Scope { room: &room, standing: &standing })?;
        if let Some(membership) = standing.membership {
            return Ok(Entry { room, membership, new: false });
        }
        let membership = take_in(&mut unit, &mut room, &actor.user, now).await?;
        unit.commit().await?;
        Ok(Entry { room, membership, new: true })
    }
}

/// Makes the user a member of the locked room, and its owner where there is nobody to lead it.
pub(super) async fn take_in(
    unit: &mut Unit<'_>,
    room: &mut Room,
    user: &UserRef,
    now: Timestamp,
) -> Attempt<Membership> {
    let abandoned = unit.work.memberships().heir(room.id, user.id, now).await?.is_none();
    if !abandoned {
        admit(unit, room, user.id, now).await?;
    }
    let mut membership = membership(room, user.id, Role::Member, now);
    unit.work.memberships().insert(&membership).await?;
    unit.record(room, now, Fact::MemberJoined { user: user.clone() });
    if abandoned {
        crown(unit, room, user, now).await?;
        membership.role = Role::Owner;
    }
    unit.revoke(Revocation::Granted { room: room.id, user: user.id });
    Ok(membership)
}
