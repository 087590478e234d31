//! States × events.

use super::{
    Call, CallError, CallEvent, CallState, DeviceId, Effect, GRACE, HangupReason, Kept, Notice, Outcome, Party, Phase,
    Side, Step,
};
use crate::Timestamp;

pub(super) type Effects = Vec<Effect>;
type Applied = Result<Effects, CallError>;

pub(super) const fn tell(side: Side, device: DeviceId, notice: Notice) -> Effect {
    Effect::Tell { to: Party { side, device }, notice }
}

pub(super) const fn callee(device: DeviceId) -> Party {
    Party { side: Side::Callee, device }
}

impl Call {
    /// The call after `event`, and what follows. What is late but harmless gives the same call and no effects.
    ///
    /// # Errors
    /// Why a step is refused; the call is as it was then.
    pub fn apply(&self, event: CallEvent, now: Timestamp) -> Result<(Self, Effects), CallError> {
        let mut call = self.clone();
        let effects = match event {
            CallEvent::From(party, step) => call.step(party, step, now)?,
            CallEvent::Online(device) => call.online(device),
            CallEvent::Crossed(device) => call.crossed(device),
            CallEvent::Taken => call.taken(now),
            CallEvent::Lost { party, grace } => call.lost(party, now, now + grace),
            CallEvent::Clock => call.clock(now),
            CallEvent::Severed => call.stop(HangupReason::Ended, now),
            CallEvent::Recalled => call.stop(HangupReason::Recalled, now),
        };
        Ok((call, effects))
    }

    fn step(&mut self, from: Party, step: Step, now: Timestamp) -> Applied {
        match step {
            Step::Accept { slot_free } => self.accept(from, slot_free, now),
            Step::Reject => Ok(self.reject(from, now)),
            Step::Busy => Ok(self.busy(from, now)),
            Step::Hangup { reason, force } => Ok(self.hangup(from, reason, force, now)),
            Step::Ice => Ok(self.ice(from)),
            Step::Negotiate { epoch } => self.negotiate(from, epoch),
            Step::Rejoin { base_epoch, take_over } => self.rejoin(from, base_epoch, take_over),
            Step::Resume => Ok(self.resume(from)),
            Step::Connected => self.connected(from, now),
            Step::Media => Ok(self.media(from)),
        }
    }

    fn accept(&mut self, from: Party, slot_free: bool, now: Timestamp) -> Applied {
        match &self.state {
            CallState::Ringing { rung, caller_lost, .. } => {
                if from.side != Side::Callee || !rung.contains(&from.device) {
                    return Err(CallError::NotRung);
                }
                if !slot_free {
                    return Err(CallError::InAnotherCall);
                }
                let caller = self.caller_party();
                // What was held back goes after the answer. A caller who is not there gets all of it when back; nothing
                // that was handed over is kept, or it would be handed over again.
                let mut effects = if caller_lost.is_some() {
                    vec![Effect::Keep { from, what: Kept::Answer }]
                } else {
                    let relay = vec![Effect::Relay { to: caller }, Effect::Replay { from, to: caller }];
                    relay.into_iter().chain([Effect::Forget { from }, Effect::Forget { from: caller }]).collect()
                };
                for other in rung.iter().filter(|device| **device != from.device) {
                    effects.push(tell(Side::Callee, *other, Notice::Hangup(HangupReason::AnsweredElsewhere)));
                    effects.push(Effect::Forget { from: callee(*other) });
                }
                self.state = CallState::Answered {
                    callee_device: from.device,
                    accepted_at: now,
                    connected_at: None,
                    caller_lost: caller_lost.map(|_| now + GRACE),
                    callee_lost: None,
                };
                Ok(effects)
            }
            CallState::Answered { callee_device, .. } if from == callee(*callee_device) => Ok(Vec::new()),
            CallState::Answered { .. } => Err(CallError::AlreadyAnswered),
            CallState::Ended { .. } => Err(CallError::CallEnded),
        }
    }

    fn reject(&mut self, from: Party, now: Timestamp) -> Effects {
        let CallState::Ringing { rung, .. } = &self.state else { return Vec::new() };
        if from.side != Side::Callee || !rung.contains(&from.device) {
            return Vec::new();
        }
        let mut effects = vec![tell(Side::Caller, self.caller_device, Notice::Reject)];
        let others = rung.iter().filter(|device| **device != from.device);
        effects
            .extend(others.map(|device| tell(Side::Callee, *device, Notice::Hangup(HangupReason::DeclinedElsewhere))));
        self.end(Outcome::Declined, HangupReason::Declined, Some(Side::Callee), now, &mut effects);
        effects
    }

