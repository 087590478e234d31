//! Muting and banning.

use hallway_domain::policy::{self, SanctionMember, Scope, SeeSanctions};
use hallway_domain::ports::{AuditEntry, MemberView};
use hallway_domain::{
    Actor, Fact, InvalidText, MemberChange, NewSanction, Page, PageRequest, Revocation, Room, RoomId, RoomLoss,
    Sanction, SanctionKind, SanctionView, Timestamp, Toggle, UserId, UserRef,
};
use time::Duration;

use super::purge::purge;
use super::{Case, Impose, Moderation, SetSanction, reason, view};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Missing, Result};

/// What is asked for, and in what way.
#[derive(Clone, Debug)]
struct Wish {
    set: SetSanction,
    /// What holds already is given this reason and end.
    amend: bool,
    purge: Option<Duration>,
}

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
        let wish = Wish { set: checked(sanction, self.context.now())?, amend: false, purge: None };
        unit::run(|| self.apply(actor, room, target, &wish)).await
    }

    /// Imposes a sanction, or gives the one that holds another reason and end; and removes, if asked for, what the
    /// target wrote of late. Repeating it is fine.
    pub async fn impose(&self, actor: &Actor, room: RoomId, target: UserId, impose: Impose) -> Result<MemberView> {
        let Impose { kind, reason, expires_at, purge } = impose;
        if purge.is_some_and(|back| !back.is_positive() || back > Impose::MOST_PURGE) {
            let message = format!("purge_hours must be from 1 to {}", Impose::MOST_PURGE.whole_hours());
            return Err(InvalidText::new("purge_hours", message).into());
        }
        let set = checked(SetSanction { kind, on: Some(true), reason, expires_at }, self.context.now())?;
        let wish = Wish { set, amend: true, purge };
        unit::run(|| self.apply(actor, room, target, &wish)).await
    }

    /// Mutes or bans in force in the room, for its moderators.
    pub async fn sanctions(
        &self,
        actor: &Actor,
        room: RoomId,
        kind: SanctionKind,
        page: PageRequest,
    ) -> Result<Page<SanctionView>> {
        self.context.permit(actor, SeeSanctions, room).await?;
        Ok(self.context.ports.store.queries().sanctions(room, kind, page, self.context.now()).await?)
    }

    async fn apply(&self, actor: &Actor, room: RoomId, target: UserId, wish: &Wish) -> Attempt<MemberView> {
        let Case { mut unit, mut room, own, target: user, mut standing, now } =
            Case::open(self.context, actor, room, target).await?;
        let action = SanctionMember { target, target_role: standing.role() };
        policy::authorize(actor, action, Scope { room: &room, standing: &own })?;
        let user = user.ok_or(Missing::Member)?;
        let SetSanction { kind, on, .. } = wish.set;
        if standing.membership.is_none() && on.is_none() {
            return Err(Missing::Member.into());
        }
        let present = match kind {
            SanctionKind::Mute => &mut standing.mute,
            SanctionKind::Ban => &mut standing.ban,
        };
        let on = on.unwrap_or(present.is_none());
        let step = if on {
            impose(&mut unit, present, (wish, room.id, target, actor.id()), now).await?
        } else {
            lift(&mut unit, present, (room.id, target, kind), now).await?
        };
        let mut changed = step.is_some();
        if let Some(Step { told, word }) = step {
            let member = standing.membership.is_some();
            if let Some(toggle) = told {
                tell(&mut unit, &mut room, (user.to_ref(), member), (kind, toggle), now);
            }
            let entry = AuditEntry {
                room: Some(room.id),
                actor: Some(actor.id()),
                target: Some(target),
                reason: wish.set.reason.clone(),
                details: lasting(on, wish.set.expires_at, now),
                ..audit(word, now)
            };
            unit.work.audit().append(&entry).await?;
        }
        if let Some(back) = wish.purge {
            let (whom, most) = (user.to_ref(), self.context.settings.purge_messages);
            changed |= purge(&mut unit, &mut room, (actor, &whom), (back, most), now).await?;
        }
        if changed {
            unit.commit().await?;
        }
        Ok(view(&user, standing))
    }
}

/// What became of a sanction.
struct Step {
    /// What members see of it; none where only the reason changed.
    told: Option<Toggle>,
    word: &'static str,
}

async fn impose(
    unit: &mut Unit<'_>,
    present: &mut Option<Sanction>,
    (wish, room, user, by): (&Wish, RoomId, UserId, UserId),
    now: Timestamp,
) -> Attempt<Option<Step>> {
    let SetSanction { kind, reason, expires_at, .. } = wish.set.clone();
    let Some(sanction) = present else {
        let new = NewSanction { room, user, kind, reason, by, created_at: now, expires_at };
        *present = Some(unit.work.sanctions().insert(new).await?);
        return Ok(Some(Step { told: Some(Toggle::On(expires_at)), word: word(kind, true) }));
    };
    let moved = sanction.expires_at != expires_at;
    if !wish.amend || (!moved && sanction.reason == reason) {
        return Ok(None);
    }
    (sanction.reason, sanction.by, sanction.expires_at) = (reason, Some(by), expires_at);
    unit.work.sanctions().amend(sanction).await?;
    let word = match kind {
        SanctionKind::Mute => "change_mute",
        SanctionKind::Ban => "change_ban",
    };
    Ok(Some(Step { told: moved.then_some(Toggle::On(expires_at)), word }))
}

async fn lift(
    unit: &mut Unit<'_>,
    present: &mut Option<Sanction>,
    (room, user, kind): (RoomId, UserId, SanctionKind),
    now: Timestamp,
) -> Attempt<Option<Step>> {
    if present.take().is_none() {
        return Ok(None);
    }
    unit.work.sanctions().lift(room, user, kind, now).await?;
    Ok(Some(Step { told: Some(Toggle::Off), word: word(kind, false) }))
}

/// Puts the change into the log, and takes the room from the target's connections or gives it back.
fn tell(
    unit: &mut Unit<'_>,
    room: &mut Room,
    (user, is_member): (UserRef, bool),
    (kind, toggle): (SanctionKind, Toggle),
    now: Timestamp,
) {
    let target = user.id;
    let mut change = MemberChange::new(user);
    match kind {
        SanctionKind::Mute => change.mute = Some(toggle),
        SanctionKind::Ban => change.ban = Some(toggle),
    }
    let seq = unit.record(room, now, Fact::MemberUpdated(change));
    match (kind, toggle) {
        (SanctionKind::Ban, Toggle::On(_)) => {
            unit.revoke(Revocation::Membership { room: room.id, user: target, why: RoomLoss::Banned, seq });
        }
        (SanctionKind::Ban, Toggle::Off) if is_member => {
            unit.revoke(Revocation::Granted { room: room.id, user: target });
        }
        (SanctionKind::Ban, Toggle::Off) | (SanctionKind::Mute, _) => {}
    }
}

/// The reason bounded, the end not in the past.
fn checked(mut sanction: SetSanction, now: Timestamp) -> Result<SetSanction> {
    sanction.reason = reason::checked(sanction.reason)?;
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

/// How long it was imposed for, if it ends by itself.
fn lasting(on: bool, until: Option<Timestamp>, now: Timestamp) -> Vec<(&'static str, String)> {
    until
        .filter(|_| on)
        .map(|until| ("seconds", format!("{:.0}", (until - now).as_seconds_f64())))
        .into_iter()
        .collect()
}
