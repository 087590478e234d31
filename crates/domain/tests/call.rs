//! Every reachable state of a call, and every event in it.

use std::collections::{BTreeSet, HashSet, VecDeque};

use hallway_domain::call::{
    Call, CallError, CallEvent, CallId, CallMedia, CallState, Crossing, DeviceId, Effect, GRACE, HangupReason, Kept,
    NewCall, Notice, Outcome, Party, Phase, RING, Side, Step,
};
use hallway_domain::{Timestamp, UserId};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
/// Epochs are counted up to here in the search, or it would have no end.
const EPOCHS: u32 = 2;

const fn device(number: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(number))
}

const fn caller(number: u128) -> Party {
    Party { side: Side::Caller, device: device(number) }
}

const fn callee(number: u128) -> Party {
    Party { side: Side::Callee, device: device(number) }
}

/// Two devices of the caller, three of the callee; the last one is not online at first.
const PARTIES: [Party; 5] = [caller(1), caller(2), callee(3), callee(4), callee(5)];

fn placed() -> Call {
    let new = NewCall {
        id: CallId::parse("one").expect("an id"),
        room: None,
        caller: UserId(1),
        callee: UserId(2),
        media: CallMedia { audio: true, video: true },
        device: device(1),
    };
    Call::place(new, BTreeSet::from([device(3), device(4)]), NOW, RING).0
}

fn events(call: &Call) -> Vec<(CallEvent, Timestamp)> {
    let always = [CallEvent::Severed, CallEvent::Recalled, CallEvent::Clock, CallEvent::Taken];
    let mut events: Vec<_> = always.into_iter().map(|event| (event, NOW)).collect();
    for party in PARTIES {
        let mut steps = vec![
            Step::Accept { slot_free: true },
            Step::Accept { slot_free: false },
            Step::Reject,
            Step::Busy,
            Step::Hangup { reason: None, force: false },
            Step::Hangup { reason: Some(HangupReason::IceFailed), force: true },
            Step::Ice,
            Step::Negotiate { epoch: call.epoch },
            Step::Negotiate { epoch: call.epoch + 1 },
            Step::Rejoin { base_epoch: call.epoch + 1, take_over: true },
            Step::Resume,
            Step::Connected,
            Step::Media,
        ];
        if call.epoch < EPOCHS {
            steps.push(Step::Rejoin { base_epoch: call.epoch, take_over: false });
            steps.push(Step::Rejoin { base_epoch: call.epoch, take_over: true });
        }
        events.extend(steps.into_iter().map(|step| (CallEvent::From(party, step), NOW)));
        events.push((CallEvent::Lost { party, grace: GRACE }, NOW));
        if party.side == Side::Callee {
            events.push((CallEvent::Online(party.device), NOW));
            events.push((CallEvent::Crossed(party.device), NOW));
        }
    }
    events.extend(call.deadline().map(|at| (CallEvent::Clock, at)));
    events
}

fn rung(call: &Call) -> BTreeSet<DeviceId> {
    match &call.state {
        CallState::Ringing { rung, .. } => rung.clone(),
        _ => BTreeSet::new(),
    }
}

fn bound(call: &Call) -> HashSet<Party> {
    let sides = [Side::Caller, Side::Callee];
    sides.into_iter().filter_map(|side| Some(Party { side, device: call.bound(side)? })).collect()
}

/// What every transition must keep.
fn check(before: &Call, event: CallEvent, after: &Call, effects: &[Effect]) {
    let context = format!("{event:?} in {before:?} gave {after:?} and {effects:?}");
    let closes = effects.iter().filter(|effect| matches!(effect, Effect::Close(_))).count();
    let ends = before.phase() != Phase::Ended && after.phase() == Phase::Ended;
    assert_eq!(closes, usize::from(ends), "history once: {context}");
    if before.phase() == Phase::Ended {
        assert_eq!(before, after, "the end is the end: {context}");
        let is_harmless = |effect: &Effect| matches!(effect, Effect::Tell { notice: Notice::Sync, .. });
        assert!(effects.iter().all(is_harmless), "{context}");
    }
    let silent = match event {
        CallEvent::From(party, _) | CallEvent::Lost { party, .. } => Some(party.device),
        _ => None,
    };
    let told = |device: DeviceId| {
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Tell { to, notice: Notice::Hangup(_) } if to.device == device))
    };
    for device in rung(before).difference(&rung(after)).filter(|device| Some(**device) != silent) {
        assert!(told(*device), "{device:?} rings on: {context}");
    }
    if ends {
        for party in bound(before).into_iter().filter(|party| Some(party.device) != silent) {
            let is_told = effects.iter().any(|effect| {
                matches!(effect, Effect::Tell { to, notice: Notice::Hangup(_) | Notice::Reject | Notice::Busy }
                    if *to == party)
            });
            assert!(is_told, "{party:?} is left behind: {context}");
        }
    }
    for effect in effects {
        let CallEvent::From(from, step) = event else { break };
        let Effect::Relay { to } = effect else { continue };
        assert_ne!(from.side, to.side, "{context}");
        assert!(bound(after).contains(to) || rung(after).contains(&to.device), "relayed to a stranger: {context}");
        assert!(bound(after).contains(&from), "relayed from a stranger: {context}");
        if matches!(step, Step::Ice | Step::Negotiate { .. }) && after.phase() != Phase::Ringing {
            assert!(bound(after).contains(to), "{context}");
        }
    }
    // Before an answer nothing of the callee's goes to the caller.
    if after.phase() == Phase::Ringing {
        let leaks = effects.iter().any(|effect| match effect {
            Effect::Relay { to } | Effect::Replay { to, .. } => to.side == Side::Caller,
            _ => false,
        });
        assert!(!leaks, "{context}");
    }
    if let (Some(old), Some(new)) = (before.bound(Side::Callee), after.bound(Side::Callee))
        && old != new
    {
        assert!(matches!(event, CallEvent::From(_, Step::Rejoin { .. })), "{context}");
    }
}

