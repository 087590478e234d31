//! What devices say about their calls.

use hallway_domain::call::{Call, CallEvent, CallId, CallWord, DeviceId, Effect, Party, Payload, Phase, Side, Step};
use hallway_domain::{Actor, UserId};

use super::deliver::{Change, Said, deliver, frame, publish};
use super::invite::save;
use super::{CallRefused, CallResult, CallStep, Calls, MOST_OF_USER, unanswered_key};
use crate::unit::{self, Attempt, Unit};
use crate::{Error, Result};

impl Calls<'_> {
    /// A device of one of the two says something about a call.
    ///
    /// # Errors
    /// [`CallRefused`], or what failed. What is late and harmless is no error.
    pub async fn say(&self, actor: &Actor, device: DeviceId, call: &CallId, step: CallStep) -> CallResult<()> {
        self.rate(actor.id(), &step).await?;
        match step {
            CallStep::Ice(payload) => self.pass(actor, device, call, (CallWord::Ice, payload)).await,
            CallStep::Media(media) => {
                let payload = Payload { media: Some(media), ..Payload::default() };
                self.pass(actor, device, call, (CallWord::Media, payload)).await
            }
            CallStep::Negotiate { epoch, payload } => self.negotiate(actor, device, call, (epoch, payload)).await,
            CallStep::Ringing => self.ringing(actor, device, call).await,
            CallStep::Accept(payload) => self.accept(actor, device, call, payload).await,
            CallStep::Reject => self.plain(actor, device, call, Step::Reject).await,
            CallStep::Busy => self.plain(actor, device, call, Step::Busy).await,
            CallStep::Hangup { reason, force } => {
                let reason = reason.filter(|reason| reason.is_of_clients());
                self.plain(actor, device, call, Step::Hangup { reason, force }).await
            }
            CallStep::Rejoin { base_epoch, take_over, payload } => {
                let said = Said { word: Some(CallWord::Rejoin), payload: self.shown(payload), glare: false };
                self.step(actor, device, call, (Step::Rejoin { base_epoch, take_over }, said)).await.map(drop)
            }
            CallStep::Resume => self.plain(actor, device, call, Step::Resume).await,
            CallStep::Connected => self.plain(actor, device, call, Step::Connected).await,
        }
    }

    async fn rate(&self, user: UserId, step: &CallStep) -> Result<()> {
        match step {
            CallStep::Negotiate { .. } | CallStep::Rejoin { .. } | CallStep::Resume | CallStep::Accept(_) => {
                self.context.throttle(|rates| rates.call_offers, || format!("call-offers:{user}")).await
            }
            _ => self.context.throttle(|rates| rates.call_frames, || format!("call-frames:{user}")).await,
        }
    }

    async fn plain(&self, actor: &Actor, device: DeviceId, call: &CallId, step: Step) -> CallResult<()> {
        self.step(actor, device, call, (step, Said::default())).await.map(drop)
    }

    async fn accept(&self, actor: &Actor, device: DeviceId, id: &CallId, payload: Payload) -> CallResult<()> {
        let (call, side) = self.find(actor, id).await?;
        if side == Side::Callee && call.phase() == Phase::Ringing {
            // Something may have come between the two since.
            let reach = self.reach(call.caller, call.callee, call.room).await?;
            if !reach.may_call() {
                self.happens(id, CallEvent::Severed).await?;
                return Err(CallRefused::Step(hallway_domain::call::CallError::CallEnded).into());
            }
        }
        let said = Said { word: Some(CallWord::Accept), payload: self.shown(payload), glare: false };
        // Whether the slot is free is asked in the unit.
        let change = self.step(actor, device, id, (Step::Accept { slot_free: false }, said)).await?;
        if change.before.phase() == Phase::Ringing && change.after.phase() != Phase::Ringing {
            self.context.ports.limiter.forget(&unanswered_key(call.caller, call.callee)).await.ok();
            self.refuse_others(&change.after).await?;
        }
        Ok(())
    }

    /// All other calls that ring the one who has answered.
    async fn refuse_others(&self, answered: &Call) -> Result<()> {
        let live = self.context.ports.store.call_queries().live_calls_of(answered.callee, MOST_OF_USER).await?;
        let others = live
            .into_iter()
            .filter(|call| call.id != answered.id && call.callee == answered.callee && call.phase() == Phase::Ringing);
        for call in others {
            self.happens(&call.id, CallEvent::Taken).await?;
        }
        Ok(())
    }

    /// One step in one unit.
    async fn step(
        &self,
        actor: &Actor,
        device: DeviceId,
        call: &CallId,
        (step, said): (Step, Said),
    ) -> CallResult<Change> {
        let change = unit::run(|| self.try_step(actor, device, call, step)).await??;
        deliver(&self.context.ports, &change, &said).await;
        Ok(change)
    }

    async fn try_step(
        &self,
        actor: &Actor,
        device: DeviceId,
        id: &CallId,
        step: Step,
    ) -> Attempt<Result<Change, CallRefused>> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let Some(stored) = unit.work.calls().lock(id).await? else { return Ok(Err(CallRefused::Unknown)) };
        let Some(side) = stored.call.side_of(actor.id()) else { return Ok(Err(CallRefused::NotParty)) };
        let step = match step {
            Step::Accept { .. } => {
                let slot_free = side == Side::Callee
                    && stored.call.phase() == Phase::Ringing
                    && unit.work.calls().take_slot(actor.id(), id).await?;
                Step::Accept { slot_free }
            }
            other => other,
        };
        let applied = stored.call.apply(CallEvent::From(Party { side, device }, step), now);
        let (after, effects) = match applied {
            Ok(applied) => applied,
            // Dropped: the slot is not taken after all.
            Err(error) => return Ok(Err(error.into())),
        };
        let change = Change { before: stored.call, after, effects };
        if save(&mut unit, &change, stored.version).await? {
            unit.commit().await?;
        }
        Ok(Ok(change))
    }

    async fn find(&self, actor: &Actor, id: &CallId) -> CallResult<(Call, Side)> {
        let call = self.context.ports.store.call_queries().call(id).await.map_err(Error::from)?;
        let call = call.ok_or(CallRefused::Unknown)?;
        let side = call.side_of(actor.id()).ok_or(CallRefused::NotParty)?;
        Ok((call, side))
    }

    /// Something that changes nothing of the call.
    async fn pass(
        &self,
        actor: &Actor,
        device: DeviceId,
        id: &CallId,
        (word, payload): (CallWord, Payload),
    ) -> CallResult<()> {
        let payload = self.shown(payload);
        if word == CallWord::Ice && payload.candidates.is_empty() {
            return Ok(());
        }
        let step = if word == CallWord::Ice { Step::Ice } else { Step::Media };
        self.hand_over(actor, device, id, (step, Said { word: Some(word), payload, glare: false })).await
    }

    async fn negotiate(
        &self,
        actor: &Actor,
        device: DeviceId,
        id: &CallId,
        (epoch, payload): (Option<u32>, Payload),
    ) -> CallResult<()> {
        let epoch = match epoch {
            Some(epoch) => epoch,
            None => self.find(actor, id).await?.0.epoch,
        };
        let said = Said { word: Some(CallWord::Negotiate), payload: self.shown(payload), glare: false };
        self.hand_over(actor, device, id, (Step::Negotiate { epoch }, said)).await
    }

    /// Hands a payload over, or keeps it, by what the read door shows. Who comes while it is being kept would miss it, so
    /// once it is kept the call is looked at again.
    async fn hand_over(
        &self,
        actor: &Actor,
        device: DeviceId,
        id: &CallId,
        (step, said): (Step, Said),
    ) -> CallResult<()> {
        for round in 0..2 {
            let (call, side) = self.find(actor, id).await?;
            let event = CallEvent::From(Party { side, device }, step);
            let (_, mut effects) = call.apply(event, self.context.now()).map_err(CallRefused::from)?;
            let is_kept = effects.iter().any(|effect| matches!(effect, Effect::Keep { .. }));
            if round == 0 && is_kept {
                effects.retain(|effect| matches!(effect, Effect::Keep { .. }));
            } else {
                effects.retain(|effect| !matches!(effect, Effect::Keep { .. }));
            }
            deliver(&self.context.ports, &Change { before: call.clone(), after: call, effects }, &said).await;
            if !is_kept {
                break;
            }
        }
        Ok(())
    }

    /// The caller is told that a device shows the call.
    async fn ringing(&self, actor: &Actor, device: DeviceId, id: &CallId) -> CallResult<()> {
        let (call, side) = self.find(actor, id).await?;
        let is_rung = matches!(&call.state,
            hallway_domain::call::CallState::Ringing { rung, .. } if rung.contains(&device));
        if side == Side::Callee && is_rung {
            let caller = Party { side: Side::Caller, device: call.caller_device };
            let frame = frame(&call, CallWord::Ringing, caller);
            publish(&self.context.ports, &call, vec![(Side::Caller, frame)]).await;
        }
        Ok(())
    }

    /// Something that no device said.
    pub(super) async fn happens(&self, id: &CallId, event: CallEvent) -> Result<()> {
        super::cut::happens(&self.context.ports, id, event).await
    }
}
