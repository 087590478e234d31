//! Giving a member another role.

use hallway_domain::policy::{self, Scope, SetRole};
use hallway_domain::ports::{AuditEntry, MemberView};
use hallway_domain::{
    Actor, Fact, MemberChange, Role, Room, RoomId, SanctionKind, Standing, Timestamp, Toggle, UserId, UserRef,
};

use super::{Case, Moderation, view};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Missing, Result};

/// Which role a member is to have.
#[derive(Clone, Copy)]
enum Wish {
    Exactly(Role),
    /// Moderator or not; none toggles.
    Moderator(Option<bool>),
}

impl Wish {
    fn given(self, from: Role) -> Role {
        match self {
            Self::Exactly(role) => role,
            Self::Moderator(on) if on.unwrap_or(!from.moderates()) => from.max(Role::Moderator),
            Self::Moderator(_) => Role::Member,
        }
    }
}

impl Moderation<'_> {
    /// Gives a member a role, at most the caller's own. A room may have several owners.
    pub async fn set_role(&self, actor: &Actor, room: RoomId, target: UserId, role: Role) -> Result<MemberView> {
        unit::run(|| self.change_role(actor, room, target, Wish::Exactly(role))).await
    }

    /// Moderator or not; `on` none toggles.
    pub async fn set_moderator(
        &self,
        actor: &Actor,
        room: RoomId,
        target: UserId,
        on: Option<bool>,
    ) -> Result<MemberView> {
        unit::run(|| self.change_role(actor, room, target, Wish::Moderator(on))).await
    }

    async fn change_role(&self, actor: &Actor, room: RoomId, target: UserId, wish: Wish) -> Attempt<MemberView> {
        let Case { mut unit, mut room, own, target: user, mut standing, now } =
            Case::open(self.context, actor, room, target).await?;
        let from = standing.role().unwrap_or(Role::Member);
        let to = wish.given(from);
        // Asked before telling whether there is such a member: that is for moderators.
        policy::authorize(actor, SetRole { target, from, to }, Scope { room: &room, standing: &own })?;
        let (Some(user), Some(membership)) = (user, standing.membership.as_mut()) else {
            return Err(Missing::Member.into());
        };
        if from == to {
            return Ok(view(&user, standing));
        }
        membership.role = to;
        if to == Role::Owner {
            crown(&mut unit, &mut room, &user.to_ref(), now).await?;
            standing = Standing { membership: standing.membership, mute: None, ban: None };
        } else {
            unit.work.memberships().set_role(room.id, target, to).await?;
            let change = MemberChange { role: Some(to), ..MemberChange::new(user.to_ref()) };
            unit.record(&mut room, now, Fact::MemberUpdated(change));
        }
        let entry = AuditEntry {
            room: Some(room.id),
            actor: Some(actor.id()),
            target: Some(target),
            reason: Some(word(to).to_owned()),
            details: vec![("from", word(from).to_owned()), ("to", word(to).to_owned())],
            ..audit("set_role", now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(view(&user, standing))
    }
}

const fn word(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Owner => "owner",
    }
}

/// Makes a member the room's owner. An owner carries no sanction: nobody could lift it.
pub(crate) async fn crown(unit: &mut Unit<'_>, room: &mut Room, user: &UserRef, now: Timestamp) -> Attempt<()> {
    unit.work.memberships().set_role(room.id, user.id, Role::Owner).await?;
    let mut change = MemberChange { role: Some(Role::Owner), ..MemberChange::new(user.clone()) };
    if unit.work.sanctions().lift(room.id, user.id, SanctionKind::Mute, now).await? {
        change.mute = Some(Toggle::Off);
    }
    if unit.work.sanctions().lift(room.id, user.id, SanctionKind::Ban, now).await? {
        change.ban = Some(Toggle::Off);
    }
    unit.record(room, now, Fact::MemberUpdated(change));
    Ok(())
}