/// With everybody silent, connections are found lost and the clock alone ends the call.
fn ends_by_itself(call: &Call) {
    let mut call = call.clone();
    for party in PARTIES {
        call = call.apply(CallEvent::Lost { party, grace: GRACE }, NOW).expect("losing is never refused").0;
    }
    while let Some(deadline) = call.deadline() {
        call = call.apply(CallEvent::Clock, deadline).expect("the clock is never refused").0;
    }
    assert_eq!(call.phase(), Phase::Ended, "{call:?}");
}

#[test]
fn every_event_in_every_state_keeps_the_rules() {
    let mut seen = HashSet::from([placed()]);
    let mut open = VecDeque::from([placed()]);
    let mut transitions = 0_u32;
    while let Some(call) = open.pop_front() {
        ends_by_itself(&call);
        for (event, now) in events(&call) {
            transitions += 1;
            let Ok((next, effects)) = call.apply(event, now) else { continue };
            check(&call, event, &next, &effects);
            if seen.insert(next.clone()) {
                open.push_back(next);
            }
        }
    }
    assert!(seen.len() > 500 && transitions > 30_000, "{} states, {transitions} transitions", seen.len());
    let phases: HashSet<_> = seen.iter().map(Call::phase).collect();
    assert_eq!(phases.len(), 4, "every phase is reached");
}

fn apply(call: &Call, event: CallEvent) -> (Call, Vec<Effect>) {
    call.apply(event, NOW).expect("an allowed event")
}

fn step(call: &Call, party: Party, step: Step) -> (Call, Vec<Effect>) {
    apply(call, CallEvent::From(party, step))
}

const ACCEPT: Step = Step::Accept { slot_free: true };
const HANGUP: Step = Step::Hangup { reason: None, force: false };

fn outcome(call: &Call) -> Option<Outcome> {
    match &call.state {
        CallState::Ended { ending, .. } => Some(ending.outcome),
        _ => None,
    }
}

#[test]
fn the_first_device_that_answers_wins() {
    let (call, effects) = step(&placed(), callee(3), ACCEPT);
    assert_eq!(call.bound(Side::Callee), Some(device(3)));
    let elsewhere = Effect::Tell { to: callee(4), notice: Notice::Hangup(HangupReason::AnsweredElsewhere) };
    assert!(effects.contains(&elsewhere) && effects.contains(&Effect::Forget { from: callee(4) }));
    assert_eq!(call.apply(CallEvent::From(callee(4), ACCEPT), NOW), Err(CallError::AlreadyAnswered));
    assert_eq!(step(&call, callee(3), ACCEPT), (call.clone(), Vec::new()), "a repeat changes nothing");
    assert_eq!(step(&call, callee(4), Step::Reject), (call.clone(), Vec::new()), "late, and harmless");
    assert_eq!(placed().apply(CallEvent::From(caller(1), ACCEPT), NOW), Err(CallError::NotRung), "not one's own call");
    let taken = CallEvent::From(callee(3), Step::Accept { slot_free: false });
    assert_eq!(placed().apply(taken, NOW), Err(CallError::InAnotherCall));
}

#[test]
fn outcomes_are_told_apart() {
    let ended = [
        (step(&placed(), callee(3), Step::Reject).0, Outcome::Declined),
        (step(&placed(), caller(2), HANGUP).0, Outcome::Cancelled),
        (step(&step(&placed(), callee(3), Step::Busy).0, callee(4), Step::Busy).0, Outcome::Busy),
        (placed().apply(CallEvent::Clock, NOW + RING).expect("time").0, Outcome::Missed),
        (step(&step(&placed(), callee(3), ACCEPT).0, caller(1), HANGUP).0, Outcome::Completed),
        (apply(&placed(), CallEvent::Severed).0, Outcome::Cancelled),
    ];
    for (call, expected) in ended {
        assert_eq!(outcome(&call), Some(expected));
    }
    let failed = Step::Hangup { reason: Some(HangupReason::IceFailed), force: false };
    let answered = step(&placed(), callee(3), ACCEPT).0;
    assert_eq!(outcome(&step(&answered, caller(1), failed).0), Some(Outcome::Failed));
    let connected = step(&answered, caller(1), Step::Connected).0;
    assert_eq!(outcome(&step(&connected, caller(1), failed).0), Some(Outcome::Completed), "they talked");
}

