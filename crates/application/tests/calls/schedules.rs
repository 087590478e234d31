//! Random schedules of two users with three devices each, and drops. A schedule is named by its seed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use hallway_application::{CallStep, Gone, Settings};
use hallway_domain::call::{CallId, CallState, CallWord, DeviceId, Outcome, Phase};
use hallway_domain::ports::Store;
use time::Duration;

use crate::phones::{HANGUP, Phone, answer, befriend, ice, is_free, is_stop, offer, told};
use crate::world::{World, settings};

const SEEDS: u64 = 1000;
const STEPS: u32 = 40;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap_or_default()
    }
}

/// What a page would show.
#[derive(Default)]
struct Screen {
    online: bool,
    /// Calls that ring, or that it is in.
    calls: BTreeSet<CallId>,
}

struct Play {
    world: World,
    phones: Vec<Phone>,
    screens: BTreeMap<DeviceId, Screen>,
    placed: u32,
}

impl Play {
    async fn new() -> Self {
        let world = World::with(Settings {
            calls: hallway_application::CallSettings { unanswered_per_hour: 10_000, ..Default::default() },
            ..settings()
        });
        let (ann, bob) = (world.user("ann").await, world.user("bob").await);
        befriend(&world, &ann, &bob).await;
        let mut phones = Vec::new();
        for (actor, device) in [(&ann, 1), (&bob, 2), (&ann, 3), (&bob, 4), (&ann, 5), (&bob, 6)] {
            phones.push(Phone::new(&world, actor, device).await);
        }
        let screens = phones.iter().map(|phone| (phone.device, Screen { online: true, ..Screen::default() }));
        let screens = screens.collect();
        world.bus.take();
        Self { world, phones, screens, placed: 0 }
    }

    /// Shows the phones what they were told.
    fn show(&mut self) {
        let phones: Vec<&Phone> = self.phones.iter().collect();
        for (device, frames) in told(&self.world, &phones) {
            let Some(screen) = self.screens.get_mut(&device).filter(|screen| screen.online) else { continue };
            for frame in frames {
                if frame.word == CallWord::Invite {
                    screen.calls.insert(frame.call);
                } else if is_stop(frame.word) || (frame.word == CallWord::Sync && frame.phase == Phase::Ended) {
                    screen.calls.remove(&frame.call);
                }
            }
        }
    }

    async fn step(&mut self, dice: &mut Dice) {
        let phone = self.phones[dice.roll(6)].clone();
        let online = self.screens[&phone.device].online;
        let what = dice.roll(14);
        if !online {
            if what < 6 {
                self.screens.entry(phone.device).or_default().online = true;
                phone.arrive(&self.world).await;
            }
            return;
        }
        let shown: Vec<CallId> = self.screens[&phone.device].calls.iter().cloned().collect();
        let call = if shown.is_empty() { None } else { Some(shown[dice.roll(shown.len())].to_string()) };
        match (what, call) {
            (0..=2, _) => self.call(&phone).await,
            (3, _) => {
                // Its page is gone with all that it showed.
                self.screens.insert(phone.device, Screen::default());
                let how = [Gone::Broken, Gone::ForGood][dice.roll(2)];
                phone.depart(&self.world, how).await;
            }
            (4, _) => {
                self.world.clock.advance(Duration::seconds(i64::try_from(dice.roll(20)).unwrap_or_default()));
                self.world.app.calls().sweep().await.expect("sweep");
            }
            (_, None) => {}
            (5..=6, Some(call)) => {
                if phone.try_say(&self.world, &call, CallStep::Accept(answer())).await.is_err() {
                    self.forget(&phone, &call);
                }
            }
            (7, Some(call)) => self.stop(&phone, &call, CallStep::Reject).await,
            (8, Some(call)) => self.stop(&phone, &call, HANGUP).await,
            (9, Some(call)) => phone.say(&self.world, &call, CallStep::Ice(ice(1))).await,
            (10, Some(call)) => phone.say(&self.world, &call, CallStep::Resume).await,
            (11, Some(call)) => {
                let take_over = dice.roll(2) == 0;
                let rejoin = CallStep::Rejoin { base_epoch: 0, take_over, payload: offer() };
                // It may well be refused; what matters is what is left.
                let _ = phone.try_say(&self.world, &call, rejoin).await;
            }
            (12, Some(call)) => self.stop(&phone, &call, CallStep::Busy).await,
            (_, Some(call)) => {
                let _ = phone.try_say(&self.world, &call, CallStep::Connected).await;
            }
        }
    }

