//! Calls that come about.

use hallway_application::{CallRefused, CallStep, Gone, Settings};
use hallway_domain::call::{CallError, CallMedia, HangupReason, Outcome, SdpKind};
use hallway_domain::ports::Store;

use crate::phones::{
    HANGUP, Phone, answer, befriend, description, friends, ice, is_free, offer, outcome, read, told, told_words, words,
};
use crate::world::{World, settings};

#[tokio::test]
async fn rings_everywhere_and_is_answered_on_one_device() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let caller = Phone::new(&world, &ann, 1).await;
    let (desk, pocket) = (Phone::new(&world, &bob, 2).await, Phone::new(&world, &bob, 3).await);
    world.bus.take();
    caller.call(&world, "one", &bob).await;
    let first = told(&world, &[&caller, &desk, &pocket]);
    for phone in [&desk, &pocket] {
        let [invite] = &first[&phone.device][..] else { panic!("{first:?}") };
        assert_eq!((invite.from, invite.payload.clone()), (ann.id(), offer()));
        assert!(invite.expires_at.is_some() && !invite.glare);
    }
    caller.say(&world, "one", CallStep::Ice(ice(1))).await;
    // Candidates of the callee are held back: who does not answer gives nothing away.
    desk.say(&world, "one", CallStep::Ice(ice(2))).await;
    pocket.say(&world, "one", CallStep::Ice(ice(3))).await;
    pocket.say(&world, "one", CallStep::Ringing).await;
    let phones = [&caller, &desk, &pocket];
    assert_eq!(told_words(&world, &phones), [vec!["call.ringing"], vec!["call.ice"], vec!["call.ice"]]);

    desk.accept(&world, "one").await;
    let frames = told(&world, &phones);
    let to_caller = &frames[&caller.device];
    assert_eq!(words(to_caller), ["call.accept", "call.ice"]);
    assert_eq!((to_caller[0].payload.clone(), to_caller[1].payload.clone()), (answer(), ice(2)));
    assert_eq!(frames[&pocket.device][0].reason, Some(HangupReason::AnsweredElsewhere));
    let late = pocket.try_say(&world, "one", CallStep::Accept(answer())).await;
    assert_eq!(late, Err(CallRefused::Step(CallError::AlreadyAnswered)));

    caller.say(&world, "one", CallStep::Ice(ice(4))).await;
    pocket.say(&world, "one", CallStep::Ice(ice(5))).await;
    caller.say(&world, "one", CallStep::Connected).await;
    desk.say(&world, "one", CallStep::Media(CallMedia { audio: true, video: false })).await;
    assert_eq!(told_words(&world, &phones), [vec!["call.media"], vec!["call.ice"], vec![]]);
    caller.say(&world, "one", HANGUP).await;
    caller.say(&world, "one", HANGUP).await;
    assert_eq!(told_words(&world, &phones), [vec![], vec!["call.hangup"], vec![]], "once");
    assert_eq!(outcome(&world, "one").await, Some(Outcome::Completed));
    assert!(is_free(&world, &ann).await && is_free(&world, &bob).await);
    let page = world.app.calls().history(&bob, None, 10).await.expect("history");
    assert_eq!((page.calls, page.next), (vec![read(&world, "one").await], None));
}

#[tokio::test]
async fn a_device_that_comes_late_rings_with_all_that_was_said() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let caller = Phone::new(&world, &ann, 1).await;
    caller.call(&world, "one", &bob).await;
    caller.say(&world, "one", CallStep::Ice(ice(1))).await;
    caller.say(&world, "one", CallStep::Ice(ice(2))).await;
    world.bus.take();
    let late = Phone::new(&world, &bob, 2).await;
    let frames = told(&world, &[&caller, &late]);
    let frames = &frames[&late.device];
    assert_eq!(words(frames), ["call.invite", "call.ice", "call.ice"]);
    assert_eq!((&frames[0].payload, &frames[2].payload), (&offer(), &ice(2)));
    late.accept(&world, "one").await;
    assert_eq!(told_words(&world, &[&caller, &late]), [vec!["call.accept"], vec![]]);
}

