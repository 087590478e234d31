//! Calls.

use std::collections::BTreeSet;

use hallway_domain::call::{
    Call, CallEvent, CallId, CallMedia, DeviceId, GRACE, HangupReason, NewCall, Party, RING, Side, Step,
};
use hallway_domain::ports::{CallCursor, StoredCall};
use hallway_domain::{DirectKey, UserId, UserRef};
use uuid::Uuid;

use super::{World, at};

const fn device(number: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(number))
}

const CALLEE: Party = Party { side: Side::Callee, device: device(2) };
const CALLER: Party = Party { side: Side::Caller, device: device(1) };

fn id(name: &str) -> CallId {
    CallId::parse(name).expect("an id")
}

fn placed(name: &str, from: &UserRef, to: &UserRef, now: i64) -> Call {
    let new = NewCall {
        id: id(name),
        room: None,
        caller: from.id,
        callee: to.id,
        media: CallMedia { audio: true, video: false },
        device: device(1),
    };
    Call::place(new, BTreeSet::from([device(2), device(3)]), at(now), RING).0
}

async fn insert(world: &World, call: &Call) -> bool {
    let mut unit = world.begin().await;
    let inserted = unit.calls().insert(call).await.expect("insert");
    unit.commit().await.expect("commit");
    inserted
}

/// Saves the call as it is after the events.
async fn after(world: &World, call: &Call, events: &[(CallEvent, i64)]) -> Call {
    let mut unit = world.begin().await;
    let mut stored = unit.calls().lock(&call.id).await.expect("lock").expect("the call");
    for (event, now) in events {
        stored.call = stored.call.apply(*event, at(*now)).expect("allowed").0;
    }
    assert!(unit.calls().update(&stored).await.expect("update"));
    unit.commit().await.expect("commit");
    stored.call
}

async fn read(world: &World, call: &Call) -> Call {
    world.store().call_queries().call(&call.id).await.expect("call").expect("the call")
}

pub async fn come_back_in_every_state(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let call = placed("one", &ann, &bob, 1);
    assert!(insert(&world, &call).await);
    assert_eq!(read(&world, &call).await, call);
    let said_busy = CallEvent::From(Party { device: device(3), ..CALLEE }, Step::Busy);
    let lost = CallEvent::Lost { party: CALLER, grace: GRACE };
    let crossed = CallEvent::Crossed(device(4));
    let ringing = after(&world, &call, &[(said_busy, 2), (crossed, 2), (lost, 2)]).await;
    assert_eq!(read(&world, &call).await, ringing);
    let accept = CallEvent::From(CALLEE, Step::Accept { slot_free: true });
    let connected = CallEvent::From(CALLEE, Step::Connected);
    let rejoin = CallEvent::From(CALLER, Step::Rejoin { base_epoch: 0, take_over: false });
    let lost = CallEvent::Lost { party: CALLEE, grace: GRACE };
    let active = after(&world, &call, &[(accept, 3), (connected, 4), (rejoin, 5), (lost, 6)]).await;
    assert_eq!(read(&world, &call).await, active);
    let hangup = CallEvent::From(CALLER, Step::Hangup { reason: Some(HangupReason::IceFailed), force: false });
    let ended = after(&world, &call, &[(hangup, 7)]).await;
    assert_eq!(read(&world, &call).await, ended);
}

pub async fn two_have_one_live_call(world: World) {
    let (ann, bob, cat) = (world.user("ann").await, world.user("bob").await, world.user("cat").await);
    let call = placed("one", &ann, &bob, 1);
    assert!(insert(&world, &call).await);
    let mut unit = world.begin().await;
    assert!(!unit.calls().insert(&placed("two", &bob, &ann, 1)).await.expect("insert"), "whoever calls");
    assert!(!unit.calls().insert(&placed("one", &ann, &cat, 1)).await.expect("insert"), "the id is taken");
    let pair = DirectKey::new(bob.id, ann.id);
    let found = unit.calls().lock_live(pair).await.expect("a unit that can be used");
    assert_eq!(found, Some(StoredCall { call: call.clone(), version: 0 }));
    drop(unit);
    after(&world, &call, &[(CallEvent::Severed, 2)]).await;
    assert!(insert(&world, &placed("two", &bob, &ann, 3)).await, "it is over");
    assert!(!insert(&world, &placed("one", &cat, &ann, 3)).await, "its id stays taken");
}

pub async fn a_change_of_what_was_changed_is_refused(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let call = placed("one", &ann, &bob, 1);
    insert(&world, &call).await;
    after(&world, &call, &[(CallEvent::Crossed(device(3)), 2)]).await;
    let mut unit = world.begin().await;
    assert!(!unit.calls().update(&StoredCall { call: call.clone(), version: 0 }).await.expect("update"));
    assert!(unit.calls().update(&StoredCall { call, version: 1 }).await.expect("update"));
}