    async fn call(&mut self, phone: &Phone) {
        self.placed += 1;
        let call = format!("call-{}", self.placed);
        let other = self.phones.iter().find(|other| other.actor.id() != phone.actor.id()).expect("somebody else");
        if phone.try_call(&self.world, &call, &other.actor.clone()).await == Ok(hallway_application::Invited::Placed) {
            self.screens.entry(phone.device).or_default().calls.insert(CallId::parse(&call).expect("an id"));
        }
    }

    /// A client that is told that it came too late shows the call no more.
    fn forget(&mut self, phone: &Phone, call: &str) {
        let call = CallId::parse(call).expect("an id");
        self.show();
        self.screens.entry(phone.device).or_default().calls.remove(&call);
    }

    async fn stop(&mut self, phone: &Phone, call: &str, step: CallStep) {
        phone.say(&self.world, call, step).await;
        self.show();
        let id = CallId::parse(call).expect("an id");
        let stored = self.world.store.call_queries().call(&id).await.expect("call").expect("the call");
        let is_caller = stored.caller_device == phone.device;
        let goes_on = match &stored.state {
            CallState::Ringing { rung, .. } => is_caller || rung.contains(&phone.device),
            CallState::Answered { callee_device, .. } => is_caller || *callee_device == phone.device,
            CallState::Ended { .. } => false,
        };
        if !goes_on {
            self.screens.entry(phone.device).or_default().calls.remove(&id);
        }
    }

    /// At any moment there is one live call at most.
    async fn check(&self, seed: u64) {
        let live = self.world.store.call_queries().live_calls(None, 9).await.expect("live");
        assert!(live.len() <= 1, "seed {seed}: {live:?}");
    }

    /// Nobody does anything any more.
    async fn end(&mut self, seed: u64, outcomes: &mut HashSet<Outcome>) {
        let calls = self.world.store.call_queries().live_calls(None, 9).await.expect("live");
        for call in &calls {
            for phone in self.phones.clone() {
                if [Some(call.caller_device), call.bound(hallway_domain::call::Side::Callee)]
                    .contains(&Some(phone.device))
                    && call.phase() != Phase::Ringing
                    && self.screens[&phone.device].online
                {
                    self.screens.insert(phone.device, Screen::default());
                    phone.depart(&self.world, Gone::Broken).await;
                }
            }
        }
        self.world.clock.advance(Duration::minutes(5));
        self.world.app.calls().sweep().await.expect("sweep");
        self.show();
        assert!(self.world.store.call_queries().live_calls(None, 9).await.expect("live").is_empty(), "seed {seed}");
        for phone in &self.phones {
            assert!(is_free(&self.world, &phone.actor).await, "seed {seed}: still in a call");
            let screen = &self.screens[&phone.device];
            assert!(screen.calls.is_empty(), "seed {seed}: {:?} still shows {:?}", phone.device, screen.calls);
        }
        let history = self.world.app.calls().history(&self.phones[0].actor, None, 200).await.expect("history");
        outcomes.extend(history.calls.iter().filter_map(|call| match &call.state {
            CallState::Ended { ending, .. } => Some(ending.outcome),
            _ => None,
        }));
        for call in &history.calls {
            let CallState::Ended { ending, accepted_at, .. } = &call.state else { panic!("seed {seed}: {call:?}") };
            assert!(ending.at >= call.created_at && accepted_at.is_none_or(|at| at <= ending.at), "seed {seed}");
        }
    }
}

#[tokio::test]
async fn random_schedules_end_with_nothing_left_over() {
    let mut outcomes = HashSet::new();
    for seed in 0..SEEDS {
        let (mut play, mut dice) = (Play::new().await, Dice(seed));
        for _ in 0..STEPS {
            play.step(&mut dice).await;
            play.show();
            play.check(seed).await;
        }
        play.end(seed, &mut outcomes).await;
    }
    assert_eq!(outcomes.len(), 6, "every way to end came about: {outcomes:?}");
}
