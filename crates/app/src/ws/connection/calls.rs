//! Calls of a connection's user, on this device of theirs.

use std::rc::Rc;
use std::time::Duration;

use hallway_application::{CallFailure, CallRefused, CallStep, Gone, Invitation, Invited};
use hallway_domain::Disconnect;
use hallway_domain::call::{CallError as StepError, CallId, Payload};
use hallway_protocol::ws::calls::CallError;
use tokio::time::Instant;

use super::peer::Peer;
use crate::ws::calls::{CallCommand, CallEvent, What, error};
use crate::ws::fastroom::PLAIN;

/// Most candidates that wait for their invitation: browsers have some before its client has sent it.
const MAX_EARLY: usize = 32;
/// How long they wait.
const EARLY: Duration = Duration::from_secs(10);

/// Candidates for a call that there is not yet.
pub(super) struct Early {
    call: CallId,
    payload: Payload,
    since: Instant,
}

/// From now on the device is called, and told of its calls.
pub(super) async fn arrive(peer: Rc<Peer>) {
    let user = peer.actor.id();
    if let Err(error) = peer.sockets.hub.follow_user(user).await {
        tracing::warn!(%error, connection.id = %peer.id(), "a device is told of no calls");
        return;
    }
    if let Err(error) = peer.sockets.app.calls().arrive(&peer.actor, peer.device, peer.id()).await {
        tracing::warn!(%error, connection.id = %peer.id(), "a device is not told of all calls");
    }
}

/// The connection is gone.
pub(super) async fn depart(peer: &Peer) {
    if peer.dialect == PLAIN {
        return;
    }
    let how = match peer.mailbox.closed() {
        Some(Disconnect::SessionRevoked | Disconnect::AccountDisabled) => Gone::SignedOut,
        _ if peer.device.0 == peer.id().0 => Gone::ForGood,
        _ => Gone::Broken,
    };
    if let Err(error) = peer.sockets.app.calls().depart(peer.actor.id(), peer.device, peer.id(), how).await {
        tracing::warn!(%error, connection.id = %peer.id(), "calls are not told that a device is gone");
    }
}

/// Carries an event out, and answers it where there is an answer.
pub(super) async fn run(peer: Rc<Peer>, command: CallCommand) {
    let CallCommand { word, what } = command;
    match what {
        What::Invite { call, to, room, payload } => {
            let id = call.unwrap_or_else(|| CallId::from_stored(peer.sockets.ids.client().to_string()));
            invite(&peer, Invitation { id, to, room, payload }).await;
        }
        What::Step { call, step } => {
            let early = match &step {
                CallStep::Ice(payload) => Some(payload.clone()),
                _ => None,
            };
            let said = peer.sockets.app.calls().say(&peer.actor, peer.device, &call, step).await;
            match (said, early) {
                (Ok(()), _) => {}
                (Err(CallFailure::Refused(CallRefused::Unknown)), Some(payload)) => {
                    peer.early.borrow_mut().add(call, payload);
                }
                (Err(failure), _) => refuse(&peer, word, &call, &failure),
            }
        }
    }
}

async fn invite(peer: &Peer, invitation: Invitation) {
    let id = invitation.id.clone();
    // A client may be quicker than the arrival of its connection, and what it is answered has to reach it.
    if let Err(error) = peer.sockets.hub.follow_user(peer.actor.id()).await {
        tracing::warn!(%error, connection.id = %peer.id(), "a device is told of no calls");
    }
    // With glare, the error comes before the call that has won.
    let hold = peer.mailbox.hold();
    let calls = peer.sockets.app.calls();
    match calls.invite(&peer.actor, peer.device, invitation).await {
        Ok(Invited::Placed) => {
            drop(hold);
            let early = peer.early.borrow_mut().take(&id);
            for payload in early {
                if let Err(failure) = calls.say(&peer.actor, peer.device, &id, CallStep::Ice(payload)).await {
                    refuse(peer, CallEvent::Ice, &id, &failure);
                }
            }
        }
        Ok(Invited::Glare { winner }) => {
            let fault = CallError {
                message: "Call already exists".to_owned(),
                context_event: CallEvent::Invite.word().to_owned(),
                call_id: Some(id.to_string()),
                code: Some("glare".to_owned()),
                winning_call_id: Some(winner.to_string()),
                epoch: None,
            };
            hold.release(error(peer.is_native(), fault));
        }
        Err(failure) => {
            drop(hold);
            refuse(peer, CallEvent::Invite, &id, &failure);
        }
    }
}

/// Detail that is not for the client goes to the log.
fn refuse(peer: &Peer, word: CallEvent, call: &CallId, failure: &CallFailure) {
    let (message, code, epoch) = match failure {
        CallFailure::Refused(refused) => {
            let epoch = match refused {
                CallRefused::Step(StepError::StaleEpoch(epoch)) => Some(*epoch),
                _ => None,
            };
            (text(peer, *refused), refused.code(), epoch)
        }
        CallFailure::Failed(error) => {
            tracing::warn!(?error, frame = word.word(), "an event of a call failed");
            (error.to_string(), error.code(), None)
        }
    };
    if matches!(failure, CallFailure::Refused(CallRefused::TooManyInvites)) {
        peer.count_refusal();
    }
    if word.is_answered() {
        peer.say(error(
            peer.is_native(),
            CallError {
                message,
                context_event: word.word().to_owned(),
                call_id: Some(call.to_string()),
                code: Some(code.to_owned()),
                winning_call_id: None,
                epoch,
            },
        ));
    }
}

/// FastSock has no words for what a step may be refused for.
fn text(peer: &Peer, refused: CallRefused) -> String {
    match refused {
        CallRefused::Step(StepError::CallEnded) if peer.is_fastsock() => CallRefused::Unknown.to_string(),
        CallRefused::Step(_) if peer.is_fastsock() => CallRefused::NotParty.to_string(),
        other => other.to_string(),
    }
}

/// What came before its invitation.
#[derive(Default)]
pub(super) struct EarlyIce(Vec<Early>);

impl EarlyIce {
    fn add(&mut self, call: CallId, payload: Payload) {
        let now = Instant::now();
        self.0.retain(|early| now.duration_since(early.since) < EARLY);
        if self.0.len() < MAX_EARLY {
            self.0.push(Early { call, payload, since: now });
        }
    }

    fn take(&mut self, call: &CallId) -> Vec<Payload> {
        let now = Instant::now();
        let (own, others) = std::mem::take(&mut self.0).into_iter().partition(|early| early.call == *call);
        self.0 = others;
        let own: Vec<Early> = own;
        own.into_iter().filter(|early| now.duration_since(early.since) < EARLY).map(|early| early.payload).collect()
    }
}
