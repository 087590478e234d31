//! What happens to a call though no device said anything.

use super::transitions::{Effects, callee, tell};
use super::{
    CALLER_LOST, Call, CallState, DeviceId, Effect, Ending, HangupReason, MAX_RUNG, Notice, Outcome, Party, Side,
};
use crate::Timestamp;

/// An answered call of this age counts as one in which media flowed.
const SURELY_CONNECTED: time::Duration = time::Duration::seconds(60);

impl Call {
    pub(super) fn online(&mut self, device: DeviceId) -> Effects {
        let caller = self.caller_party();
        let CallState::Ringing { rung, busy, .. } = &mut self.state else { return Vec::new() };
        if busy.contains(&device) || (rung.len() >= MAX_RUNG && !rung.contains(&device)) {
            return Vec::new();
        }
        rung.insert(device);
        vec![tell(Side::Callee, device, Notice::Invite), Effect::Replay { from: caller, to: callee(device) }]
    }

    pub(super) fn crossed(&mut self, device: DeviceId) -> Effects {
        let CallState::Ringing { busy, excused, .. } = &mut self.state else { return Vec::new() };
        // Its client shows the call that it was placing, and has said busy to this one by itself, or is about to.
        busy.remove(&device);
        excused.insert(device);
        self.online(device)
    }

    pub(super) fn taken(&mut self, now: Timestamp) -> Effects {
        let CallState::Ringing { rung, .. } = &self.state else { return Vec::new() };
        let elsewhere = Notice::Hangup(HangupReason::Busy);
        let mut effects = vec![tell(Side::Caller, self.caller_device, Notice::Busy)];
        effects.extend(rung.iter().map(|device| tell(Side::Callee, *device, elsewhere)));
        self.end(Outcome::Busy, HangupReason::Busy, None, now, &mut effects);
        effects
    }

    pub(super) fn lost(&mut self, party: Party, now: Timestamp, until: Timestamp) -> Effects {
        let is_bound = self.bound(party.side) == Some(party.device);
        let peer = self.bound(party.side.other());
        match &mut self.state {
            CallState::Ringing { caller_lost, .. } if party.side == Side::Caller => {
                if is_bound && caller_lost.is_none() {
                    *caller_lost = Some(now + CALLER_LOST);
                }
                Vec::new()
            }
            CallState::Ringing { rung, .. } => {
                if rung.remove(&party.device) {
                    vec![Effect::Forget { from: party }]
                } else {
                    Vec::new()
                }
            }
            CallState::Answered { caller_lost, callee_lost, .. } if is_bound => {
                let lost = match party.side {
                    Side::Caller => caller_lost,
                    Side::Callee => callee_lost,
                };
                if lost.is_some() {
                    return Vec::new();
                }
                *lost = Some(until);
                let reconnecting = |device| tell(party.side.other(), device, Notice::Reconnecting);
                peer.map(reconnecting).into_iter().collect()
            }
            CallState::Answered { .. } | CallState::Ended { .. } => Vec::new(),
        }
    }

    pub(super) fn clock(&mut self, now: Timestamp) -> Effects {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        match &self.state {
            CallState::Ringing { until, .. } => {
                let reason = if now >= *until { HangupReason::Timeout } else { HangupReason::CallerLost };
                let mut effects = self.tell_ringing(Notice::Hangup(reason));
                self.end(Outcome::Missed, reason, None, now, &mut effects);
                effects
            }
            CallState::Answered { connected_at, accepted_at, .. } => {
                // Some clients never say that they are connected: those who stayed for long were.
                let talked = connected_at.is_some() || now - *accepted_at >= SURELY_CONNECTED;
                let outcome = if talked { Outcome::Completed } else { Outcome::Failed };
                let mut effects = self.tell_bound(Notice::Hangup(HangupReason::ConnectionLost), None);
                self.end(outcome, HangupReason::ConnectionLost, None, now, &mut effects);
                effects
            }
            CallState::Ended { .. } => Vec::new(),
        }
    }

    /// The server ends it.
    pub(super) fn stop(&mut self, reason: HangupReason, now: Timestamp) -> Effects {
        let (mut effects, outcome) = match &self.state {
            CallState::Ringing { .. } => (self.tell_ringing(Notice::Hangup(reason)), Outcome::Cancelled),
            CallState::Answered { .. } => (self.tell_bound(Notice::Hangup(reason), None), Outcome::Completed),
            CallState::Ended { .. } => return Vec::new(),
        };
        self.end(outcome, reason, None, now, &mut effects);
        effects
    }

    pub(super) fn end(
        &mut self,
        outcome: Outcome,
        reason: HangupReason,
        by: Option<Side>,
        at: Timestamp,
        effects: &mut Effects,
    ) {
        let (callee_device, accepted_at, connected_at) = match &self.state {
            CallState::Answered { callee_device, accepted_at, connected_at, .. } => {
                (Some(*callee_device), Some(*accepted_at), *connected_at)
            }
            _ => (None, None, None),
        };
        let ending = Ending { outcome, reason, at, by };
        self.state = CallState::Ended { ending, callee_device, accepted_at, connected_at };
        effects.push(Effect::Close(outcome));
    }
}
