//! Muting and banning.

use hallway_domain::policy::{self, SanctionMember, Scope};
use hallway_domain::ports::{AuditEntry, MemberView};
use hallway_domain::{
    Actor, Fact, InvalidText, MemberChange, NewSanction, Revocation, RoomId, RoomLoss, SanctionKind, Timestamp, Toggle,
    UserId,
};

use super::{Case, Moderation, SetSanction, view};
use crate::unit::{self, Attempt, audit};
use crate::{Missing, Result};

/// Most characters of a reason.
const REASON_CHARS: usize = 500;

impl Moderation<'_> {
    /// Imposes or lifts a sanction; `on` none toggles, what is so already stays so. A ban takes the room away from
    /// the target's connections on every node.
    ///
    /// Membership and sanctions are independent: who is banned stays a member, and with `on` given also somebody
    /// who is not a member (any more) may be banned or muted; the answer then has no membership. A toggle looks for
    /// members only.
    pub async fn set_sanction(
        &self,
        actor: &Actor,
        room: RoomId,
        target: UserId,
        sanction: SetSanction,
    ) -> Result<MemberView> {
        let sanction = checked(sanction, self.context.now())?;
        unit::run(|| self.apply(actor, room, target, &sanction)).await
    }

    async fn apply(&self, actor: &Actor, room: RoomId, target: UserId, wish: &SetSanction) -> Attempt<MemberView> {
        let Case { mut unit, mut room, own, target: user, mut standing, now } =
            Case::open(self.context, actor, room, target).await?;
        let action = SanctionMember { target, target_role: standing.role() };
        policy::authorize(actor, action, Scope { room: &room, standing: &own })?;
        let user = user.ok_or(Missing::Member)?;
        if standing.membership.is_none() && wish.on.is_none() {
            return Err(Missing::Member.into());
        }
        let SetSanction { kind, on, reason, expires_at } = wish.clone();
        let present = match kind {
            SanctionKind::Mute => &mut standing.mute,
            SanctionKind::Ban => &mut standing.ban,
        };
        let on = on.unwrap_or(present.is_none());
        if on == present.is_some() {
            return Ok(view(&user, standing));
        }
        let toggle = if on {
            let sanction = NewSanction {
                room: room.id,
                user: target,
                kind,
                reason: reason.clone(),
                by: actor.id(),
                created_at: now,
                expires_at,
            };
            *present = Some(unit.work.sanctions().insert(sanction).await?);
            Toggle::On(expires_at)
        } else {
            unit.work.sanctions().lift(room.id, target, kind, now).await?;
            *present = None;
            Toggle::Off
        };
        let mut change = MemberChange::new(user.to_ref());
        match kind {
            SanctionKind::Mute => change.mute = Some(toggle),
            SanctionKind::Ban => change.ban = Some(toggle),
        }
        unit.record(&mut room, now, Fact::MemberUpdated(change));
        if kind == SanctionKind::Ban {
            if on {
                unit.revoke(Revocation::Membership { room: room.id, user: target, why: RoomLoss::Banned });
            } else if standing.membership.is_some() {
                unit.revoke(Revocation::Granted { room: room.id, user: target });
            }
        }
        let entry = AuditEntry {
            room: Some(room.id),
            actor: Some(actor.id()),
            target: Some(target),
            reason,
            ..audit(word(kind, on), now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(view(&user, standing))
    }
}

/// The reason bounded, the end not in the past.
fn checked(mut sanction: SetSanction, now: Timestamp) -> Result<SetSanction> {
    sanction.reason = sanction.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if let Some(reason) = &sanction.reason
        && (reason.chars().count() > REASON_CHARS || reason.contains('\0'))
    {
        let message = format!("reason must have at most {REASON_CHARS} characters and no NUL");
        return Err(InvalidText::new("reason", message).into());
    }
    if sanction.on != Some(false) && sanction.expires_at.is_some_and(|end| end <= now) {
        return Err(InvalidText::new("expires_at", "expires_at must be in the future").into());
    }
    Ok(sanction)
}

const fn word(kind: SanctionKind, on: bool) -> &'static str {
    match (kind, on) {
        (SanctionKind::Mute, true) => "mute",
        (SanctionKind::Mute, false) => "unmute",
        (SanctionKind::Ban, true) => "ban",
        (SanctionKind::Ban, false) => "unban",
    }
}