    fn busy(&mut self, from: Party, now: Timestamp) -> Effects {
        let CallState::Ringing { rung, busy, excused, .. } = &mut self.state else { return Vec::new() };
        if from.side != Side::Callee || excused.remove(&from.device) || !rung.remove(&from.device) {
            return Vec::new();
        }
        busy.insert(from.device);
        let mut effects = vec![Effect::Forget { from }];
        if rung.is_empty() {
            effects.push(tell(Side::Caller, self.caller_device, Notice::Busy));
            self.end(Outcome::Busy, HangupReason::Busy, Some(Side::Callee), now, &mut effects);
        }
        effects
    }

    fn hangup(&mut self, from: Party, reason: Option<HangupReason>, force: bool, now: Timestamp) -> Effects {
        match (&self.state, from.side) {
            (CallState::Ringing { rung, .. }, Side::Caller) => {
                let gone = Notice::Hangup(HangupReason::Cancelled);
                let mut effects: Effects = rung.iter().map(|device| tell(Side::Callee, *device, gone)).collect();
                if from.device != self.caller_device {
                    effects.push(tell(Side::Caller, self.caller_device, gone));
                }
                self.end(Outcome::Cancelled, HangupReason::Cancelled, Some(Side::Caller), now, &mut effects);
                effects
            }
            (CallState::Ringing { .. }, Side::Callee) => self.reject(from, now),
            (CallState::Answered { connected_at, .. }, side) => {
                let is_bound = self.bound(side) == Some(from.device);
                if !is_bound && !force {
                    return Vec::new();
                }
                let reason = reason.unwrap_or(HangupReason::Hangup);
                let is_failure = matches!(
                    reason,
                    HangupReason::IceFailed | HangupReason::IceTimeout | HangupReason::UserMediaFailed
                );
                let outcome = if is_failure && connected_at.is_none() { Outcome::Failed } else { Outcome::Completed };
                let mut effects = self.tell_bound(Notice::Hangup(reason), Some(from));
                self.end(outcome, reason, Some(side), now, &mut effects);
                effects
            }
            (CallState::Ended { .. }, _) => Vec::new(),
        }
    }

    fn ice(&self, from: Party) -> Effects {
        let keep = Effect::Keep { from, what: Kept::Candidate };
        match &self.state {
            CallState::Ringing { rung, .. } => match from.side {
                Side::Caller if from.device == self.caller_device => {
                    let relays = rung.iter().map(|device| Effect::Relay { to: callee(*device) });
                    std::iter::once(keep).chain(relays).collect()
                }
                // Kept back until this device answers: those that do not give away no address.
                Side::Callee if rung.contains(&from.device) => vec![keep],
                _ => Vec::new(),
            },
            CallState::Answered { .. } if self.bound(from.side) == Some(from.device) => {
                self.pass_on(from, Kept::Candidate)
            }
            CallState::Answered { .. } | CallState::Ended { .. } => Vec::new(),
        }
    }

    fn negotiate(&self, from: Party, epoch: u32) -> Applied {
        match self.phase() {
            Phase::Ringing => Err(CallError::BadState),
            Phase::Ended => Err(CallError::CallEnded),
            Phase::Active | Phase::Reconnecting if self.bound(from.side) != Some(from.device) => {
                Err(CallError::NotBound)
            }
            Phase::Active | Phase::Reconnecting if epoch != self.epoch => Err(CallError::StaleEpoch(self.epoch)),
            Phase::Active | Phase::Reconnecting => Ok(self.pass_on(from, Kept::Negotiation)),
        }
    }

