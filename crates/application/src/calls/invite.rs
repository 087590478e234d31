//! Placing a call.

use std::collections::BTreeSet;

use hallway_domain::call::{Call, CallEvent, CallId, CallMedia, CallWord, Crossing, DeviceId, NewCall, Payload, Reach};
use hallway_domain::ports::{Rate, StoredCall};
use hallway_domain::{Actor, DirectKey, RoomId, UserId};

use super::deliver::{Change, Said, deliver};
use super::{CallFailure, CallRefused, CallResult, Calls, unanswered_key};
use crate::unit::{self, Abort, Attempt, Unit};
use crate::{Error, Result};

/// A call to be placed.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: CallId,
    pub to: UserId,
    /// The room that gives the right to call; none: that the two have talked before.
    pub room: Option<RoomId>,
    /// The offer.
    pub payload: Payload,
}

/// What became of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invited {
    /// The call is placed. The device is told what becomes of it.
    Placed,
    /// The other one was calling at the same time: that call wins, and the inviting device rings.
    Glare { winner: CallId },
}

enum Placed {
    Refused(CallRefused),
    Done { invited: Invited, changes: Vec<(Change, Said)> },
}

impl Calls<'_> {
    /// Calls a user.
    ///
    /// # Errors
    /// [`CallRefused`], or what failed.
    pub async fn invite(&self, actor: &Actor, device: DeviceId, invitation: Invitation) -> CallResult<Invited> {
        let rate = self.context.guard(|rates| rates.call, || format!("call:{}", actor.id())).await;
        match rate {
            Err(Error::RateLimited(_)) => return Err(CallRefused::TooManyInvites.into()),
            other => other?,
        }
        let reach = self.reach(actor.id(), invitation.to, invitation.room).await?;
        if !reach.may_call() || !self.is_bearable(actor.id(), invitation.to).await? {
            return Err(CallRefused::NotAllowed.into());
        }
        let invitation = Invitation { payload: self.shown(invitation.payload), ..invitation };
        let devices = self.context.ports.lines.devices(invitation.to).await;
        let devices = devices.map_err(|error| CallFailure::Failed(Error::Unavailable(error.to_string())))?;
        let devices: BTreeSet<DeviceId> = devices.into_iter().collect();
        match unit::run(|| self.place(actor, device, &invitation, &devices)).await? {
            Placed::Refused(refused) => Err(refused.into()),
            Placed::Done { invited, changes } => {
                for (change, said) in &changes {
                    deliver(&self.context.ports, change, said).await;
                }
                if invited == Invited::Placed {
                    self.ring_late(&invitation, &devices).await?;
                }
                Ok(invited)
            }
        }
    }

    /// A device that came while the call was being placed neither was among those to ring, nor found the call.
    async fn ring_late(&self, invitation: &Invitation, rung: &BTreeSet<DeviceId>) -> CallResult<()> {
        match self.context.ports.lines.devices(invitation.to).await {
            Ok(devices) => {
                for device in devices.into_iter().filter(|device| !rung.contains(device)) {
                    self.happens(&invitation.id, CallEvent::Online(device)).await?;
                }
            }
            Err(error) => tracing::warn!(%error, "a call may not ring everywhere"),
        }
        Ok(())
    }

    /// A payload as the other side may see it.
    pub(super) fn shown(&self, payload: Payload) -> Payload {
        if self.context.settings.calls.relay_only { payload.relay_only() } else { payload }
    }

    /// What decides whether one may call the other.
    pub(super) async fn reach(&self, from: UserId, to: UserId, room: Option<RoomId>) -> Result<Reach> {
        let queries = self.context.ports.store.queries();
        let key = DirectKey::new(from, to);
        let shares_room = match room {
            None => None,
            Some(room) => {
                let access = queries.access(&[(room, from), (room, to)], self.context.now()).await?;
                let inside = access.iter().filter(|access| access.is_member && !access.is_banned);
                Some(inside.count() == 2)
            }
        };
        let has_talked = match room {
            Some(_) => false,
            None => match queries.room_by_direct(key).await? {
                Some(direct) => !queries.history(direct.id, direct.last_seq, None, 1).await?.is_empty(),
                None => false,
            },
        };
        Ok(Reach {
            is_self: from == to,
            is_active: queries.user(to).await?.is_some_and(|user| !user.disabled),
            is_blocked: self.context.ports.store.account_queries().is_blocked(key).await?,
            shares_room,
            has_talked,
        })
    }

    /// Whether the callee has answered often enough. A limiter that does not answer stops nobody.
    async fn is_bearable(&self, from: UserId, to: UserId) -> Result<bool> {
        let per_hour = self.context.settings.calls.unanswered_per_hour;
        let rate = Rate { per_second: f64::from(per_hour) / 3600.0, burst: per_hour };
        match self.context.throttle(|_| rate, || unanswered_key(from, to)).await {
            Err(Error::RateLimited(_)) => Ok(false),
            other => other.map(|()| true),
        }
    }

    async fn place(
        &self,
        actor: &Actor,
        device: DeviceId,
        invitation: &Invitation,
        devices: &BTreeSet<DeviceId>,
    ) -> Attempt<Placed> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut changes = Vec::new();
        let pair = DirectKey::new(actor.id(), invitation.to);
        if let Some(live) = unit.work.calls().lock_live(pair).await? {
            match live.call.crossing(actor.id()) {
                Crossing::Exists => return Ok(Placed::Refused(CallRefused::Exists)),
                Crossing::Glare => {
                    let winner = live.call.id.clone();
                    let change = change(&mut unit, live, CallEvent::Crossed(device), now).await?;
                    unit.commit().await?;
                    let said = Said { glare: true, ..Said::default() };
                    return Ok(Placed::Done { invited: Invited::Glare { winner }, changes: vec![(change, said)] });
                }
                Crossing::Recall => {
                    let change = change(&mut unit, live, CallEvent::Recalled, now).await?;
                    changes.push((change, Said::default()));
                }
            }
        }
        let media = invitation.payload.media.unwrap_or(CallMedia { audio: true, video: true });
        let new = NewCall {
            id: invitation.id.clone(),
            room: invitation.room,
            caller: actor.id(),
            callee: invitation.to,
            media,
            device,
        };
        let is_busy = unit.work.calls().slot(invitation.to).await?.is_some();
        let rung = if is_busy { BTreeSet::new() } else { devices.clone() };
        let (mut call, mut effects) = Call::place(new, rung, now, self.context.settings.calls.ring);
        if is_busy {
            // It never rings, and nobody is told but the caller. Both find it in their history.
            (call, effects) = call.apply(CallEvent::Taken, now).map_err(Error::from)?;
        }
        if !unit.work.calls().insert(&call).await? {
            return if unit.work.calls().lock_live(pair).await?.is_some() {
                Err(Abort::Conflict("the other one was faster".to_owned()))
            } else {
                Ok(Placed::Refused(CallRefused::Exists))
            };
        }
        if !unit.work.calls().take_slot(actor.id(), &call.id).await? {
            return Ok(Placed::Refused(CallRefused::Exists));
        }
        if is_busy {
            unit.work.calls().free_slots(&call.id).await?;
        }
        unit.commit().await?;
        let said = Said { word: Some(CallWord::Invite), payload: invitation.payload.clone(), glare: false };
        changes.push((Change { before: call.clone(), after: call, effects }, said));
        Ok(Placed::Done { invited: Invited::Placed, changes })
    }
}

