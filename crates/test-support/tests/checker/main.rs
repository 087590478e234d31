//! The checker finds every kind of violation that is planted into a clean history, and nothing in one that is clean.

mod dice;
mod plant;
mod world;

use std::thread;

use hallway_test_support::checker::{Anomaly, Event, check};

use dice::Dice;
use plant::PLANTS;

const SEEDS: u64 = 100;
const WORKERS: usize = 4;

#[test]
fn clean_histories_are_not_flagged() {
    let mut acks = 0;
    for seed in 0..SEEDS {
        let history = world::clean(seed);
        acks += history.entries.iter().filter(|entry| matches!(entry.event, Event::Ack { .. })).count();
        let report = check(&history);
        assert!(report.is_clean(), "seed {seed}: {report}");
    }
    assert!(acks > 1000, "{acks} acks: the histories are too small to show anything");
}

#[test]
fn every_planted_violation_is_caught() {
    // Several at a time: there are thousands.
    let missed: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|worker| scope.spawn(move || missed_by(worker))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("the checker does not panic")).collect()
    });
    assert!(missed.is_empty(), "{} of {} missed: {missed:?}", missed.len(), PLANTS.len() as u64 * SEEDS);
}

/// What was planted into this worker's share of the seeds and not caught.
fn missed_by(worker: usize) -> Vec<(&'static str, u64)> {
    let mut missed = Vec::new();
    for seed in (0..SEEDS).skip(worker).step_by(WORKERS) {
        let clean = world::clean(seed);
        for (name, anomaly, plant) in PLANTS {
            let mut history = clean.clone();
            assert!(plant(&mut history, &mut Dice::new(seed)).is_some(), "{name} has no place in seed {seed}");
            if !check(&history).has(*anomaly) {
                missed.push((*name, seed));
            }
        }
    }
    missed
}

#[test]
fn there_is_a_plant_for_every_kind() {
    use Anomaly::{
        AbortedRead, Altered, DupDeliver, DupStore, ErasedText, FinalExtra, FinalMissing, Gap, Ghost,
        HistoryAfterRevoke, Hole, LiveAfterRevoke, Lost, NeverMember, Phantom, PhantomSignal, RealtimeOrder, Reorder,
        SentAfterRevoke, SeqConflict, SignalLeak, StaleText, Undelivered, Unseen,
    };
    let all = [
        Lost,
        Altered,
        Phantom,
        DupStore,
        SeqConflict,
        Hole,
        AbortedRead,
        DupDeliver,
        Reorder,
        Gap,
        Undelivered,
        RealtimeOrder,
        SentAfterRevoke,
        HistoryAfterRevoke,
        LiveAfterRevoke,
        NeverMember,
        SignalLeak,
        PhantomSignal,
        StaleText,
        ErasedText,
        FinalMissing,
        FinalExtra,
        Ghost,
        Unseen,
    ];
    for anomaly in all {
        assert!(PLANTS.iter().any(|(_, planted, _)| *planted == anomaly), "{anomaly:?} is never planted");
    }
}
