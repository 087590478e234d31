//! Devices that remember what they were told.

use std::collections::BTreeMap;

use hallway_application::{CallFailure, CallRefused, CallStep, Gone, Invitation, Invited};
use hallway_domain::call::{
    Call, CallFrame, CallId, CallMedia, CallState, CallWord, DeviceId, IceCandidate, Outcome, Payload, SdpKind,
    SessionDescription, Trickle,
};
use hallway_domain::ports::{BusItem, Store};
use hallway_domain::{Actor, ConnectionId, RoomId, SignalKind};
use uuid::Uuid;

use crate::world::World;

/// A device of a user.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) actor: Actor,
    pub(crate) device: DeviceId,
}

/// What a phone was told, oldest first.
pub(crate) type Told = BTreeMap<DeviceId, Vec<CallFrame>>;

pub(crate) fn id(name: &str) -> CallId {
    CallId::parse(name).expect("an id")
}

pub(crate) fn description(kind: SdpKind, name: &str) -> Payload {
    let sdp = SessionDescription::parse(kind, format!("v=0\r\ns={name}\r\n")).expect("a description");
    Payload { sdp: Some(sdp), candidates: Vec::new(), media: Some(CallMedia { audio: true, video: true }) }
}

pub(crate) fn offer() -> Payload {
    description(SdpKind::Offer, "offer")
}

pub(crate) fn answer() -> Payload {
    description(SdpKind::Answer, "answer")
}

pub(crate) fn ice(number: u32) -> Payload {
    let line = format!("candidate:{number} 1 udp 1 192.0.2.1 5000 typ host");
    let candidate = IceCandidate::parse(&line).expect("a candidate");
    Payload { candidates: vec![Trickle { candidate, mid: None, line: None, fragment: None }], ..Payload::default() }
}

pub(crate) fn words(frames: &[CallFrame]) -> Vec<&'static str> {
    frames.iter().map(|frame| frame.word.word()).collect()
}

/// Two who have talked before.
pub(crate) async fn friends(world: &World, one: &str, other: &str) -> (Actor, Actor) {
    let (one, other) = (world.user(one).await, world.user(other).await);
    befriend(world, &one, &other).await;
    (one, other)
}

pub(crate) async fn befriend(world: &World, one: &Actor, other: &Actor) {
    let (room, _) = world.app.rooms().direct(one, other.id()).await.expect("a conversation");
    world.send(one, &room, "hello").await;
}

impl Phone {
    /// A device that is online.
    pub(crate) async fn new(world: &World, actor: &Actor, device: u128) -> Self {
        let phone = Self { actor: actor.clone(), device: DeviceId(Uuid::from_u128(device)) };
        phone.arrive(world).await;
        phone
    }

    const fn connection(&self) -> ConnectionId {
        ConnectionId(self.device.0)
    }

    pub(crate) async fn arrive(&self, world: &World) {
        world.app.calls().arrive(&self.actor, self.device, self.connection()).await.expect("arrive");
    }

    pub(crate) async fn depart(&self, world: &World, how: Gone) {
        let user = self.actor.id();
        world.app.calls().depart(user, self.device, self.connection(), how).await.expect("depart");
    }

    pub(crate) async fn try_call(&self, world: &World, call: &str, to: &Actor) -> Result<Invited, CallRefused> {
        self.try_call_in(world, call, to, None).await
    }

    pub(crate) async fn try_call_in(
        &self,
        world: &World,
        call: &str,
        to: &Actor,
        room: Option<RoomId>,
    ) -> Result<Invited, CallRefused> {
        let invitation = Invitation { id: id(call), to: to.id(), room, payload: offer() };
        refused(world.app.calls().invite(&self.actor, self.device, invitation).await)
    }

    pub(crate) async fn call(&self, world: &World, call: &str, to: &Actor) {
        assert_eq!(self.try_call(world, call, to).await, Ok(Invited::Placed));
    }

    pub(crate) async fn try_say(&self, world: &World, call: &str, step: CallStep) -> Result<(), CallRefused> {
        refused(world.app.calls().say(&self.actor, self.device, &id(call), step).await)
    }

    pub(crate) async fn say(&self, world: &World, call: &str, step: CallStep) {
        self.try_say(world, call, step).await.expect("allowed");
    }

    pub(crate) async fn accept(&self, world: &World, call: &str) {
        self.say(world, call, CallStep::Accept(answer())).await;
    }
}

pub(crate) const HANGUP: CallStep = CallStep::Hangup { reason: None, force: false };

fn refused<T>(outcome: Result<T, CallFailure>) -> Result<T, CallRefused> {
    outcome.map_err(|failure| match failure {
        CallFailure::Refused(refused) => refused,
        CallFailure::Failed(error) => panic!("{error:?}"),
    })
}

/// What the phones were told since the last time. Nobody else was.
pub(crate) fn told(world: &World, phones: &[&Phone]) -> Told {
    let mut told = Told::new();
    for item in world.bus.take() {
        let BusItem::Signal(signal) = item else { continue };
        let SignalKind::Call { user, frame } = signal.kind else { continue };
        assert_eq!(signal.room, RoomId::of_user(user));
        let own: Vec<&&Phone> = phones.iter().filter(|phone| phone.actor.id() == user).collect();
        assert!(!own.is_empty(), "told to a stranger: {frame:?}");
        for phone in own.into_iter().filter(|phone| frame.to.is_none_or(|to| to == phone.device)) {
            told.entry(phone.device).or_default().push((*frame).clone());
        }
    }
    told
}

/// The words that each of the phones was told.
pub(crate) fn told_words(world: &World, phones: &[&Phone]) -> Vec<Vec<&'static str>> {
    let told = told(world, phones);
    phones.iter().map(|phone| told.get(&phone.device).map(|frames| words(frames)).unwrap_or_default()).collect()
}

pub(crate) async fn read(world: &World, call: &str) -> Call {
    world.store.call_queries().call(&id(call)).await.expect("call").expect("the call")
}

pub(crate) async fn outcome(world: &World, call: &str) -> Option<Outcome> {
    match read(world, call).await.state {
        CallState::Ended { ending, .. } => Some(ending.outcome),
        _ => None,
    }
}

/// Whether the user is in any call.
pub(crate) async fn is_free(world: &World, actor: &Actor) -> bool {
    let mut unit = world.store.begin().await.expect("begin");
    unit.calls().slot(actor.id()).await.expect("slot").is_none()
}

pub(crate) fn is_stop(word: CallWord) -> bool {
    matches!(word, CallWord::Hangup | CallWord::Reject | CallWord::Busy)
}