    fn rejoin(&mut self, from: Party, base_epoch: u32, take_over: bool) -> Applied {
        let is_bound = self.bound(from.side) == Some(from.device);
        match &self.state {
            CallState::Ended { .. } => return Err(CallError::CallEnded),
            CallState::Ringing { .. } if !(is_bound && from.side == Side::Caller) => return Err(CallError::BadState),
            CallState::Answered { .. } if !(is_bound || take_over || self.is_lost(from.side)) => {
                return Err(CallError::ActiveOnOtherDevice);
            }
            _ if base_epoch != self.epoch => return Err(CallError::StaleEpoch(self.epoch)),
            _ => {}
        }
        self.epoch += 1;
        let mut effects = Vec::new();
        match &mut self.state {
            CallState::Ringing { rung, caller_lost, .. } => {
                *caller_lost = None;
                effects.push(Effect::Forget { from });
                effects.push(Effect::Keep { from, what: Kept::Offer });
                effects.extend(rung.iter().map(|device| Effect::Relay { to: callee(*device) }));
            }
            CallState::Answered { callee_device, caller_lost, callee_lost, .. } => {
                let (device, lost) = match from.side {
                    Side::Caller => (&mut self.caller_device, caller_lost),
                    Side::Callee => (callee_device, callee_lost),
                };
                let before = std::mem::replace(device, from.device);
                *lost = None;
                if before != from.device {
                    effects.push(tell(from.side, before, Notice::Hangup(HangupReason::Moved)));
                    effects.push(Effect::Forget { from: Party { side: from.side, device: before } });
                }
                effects.push(Effect::Forget { from });
                // What the other side said before is about an offer that is replaced.
                if let Some(device) = self.bound(from.side.other()) {
                    effects.push(Effect::Forget { from: Party { side: from.side.other(), device } });
                }
                effects.extend(self.pass_on(from, Kept::Offer));
            }
            CallState::Ended { .. } => {}
        }
        Ok(effects)
    }

    fn resume(&mut self, from: Party) -> Effects {
        let sync = Effect::Tell { to: from, notice: Notice::Sync };
        let caller = self.caller_party();
        let peer = self.bound(from.side.other()).map(|device| Party { side: from.side.other(), device });
        let is_bound = self.bound(from.side) == Some(from.device);
        match &mut self.state {
            CallState::Ringing { caller_lost, .. } if from == caller => {
                *caller_lost = None;
                vec![sync]
            }
            CallState::Ringing { excused, .. } if from.side == Side::Callee => {
                // It may still show the call, and a client that does says busy to the second invitation.
                excused.insert(from.device);
                let effects = self.online(from.device);
                if effects.is_empty() { vec![sync] } else { effects }
            }
            CallState::Answered { caller_lost, callee_lost, .. } if is_bound => {
                let lost = match from.side {
                    Side::Caller => caller_lost,
                    Side::Callee => callee_lost,
                };
                let was_lost = lost.take().is_some();
                let mut effects = vec![sync];
                if let Some(peer) = peer.filter(|_| was_lost) {
                    effects.push(Effect::Replay { from: peer, to: from });
                    effects.push(Effect::Forget { from: peer });
                    effects.push(Effect::Tell { to: peer, notice: Notice::Resumed });
                }
                effects
            }
            _ => vec![sync],
        }
    }

    fn connected(&mut self, from: Party, now: Timestamp) -> Applied {
        let is_bound = self.bound(from.side) == Some(from.device);
        match &mut self.state {
            CallState::Ringing { .. } => Err(CallError::BadState),
            CallState::Answered { connected_at, .. } => {
                if is_bound && connected_at.is_none() {
                    *connected_at = Some(now);
                }
                Ok(Vec::new())
            }
            CallState::Ended { .. } => Ok(Vec::new()),
        }
    }

    fn media(&self, from: Party) -> Effects {
        let is_answered = matches!(self.state, CallState::Answered { .. });
        let peer = self.bound(from.side.other()).filter(|_| is_answered && self.bound(from.side) == Some(from.device));
        peer.map(|device| Effect::Relay { to: Party { side: from.side.other(), device } }).into_iter().collect()
    }

    /// To the bound device of the other side; kept while that one is not there, and then sent when it is back.
    fn pass_on(&self, from: Party, what: Kept) -> Effects {
        let side = from.side.other();
        match self.bound(side) {
            Some(device) if !self.is_lost(side) => vec![Effect::Relay { to: Party { side, device } }],
            _ => vec![Effect::Keep { from, what }],
        }
    }

    pub(super) const fn caller_party(&self) -> Party {
        Party { side: Side::Caller, device: self.caller_device }
    }

    pub(super) fn tell_ringing(&self, notice: Notice) -> Effects {
        let CallState::Ringing { rung, .. } = &self.state else { return Vec::new() };
        let rung = rung.iter().map(|device| tell(Side::Callee, *device, notice));
        std::iter::once(tell(Side::Caller, self.caller_device, notice)).chain(rung).collect()
    }

    /// Both bound devices, but for the one that knows.
    pub(super) fn tell_bound(&self, notice: Notice, but: Option<Party>) -> Effects {
        [Side::Caller, Side::Callee]
            .into_iter()
            .filter_map(|side| self.bound(side).map(|device| Party { side, device }))
            .filter(|party| Some(*party) != but)
            .map(|to| Effect::Tell { to, notice })
            .collect()
    }
}
