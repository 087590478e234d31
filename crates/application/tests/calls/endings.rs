//! Calls that end otherwise than by hanging up.

use hallway_application::{CallRefused, CallStep, Gone};
use hallway_domain::SanctionKind;
use hallway_domain::call::{CallError, GRACE, HangupReason, LEGACY_GRACE, Outcome, RING};
use time::Duration;

use crate::phones::{HANGUP, Phone, answer, befriend, friends, is_free, outcome, read, told, told_words};
use crate::world::World;

async fn sweep(world: &World, after: Duration) -> usize {
    world.clock.advance(after);
    world.app.calls().sweep().await.expect("sweep")
}

#[tokio::test]
async fn nobody_answers() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (caller, friend) = (Phone::new(&world, &ann, 1).await, Phone::new(&world, &bob, 2).await);
    caller.call(&world, "one", &bob).await;
    world.bus.take();
    assert_eq!(sweep(&world, RING - Duration::seconds(1)).await, 0);
    assert_eq!(sweep(&world, Duration::seconds(1)).await, 1);
    let frames = told(&world, &[&caller, &friend]);
    for phone in [&caller, &friend] {
        assert_eq!(frames[&phone.device][0].reason, Some(HangupReason::Timeout));
    }
    assert_eq!(outcome(&world, "one").await, Some(Outcome::Missed));
    assert!(is_free(&world, &ann).await);
    let late = friend.try_say(&world, "one", CallStep::Accept(answer())).await;
    assert_eq!(late, Err(CallRefused::Step(CallError::CallEnded)));
    assert_eq!(sweep(&world, RING).await, 0, "once");
}

#[tokio::test]
async fn too_many_that_nobody_answers_are_refused() {
    let call = hallway_domain::ports::Rate { per_second: 100.0, burst: 100 };
    let rates = hallway_application::Rates { call, ..hallway_application::Rates::default() };
    let world = World::with(hallway_application::Settings { rates: Some(rates), ..crate::world::settings() });
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let cat = world.user("cat").await;
    befriend(&world, &ann, &cat).await;
    let caller = Phone::new(&world, &ann, 1).await;
    for number in 0..6 {
        let call = format!("call-{number}");
        caller.call(&world, &call, &bob).await;
        caller.say(&world, &call, HANGUP).await;
    }
    assert_eq!(caller.try_call(&world, "another", &bob).await, Err(CallRefused::NotAllowed));
    caller.call(&world, "cat", &cat).await;
}

#[tokio::test]
async fn declined_and_busy_are_told() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let caller = Phone::new(&world, &ann, 1).await;
    let (desk, pocket) = (Phone::new(&world, &bob, 2).await, Phone::new(&world, &bob, 3).await);
    let phones = [&caller, &desk, &pocket];
    caller.call(&world, "one", &bob).await;
    world.bus.take();
    desk.say(&world, "one", CallStep::Reject).await;
    assert_eq!(told_words(&world, &phones), [vec!["call.reject"], vec![], vec!["call.hangup"]]);
    assert_eq!(outcome(&world, "one").await, Some(Outcome::Declined));
    caller.call(&world, "two", &bob).await;
    world.bus.take();
    desk.say(&world, "two", CallStep::Busy).await;
    assert_eq!(told_words(&world, &phones), [Vec::<&str>::new(), vec![], vec![]], "the other one still rings");
    pocket.say(&world, "two", CallStep::Busy).await;
    assert_eq!(told_words(&world, &phones), [vec!["call.busy"], vec![], vec![]]);
    assert_eq!(outcome(&world, "two").await, Some(Outcome::Busy));
}

#[tokio::test]
async fn one_is_in_one_call() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (cat, dan) = (world.user("cat").await, world.user("dan").await);
    befriend(&world, &cat, &bob).await;
    befriend(&world, &dan, &bob).await;
    befriend(&world, &ann, &cat).await;
    let phones: Vec<Phone> = {
        let mut phones = Vec::new();
        for (actor, device) in [(&ann, 1), (&bob, 2), (&cat, 3), (&dan, 4)] {
            phones.push(Phone::new(&world, actor, device).await);
        }
        phones
    };
    let all: Vec<&Phone> = phones.iter().collect();
    // Ringing alone makes nobody busy.
    phones[0].call(&world, "ann", &bob).await;
    phones[2].call(&world, "cat", &bob).await;
    assert_eq!(phones[0].try_call(&world, "more", &cat).await, Err(CallRefused::Exists), "she is calling");
    world.bus.take();
    phones[1].accept(&world, "ann").await;
    let words = told_words(&world, &all);
    assert_eq!(words, [vec!["call.accept"], vec!["call.hangup"], vec!["call.busy"], vec![]]);
    assert_eq!(outcome(&world, "cat").await, Some(Outcome::Busy));
    phones[3].call(&world, "dan", &bob).await;
    assert_eq!(told_words(&world, &all), [vec![], vec![], vec![], vec!["call.busy"]], "he does not even ring");
    assert!(is_free(&world, &dan).await);
    let history = world.app.calls().history(&bob, None, 10).await.expect("history").calls;
    assert_eq!(history.len(), 2, "he finds both calls");
}