impl From<hallway_domain::call::CallError> for Error {
    fn from(error: hallway_domain::call::CallError) -> Self {
        // Only steps of devices are refused; what the server does by itself never is.
        Self::Internal(format!("a call refused an event: {error}"))
    }
}

/// Applies an event that cannot be refused to a locked call, and saves it.
pub(super) async fn change(
    unit: &mut Unit<'_>,
    stored: StoredCall,
    event: CallEvent,
    now: hallway_domain::Timestamp,
) -> Attempt<Change> {
    let (after, effects) = stored.call.apply(event, now).map_err(Error::from)?;
    let change = Change { before: stored.call, after, effects };
    save(unit, &change, stored.version).await?;
    Ok(change)
}

/// Saves a locked call if it has changed; whoever was in it is free once it has ended.
pub(super) async fn save(unit: &mut Unit<'_>, change: &Change, version: i64) -> Attempt<bool> {
    if change.before == change.after {
        return Ok(false);
    }
    let stored = StoredCall { call: change.after.clone(), version };
    if !unit.work.calls().update(&stored).await? {
        return Err(Abort::Conflict("a call changed under its lock".to_owned()));
    }
    if change.after.phase() == hallway_domain::call::Phase::Ended {
        unit.work.calls().free_slots(&change.after.id).await?;
    }
    Ok(true)
}