#[tokio::test]
async fn whoever_may_not_call_learns_nothing() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let stranger = world.user("eve").await;
    let phone = Phone::new(&world, &ann, 1).await;
    let eve = Phone::new(&world, &stranger, 2).await;
    let room = world.room(&ann, "room").await;
    assert_eq!(eve.try_call(&world, "1", &bob).await, Err(CallRefused::NotAllowed));
    assert_eq!(phone.try_call(&world, "2", &ann).await, Err(CallRefused::NotAllowed), "oneself");
    assert_eq!(phone.try_call_in(&world, "3", &stranger, Some(room.id)).await, Err(CallRefused::NotAllowed));
    world.join(&stranger, &room).await;
    assert!(phone.try_call_in(&world, "4", &stranger, Some(room.id)).await.is_ok(), "both are members");
    phone.say(&world, "4", HANGUP).await;
    world.app.accounts().block(&bob, ann.id()).await.expect("block");
    assert_eq!(phone.try_call(&world, "5", &bob).await, Err(CallRefused::NotAllowed), "blocked");
    befriend(&world, &ann, &stranger).await;
    world.disable(stranger.id()).await;
    assert_eq!(phone.try_call(&world, "6", &stranger).await, Err(CallRefused::NotAllowed), "disabled");
    // Nor does anybody touch a call that is not theirs.
    let cat = world.user("cat").await;
    befriend(&world, &ann, &cat).await;
    phone.call(&world, "7", &cat).await;
    assert_eq!(eve.try_say(&world, "7", CallStep::Accept(answer())).await, Err(CallRefused::NotParty));
    assert_eq!(eve.try_say(&world, "nothing", HANGUP).await, Err(CallRefused::Unknown));
    assert_eq!(outcome(&world, "7").await, None);
}

#[tokio::test]
async fn calls_are_rated_over_all_devices() {
    let rates = hallway_application::Rates::default();
    let world = World::with(Settings { rates: Some(rates), ..settings() });
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let phones = [Phone::new(&world, &ann, 1).await, Phone::new(&world, &ann, 2).await];
    for (number, phone) in phones.iter().cycle().take(3).enumerate() {
        let call = format!("call-{number}");
        phone.call(&world, &call, &bob).await;
        phone.say(&world, &call, HANGUP).await;
    }
    assert_eq!(phones[1].try_call(&world, "another", &bob).await, Err(CallRefused::TooManyInvites));
    world.clock.advance(time::Duration::seconds(31));
    phones[1].call(&world, "another", &bob).await;
}

#[tokio::test]
async fn a_page_that_was_loaded_again_goes_on_talking() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (caller, friend) = (Phone::new(&world, &ann, 1).await, Phone::new(&world, &bob, 2).await);
    let phones = [&caller, &friend];
    caller.call(&world, "one", &bob).await;
    friend.accept(&world, "one").await;
    world.bus.take();
    caller.depart(&world, Gone::Broken).await;
    assert_eq!(told_words(&world, &phones), [vec![], vec!["call.reconnecting"]]);
    // What is said meanwhile waits.
    friend.say(&world, "one", CallStep::Ice(ice(7))).await;
    assert_eq!(told_words(&world, &phones), [Vec::<&str>::new(), vec![]]);
    caller.arrive(&world).await;
    assert_eq!(told_words(&world, &phones), [vec!["call.sync"], vec![]]);
    caller.say(&world, "one", CallStep::Resume).await;
    let frames = told_words(&world, &phones);
    assert_eq!(frames, [vec!["call.sync", "call.ice"], vec!["call.resumed"]]);
    let again = CallStep::Rejoin { base_epoch: 0, take_over: false, payload: offer() };
    caller.say(&world, "one", again.clone()).await;
    let stale = friend.try_say(&world, "one", again).await;
    assert_eq!(stale, Err(CallRefused::Step(CallError::StaleEpoch(1))));
    let answered = CallStep::Negotiate { epoch: Some(1), payload: description(SdpKind::Answer, "again") };
    friend.say(&world, "one", answered).await;
    assert_eq!(told_words(&world, &phones), [vec!["call.negotiate"], vec!["call.rejoin"]]);
    // Another device of hers takes over.
    let other = Phone::new(&world, &ann, 3).await;
    world.bus.take();
    let moved = CallStep::Rejoin { base_epoch: 1, take_over: true, payload: offer() };
    other.say(&world, "one", moved).await;
    let phones = [&caller, &friend, &other];
    assert_eq!(told_words(&world, &phones), [vec!["call.hangup"], vec!["call.rejoin"], vec![]]);
}

#[tokio::test]
async fn addresses_stay_hidden_where_only_relays_are_passed_on() {
    let world = {
        let mut settings = settings();
        settings.calls.relay_only = true;
        World::with(settings)
    };
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (caller, friend) = (Phone::new(&world, &ann, 1).await, Phone::new(&world, &bob, 2).await);
    caller.call(&world, "one", &bob).await;
    world.bus.take();
    caller.say(&world, "one", CallStep::Ice(ice(1))).await;
    assert_eq!(told_words(&world, &[&caller, &friend]), [Vec::<&str>::new(), vec![]]);
    assert!(world.store.call_queries().call(&crate::phones::id("one")).await.expect("call").is_some());
}