pub async fn a_user_is_in_one_call(world: World) {
    let (ann, bob, cat) = (world.user("ann").await, world.user("bob").await, world.user("cat").await);
    let (one, two) = (placed("one", &ann, &bob, 1), placed("two", &cat, &ann, 1));
    insert(&world, &one).await;
    insert(&world, &two).await;
    let mut unit = world.begin().await;
    let calls = unit.calls();
    assert_eq!(calls.slot(ann.id).await.expect("slot"), None);
    assert!(calls.take_slot(ann.id, &one.id).await.expect("take"));
    assert!(calls.take_slot(ann.id, &one.id).await.expect("take"), "again is fine");
    assert!(!calls.take_slot(ann.id, &two.id).await.expect("take"));
    assert_eq!(calls.slot(ann.id).await.expect("slot"), Some(one.id.clone()));
    calls.free_slots(&one.id).await.expect("free");
    assert!(calls.take_slot(ann.id, &two.id).await.expect("take"));
}

pub async fn are_found_when_they_are_due(world: World) {
    let (ann, bob, cat) = (world.user("ann").await, world.user("bob").await, world.user("cat").await);
    let late = placed("one", &ann, &bob, 100);
    let early = placed("two", &ann, &cat, 50);
    insert(&world, &late).await;
    insert(&world, &early).await;
    let due = early.deadline().expect("it rings");
    let store = world.store();
    let queries = store.call_queries();
    assert!(!queries.has_due_calls(due - time::Duration::microseconds(1)).await.expect("due"));
    assert!(queries.has_due_calls(due).await.expect("due"));
    let mut unit = world.begin().await;
    assert_eq!(unit.calls().lock_due(at(1)).await.expect("due"), None);
    let found = unit.calls().lock_due(due + RING * 1000).await.expect("due").expect("two are due");
    assert_eq!(found.call, early, "the longest first");
    drop(unit);
    after(&world, &early, &[(CallEvent::Severed, 51)]).await;
    let mut unit = world.begin().await;
    let found = unit.calls().lock_due(due + RING * 1000).await.expect("due").expect("one is due");
    assert_eq!(found.call.id, late.id);
}

pub async fn are_listed_while_they_live(world: World) {
    let (ann, bob, cat) = (world.user("ann").await, world.user("bob").await, world.user("cat").await);
    let one = placed("one", &ann, &bob, 1);
    let two = placed("two", &cat, &ann, 2);
    let over = placed("zero", &bob, &cat, 3);
    for call in [&one, &two, &over] {
        insert(&world, call).await;
    }
    after(&world, &over, &[(CallEvent::Severed, 4)]).await;
    let store = world.store();
    let queries = store.call_queries();
    assert_eq!(queries.live_calls_of(ann.id, 9).await.expect("live"), [two.clone(), one.clone()]);
    assert_eq!(queries.live_calls_of(cat.id, 9).await.expect("live"), std::slice::from_ref(&two));
    assert_eq!(queries.live_calls(None, 9).await.expect("live"), [one.clone(), two.clone()]);
    assert_eq!(queries.live_calls(Some(&one.id), 9).await.expect("live"), [two]);
    assert_eq!(queries.live_calls(None, 1).await.expect("live"), [one]);
}

pub async fn history_goes_back_page_by_page(world: World) {
    let (ann, bob, cat) = (world.user("ann").await, world.user("bob").await, world.user("cat").await);
    // Two began at the same time.
    let calls = [
        placed("c-1", &ann, &bob, 10),
        placed("c-2", &cat, &ann, 20),
        placed("c-3", &bob, &ann, 20),
        placed("c-4", &bob, &cat, 30),
    ];
    for call in &calls {
        insert(&world, call).await;
        after(&world, call, &[(CallEvent::Severed, 40)]).await;
    }
    insert(&world, &placed("c-5", &ann, &bob, 50)).await;
    let page = async |user: UserId, before: Option<CallCursor>, limit| -> Vec<Call> {
        world.store().call_queries().call_history(user, before.as_ref(), limit).await.expect("history")
    };
    let names = |calls: &[Call]| calls.iter().map(|call| call.id.to_string()).collect::<Vec<_>>();
    let first = page(ann.id, None, 2).await;
    assert_eq!(names(&first), ["c-3", "c-2"], "not the one that lives");
    let last = first.last().expect("two");
    let cursor = CallCursor { created_at: last.created_at, call: last.id.clone() };
    assert_eq!(names(&page(ann.id, Some(cursor), 2).await), ["c-1"]);
    assert_eq!(names(&page(cat.id, None, 9).await), ["c-4", "c-2"]);
}
