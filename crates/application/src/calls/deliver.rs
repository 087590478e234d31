//! From what follows a change of a call to what its devices are told.

use hallway_domain::call::{
    Call, CallFrame, CallState, CallWord, DeviceId, Effect, HangupReason, Kept, Notice, Party, Payload, Phase, Side,
};
use hallway_domain::ports::{BusItem, LineError};
use hallway_domain::{RoomId, Signal, SignalKind, Timestamp};

use crate::context::Ports;
use crate::unit;

/// A change that was committed, or a step that changed nothing.
pub(crate) struct Change {
    pub(crate) before: Call,
    pub(crate) after: Call,
    pub(crate) effects: Vec<Effect>,
}

/// What a device said, where one did.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) word: Option<CallWord>,
    pub(crate) payload: Payload,
    /// The receiver was just calling the other way.
    pub(crate) glare: bool,
}

/// Does what is to be done, in order. Nothing of it is durable, so nothing of it fails the change.
pub(crate) async fn deliver(ports: &Ports, change: &Change, said: &Said) {
    let mut delivery = Delivery { ports, change, said, frames: Vec::new(), invited: Vec::new() };
    for effect in &change.effects {
        if let Err(error) = delivery.effect(*effect).await {
            tracing::warn!(%error, call = %change.after.id, "a part of a call is lost");
        }
    }
    let Delivery { frames, invited, .. } = delivery;
    publish(ports, &change.after, frames).await;
    if !invited.is_empty() {
        silence(ports, &change.after, &invited).await;
    }
}

/// The call may have come to its end before the invitation reached the device, and what told of the end with it: it
/// would ring for nothing.
async fn silence(ports: &Ports, call: &Call, invited: &[DeviceId]) {
    let Ok(Some(now)) = ports.store.call_queries().call(&call.id).await else { return };
    let reason = match &now.state {
        CallState::Ringing { .. } => return,
        CallState::Answered { .. } => HangupReason::AnsweredElsewhere,
        CallState::Ended { ending, .. } => ending.reason,
    };
    let bound = now.bound(Side::Callee);
    let late = invited.iter().filter(|device| bound != Some(**device));
    let frames = late.map(|device| {
        let mut frame = frame(&now, CallWord::Hangup, Party { side: Side::Callee, device: *device });
        frame.reason = Some(reason);
        (Side::Callee, frame)
    });
    publish(ports, &now, frames.collect()).await;
}

pub(crate) async fn publish(ports: &Ports, call: &Call, frames: Vec<(Side, CallFrame)>) {
    let at = ports.clock.now();
    let items = frames.into_iter().map(|(side, frame)| {
        let user = call.user(side);
        let kind = SignalKind::Call { user, frame: Box::new(frame) };
        BusItem::Signal(Signal { room: RoomId::of_user(user), at, except: None, kind })
    });
    unit::publish(ports.bus.as_ref(), items.collect()).await;
}

/// A frame without anything special.
pub(crate) fn frame(call: &Call, word: CallWord, to: Party) -> CallFrame {
    CallFrame {
        word,
        call: call.id.clone(),
        to: Some(to.device),
        from: call.user(to.side.other()),
        room: call.room,
        epoch: call.epoch,
        payload: Payload::default(),
        reason: match &call.state {
            CallState::Ended { ending, .. } => Some(ending.reason),
            _ => None,
        },
        phase: call.phase(),
        expires_at: rings_until(call),
        created_at: call.created_at,
        glare: false,
    }
}

const fn rings_until(call: &Call) -> Option<Timestamp> {
    match &call.state {
        CallState::Ringing { until, .. } => Some(*until),
        _ => None,
    }
}

struct Delivery<'a> {
    ports: &'a Ports,
    change: &'a Change,
    said: &'a Said,
    frames: Vec<(Side, CallFrame)>,
    invited: Vec<DeviceId>,
}

impl Delivery<'_> {
    async fn effect(&mut self, effect: Effect) -> Result<(), LineError> {
        let (lines, call) = (&self.ports.lines, &self.change.after);
        match effect {
            Effect::Tell { to, notice } => self.tell(to, notice).await,
            Effect::Relay { to } => {
                if let Some(word) = self.said.word {
                    self.send(word, to, self.said.payload.clone());
                }
                Ok(())
            }
            Effect::Keep { from, what } => lines.keep(&call.id, from, what, &self.said.payload).await,
            Effect::Replay { from, to } => self.replay(from, to).await,
            Effect::Forget { from } => lines.forget(&call.id, from).await,
            Effect::Close(_) => lines.close(&call.id).await,
        }
    }

    fn send(&mut self, word: CallWord, to: Party, payload: Payload) {
        if word == CallWord::Invite {
            self.invited.push(to.device);
        }
        let frame = CallFrame { payload, glare: self.said.glare, ..frame(&self.change.after, word, to) };
        self.frames.push((to.side, frame));
    }

    async fn tell(&mut self, to: Party, notice: Notice) -> Result<(), LineError> {
        let word = match notice {
            Notice::Invite => return self.invite(to).await,
            Notice::Reject => CallWord::Reject,
            Notice::Busy => CallWord::Busy,
            Notice::Hangup(_) => CallWord::Hangup,
            Notice::Reconnecting => CallWord::Reconnecting,
            Notice::Resumed => CallWord::Resumed,
            Notice::Sync => CallWord::Sync,
        };
        let mut frame = frame(&self.change.after, word, to);
        if let Notice::Hangup(reason) = notice {
            frame.reason = Some(reason);
            if self.change.before.is_lost(to.side) {
                // It may have come back as another device.
                frame.to = None;
            }
        }
        self.frames.push((to.side, frame));
        Ok(())
    }

    async fn invite(&mut self, to: Party) -> Result<(), LineError> {
        let call = &self.change.after;
        let caller = Party { side: Side::Caller, device: call.caller_device };
        let mut kept = self.ports.lines.kept(&call.id, caller).await?.into_iter();
        let Some((_, payload)) = kept.find(|(what, _)| *what == Kept::Offer) else {
            return Err(LineError("the offer is gone".to_owned()));
        };
        self.send(CallWord::Invite, to, payload);
        Ok(())
    }

    async fn replay(&mut self, from: Party, to: Party) -> Result<(), LineError> {
        let call = &self.change.after;
        for (what, payload) in self.ports.lines.kept(&call.id, from).await? {
            let word = match what {
                // That is the invitation, which goes before.
                Kept::Offer if call.phase() == Phase::Ringing => continue,
                Kept::Offer => CallWord::Rejoin,
                Kept::Answer => CallWord::Accept,
                Kept::Negotiation => CallWord::Negotiate,
                Kept::Candidate => CallWord::Ice,
            };
            self.send(word, to, payload);
        }
        Ok(())
    }
}