#[test]
fn an_unbound_device_ends_an_answered_call_only_by_force() {
    let call = step(&placed(), callee(3), ACCEPT).0;
    assert_eq!(step(&call, callee(4), HANGUP), (call.clone(), Vec::new()));
    let (ended, effects) = step(&call, callee(4), Step::Hangup { reason: None, force: true });
    assert_eq!(outcome(&ended), Some(Outcome::Completed));
    for party in [caller(1), callee(3)] {
        assert!(effects.contains(&Effect::Tell { to: party, notice: Notice::Hangup(HangupReason::Hangup) }));
    }
}

#[test]
fn one_busy_of_a_device_that_was_invited_again_does_not_count() {
    let call = apply(&placed(), CallEvent::Lost { party: callee(3), grace: GRACE }).0;
    let (call, effects) = step(&call, callee(3), Step::Resume);
    assert!(effects.contains(&Effect::Tell { to: callee(3), notice: Notice::Invite }));
    let call = step(&call, callee(3), Step::Busy).0;
    assert!(rung(&call).contains(&device(3)));
    assert!(!rung(&step(&call, callee(3), Step::Busy).0).contains(&device(3)), "the second one counts");
}

#[test]
fn a_refreshed_page_comes_back_with_a_new_offer() {
    let call = step(&placed(), callee(3), ACCEPT).0;
    let lost = apply(&call, CallEvent::Lost { party: caller(1), grace: GRACE }).0;
    assert_eq!((lost.phase(), lost.deadline()), (Phase::Reconnecting, Some(NOW + GRACE)));
    let rejoin = |base_epoch| Step::Rejoin { base_epoch, take_over: false };
    let (back, effects) = step(&lost, caller(1), rejoin(0));
    assert_eq!((back.phase(), back.epoch), (Phase::Active, 1));
    assert!(effects.contains(&Effect::Relay { to: callee(3) }));
    let crossing = back.apply(CallEvent::From(callee(3), rejoin(0)), NOW);
    assert_eq!(crossing, Err(CallError::StaleEpoch(1)), "the other one answers the new offer instead");
    assert_eq!(back.apply(CallEvent::From(callee(4), rejoin(1)), NOW), Err(CallError::ActiveOnOtherDevice));
    let (moved, effects) = step(&back, callee(4), Step::Rejoin { base_epoch: 1, take_over: true });
    assert_eq!(moved.bound(Side::Callee), Some(device(4)));
    assert!(effects.contains(&Effect::Tell { to: callee(3), notice: Notice::Hangup(HangupReason::Moved) }));
}

#[test]
fn crossing_calls_are_told_apart() {
    let ringing = placed();
    assert_eq!(ringing.crossing(UserId(2)), Crossing::Glare);
    assert_eq!(ringing.crossing(UserId(1)), Crossing::Exists);
    let answered = step(&ringing, callee(3), ACCEPT).0;
    assert_eq!(answered.crossing(UserId(1)), Crossing::Exists);
    let lost = apply(&answered, CallEvent::Lost { party: caller(1), grace: GRACE }).0;
    assert_eq!(lost.crossing(UserId(1)), Crossing::Recall);
    assert_eq!(lost.crossing(UserId(2)), Crossing::Exists);
}

#[test]
fn a_caller_who_was_away_gets_the_answer_once() {
    let lost = apply(&placed(), CallEvent::Lost { party: caller(1), grace: GRACE }).0;
    let (answered, effects) = step(&lost, callee(3), ACCEPT);
    assert!(effects.contains(&Effect::Keep { from: callee(3), what: Kept::Answer }));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Relay { .. } | Effect::Replay { .. })));
    let (_, effects) = step(&answered, caller(1), Step::Resume);
    let replay = Effect::Replay { from: callee(3), to: caller(1) };
    let forget = Effect::Forget { from: callee(3) };
    assert!(effects.contains(&replay) && effects.contains(&forget), "{effects:?}");
    let (_, effects) = step(&placed(), callee(3), ACCEPT);
    assert!(!effects.contains(&Effect::Keep { from: callee(3), what: Kept::Answer }), "it was handed over");
}

#[test]
fn a_device_that_was_calling_itself_rings_though_it_said_busy() {
    let call = apply(&placed(), CallEvent::Crossed(device(3))).0;
    let call = step(&call, callee(3), Step::Busy).0;
    assert!(rung(&call).contains(&device(3)), "its client said so by itself");
    let said = step(&placed(), callee(3), Step::Busy).0;
    assert!(rung(&apply(&said, CallEvent::Crossed(device(3))).0).contains(&device(3)), "in whatever order");
}

#[test]
fn whoever_answers_another_call_is_busy() {
    let (call, effects) = apply(&placed(), CallEvent::Taken);
    assert_eq!(outcome(&call), Some(Outcome::Busy));
    assert!(effects.contains(&Effect::Tell { to: caller(1), notice: Notice::Busy }));
    let answered = step(&placed(), callee(3), ACCEPT).0;
    assert_eq!(apply(&answered, CallEvent::Taken), (answered.clone(), Vec::new()));
}