#[tokio::test]
async fn who_does_not_come_back_is_not_waited_for_for_ever() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (caller, friend) = (Phone::new(&world, &ann, 1).await, Phone::new(&world, &bob, 2).await);
    let phones = [&caller, &friend];
    caller.call(&world, "ringing", &bob).await;
    caller.depart(&world, Gone::Broken).await;
    world.bus.take();
    assert_eq!(sweep(&world, Duration::seconds(10)).await, 1);
    assert_eq!(told_words(&world, &phones)[1], ["call.hangup"]);
    assert_eq!(outcome(&world, "ringing").await, Some(Outcome::Missed));
    caller.arrive(&world).await;
    for (call, how, grace) in [("broken", Gone::Broken, GRACE), ("legacy", Gone::ForGood, LEGACY_GRACE)] {
        caller.call(&world, call, &bob).await;
        friend.accept(&world, call).await;
        friend.say(&world, call, CallStep::Connected).await;
        friend.depart(&world, how).await;
        assert_eq!(sweep(&world, grace - Duration::seconds(1)).await, 0);
        world.bus.take();
        assert_eq!(sweep(&world, Duration::seconds(1)).await, 1);
        assert_eq!(told_words(&world, &phones)[0], ["call.hangup"]);
        assert_eq!(outcome(&world, call).await, Some(Outcome::Completed));
        friend.arrive(&world).await;
    }
}

/// A node that died said nothing of its devices.
#[tokio::test]
async fn a_device_that_vanished_is_found_out() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let caller = Phone { actor: ann.clone(), device: hallway_domain::call::DeviceId(uuid::Uuid::from_u128(1)) };
    let friend = Phone::new(&world, &bob, 2).await;
    caller.call(&world, "one", &bob).await;
    friend.accept(&world, "one").await;
    world.app.calls().look().await.expect("look");
    assert_eq!(read(&world, "one").await.deadline(), None, "not at once");
    world.clock.advance(Duration::seconds(30));
    world.app.calls().look().await.expect("look");
    assert_eq!(sweep(&world, GRACE).await, 1);
    assert!(is_free(&world, &bob).await);
}

#[tokio::test]
async fn who_may_not_talk_any_more_is_cut_off() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (caller, friend) = (Phone::new(&world, &ann, 1).await, Phone::new(&world, &bob, 2).await);
    let phones = [&caller, &friend];
    let begin = async |call: &str, room| {
        let placed = caller.try_call_in(&world, call, &bob, room).await;
        assert_eq!(placed, Ok(hallway_application::Invited::Placed));
        friend.accept(&world, call).await;
        world.bus.take();
    };
    let ended = async |call: &str| {
        let frames = told(&world, &phones);
        for phone in phones {
            assert_eq!(frames[&phone.device][0].reason, Some(HangupReason::Ended), "{call}: it does not say why");
        }
        assert_eq!(outcome(&world, call).await, Some(Outcome::Completed));
        assert!(is_free(&world, &ann).await && is_free(&world, &bob).await);
    };
    let room = world.room(&ann, "room").await;
    world.join(&bob, &room).await;
    begin("left", Some(room.id)).await;
    world.app.rooms().leave(&bob, room.id).await.expect("leave");
    ended("left").await;

    world.join(&bob, &room).await;
    begin("banned", Some(room.id)).await;
    let kind = SanctionKind::Ban;
    let ban = hallway_application::SetSanction { kind, on: Some(true), reason: None, expires_at: None };
    world.app.moderation().set_sanction(&ann, room.id, bob.id(), ban).await.expect("ban");
    ended("banned").await;

    begin("blocked", None).await;
    world.app.accounts().block(&bob, ann.id()).await.expect("block");
    ended("blocked").await;
    world.app.accounts().unblock(&bob, ann.id()).await.expect("unblock");

    begin("signed-out", None).await;
    friend.depart(&world, Gone::SignedOut).await;
    assert_eq!(outcome(&world, "signed-out").await, Some(Outcome::Completed));
}

/// What the unit that took the right away could not tell.
#[tokio::test]
async fn a_right_that_ended_unseen_is_found_out() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (caller, friend) = (Phone::new(&world, &ann, 1).await, Phone::new(&world, &bob, 2).await);
    caller.call(&world, "one", &bob).await;
    friend.accept(&world, "one").await;
    world.disable(bob.id()).await;
    world.clock.advance(Duration::seconds(30));
    world.app.calls().look().await.expect("look");
    assert_eq!(outcome(&world, "one").await, Some(Outcome::Completed));
}
