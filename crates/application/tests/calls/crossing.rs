//! Both call at once.

use hallway_application::{CallStep, Invited};
use hallway_domain::call::{CallWord, Phase};
use hallway_domain::ports::Store;
use tokio::task::JoinSet;

use std::sync::Arc;

use crate::phones::{HANGUP, Phone, friends, id, is_free, read, told};
use crate::world::World;

const PAIRS: usize = 500;

#[tokio::test]
async fn the_second_one_rings_instead() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (one, other) = (Phone::new(&world, &ann, 1).await, Phone::new(&world, &bob, 2).await);
    one.call(&world, "first", &bob).await;
    world.bus.take();
    let glare = other.try_call(&world, "second", &ann).await;
    assert_eq!(glare, Ok(Invited::Glare { winner: id("first") }));
    let frames = told(&world, &[&one, &other]);
    assert!(frames[&other.device][0].glare && frames[&other.device][0].word == CallWord::Invite);
    // What FastSock's client says by itself while it calls.
    other.say(&world, "first", CallStep::Busy).await;
    other.accept(&world, "first").await;
    assert_eq!(read(&world, "first").await.phase(), Phase::Active);
    assert_eq!(one.try_call(&world, "third", &bob).await, Err(hallway_application::CallRefused::Exists));
}

#[tokio::test]
async fn who_lost_a_call_calls_again() {
    let world = World::new();
    let (ann, bob) = friends(&world, "ann", "bob").await;
    let (one, other) = (Phone::new(&world, &ann, 1).await, Phone::new(&world, &bob, 2).await);
    one.call(&world, "first", &bob).await;
    other.accept(&world, "first").await;
    one.depart(&world, hallway_application::Gone::Broken).await;
    one.arrive(&world).await;
    world.bus.take();
    one.call(&world, "again", &bob).await;
    let frames = told(&world, &[&one, &other]);
    let words: Vec<_> = frames[&other.device].iter().map(|frame| frame.word).collect();
    assert_eq!(words, [CallWord::Hangup, CallWord::Invite]);
    other.accept(&world, "again").await;
    assert_eq!(
        (read(&world, "first").await.phase(), read(&world, "again").await.phase()),
        (Phase::Ended, Phase::Active)
    );
}

/// A thousand invitations at once, two and two crossing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_crossing_invitations_make_one_call_each() {
    let world = Arc::new(World::new());
    let mut pairs = Vec::new();
    for number in 0..PAIRS {
        let (one, other) = friends(&world, &format!("one{number}"), &format!("other{number}")).await;
        let device = number as u128 * 2 + 1;
        pairs.push([Phone::new(&world, &one, device).await, Phone::new(&world, &other, device + 1).await]);
    }
    let mut invitations = JoinSet::new();
    for (number, pair) in pairs.iter().enumerate() {
        for (from, to) in [(0, 1), (1, 0)] {
            let (phone, to, world) = (pair[from].clone(), pair[to].actor.clone(), Arc::clone(&world));
            invitations.spawn(async move {
                let call = format!("call-{number}-{from}");
                (number, from, phone.try_call(&world, &call, &to).await)
            });
        }
    }
    let mut outcomes = vec![[None, None]; PAIRS];
    while let Some(done) = invitations.join_next().await {
        let (number, from, outcome) = done.expect("no panic");
        outcomes[number][from] = Some(outcome.expect("nobody is refused"));
    }
    for (number, (pair, outcome)) in pairs.iter().zip(&outcomes).enumerate() {
        let placed: Vec<usize> = (0..2).filter(|side| outcome[*side] == Some(Invited::Placed)).collect();
        let [winner] = placed[..] else { panic!("{number}: {outcome:?}") };
        let call = format!("call-{number}-{winner}");
        assert_eq!(outcome[1 - winner], Some(Invited::Glare { winner: id(&call) }));
        let live = world.store.call_queries().live_calls_of(pair[0].actor.id(), 9).await.expect("live");
        assert_eq!(live.len(), 1);
        // Both sides come to talk, and end with nothing left over.
        pair[1 - winner].accept(&world, &call).await;
        assert_eq!(read(&world, &call).await.phase(), Phase::Active);
        pair[winner].say(&world, &call, HANGUP).await;
        for phone in pair {
            assert!(is_free(&world, &phone.actor).await);
        }
    }
    assert!(world.store.call_queries().live_calls(None, 9).await.expect("live").is_empty());
}
