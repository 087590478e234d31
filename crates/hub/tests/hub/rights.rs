//! Every revocation is lost, and events are lost, delayed and reordered: nobody reads on after the log took the right,
//! and nobody loses a right that the log gave back before the admission.

use std::cell::Cell;

use bytes::Bytes;
use hallway_domain::ports::BusItem;
use hallway_domain::{Event, Seq};
use hallway_hub::{Reservation, Subscription};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{PLAIN, ROOM, Reader, World, ban, entered, left, message, permit_as_of};

#[derive(Clone, Debug)]
enum Op {
    Post,
    Leave,
    Enter,
    Ban(bool),
    /// Of what is on its way.
    Arrive(prop::sample::Index),
    Lose(prop::sample::Index),
    /// Begins to join, is admitted, goes live.
    Reserve,
    Admit,
    GoLive,
    Check,
    Run(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => Just(Op::Post),
        2 => Just(Op::Leave),
        2 => Just(Op::Enter),
        2 => any::<bool>().prop_map(Op::Ban),
        6 => any::<prop::sample::Index>().prop_map(Op::Arrive),
        2 => any::<prop::sample::Index>().prop_map(Op::Lose),
        3 => Just(Op::Reserve),
        3 => Just(Op::Admit),
        3 => Just(Op::GoLive),
        1 => Just(Op::Check),
        3 => (1..4_usize).prop_map(Op::Run),
    ]
}

/// How far ann's join has come.
enum Join {
    Out,
    Reserved(Reservation),
    Open(Seq, Subscription),
    Live(Seq),
}

struct Run<'a> {
    world: World,
    ann: Reader,
    join: Join,
    /// What the database says of ann.
    member: bool,
    banned: bool,
    /// Where the log took ann's right.
    taken: Vec<Seq>,
    on_the_way: Vec<Event>,
    losses: &'a Cell<usize>,
    returns: &'a Cell<usize>,
}

impl Run<'_> {
    fn commit(&mut self, fact: hallway_domain::Fact) -> Seq {
        let event = self.world.log.append(ROOM, fact);
        let seq = event.seq;
        self.on_the_way.push(event);
        seq
    }

    async fn apply(&mut self, op: Op) {
        match op {
            Op::Post => drop(self.commit(message("bob"))),
            Op::Leave if self.member => {
                self.member = false;
                let seq = self.commit(left("ann"));
                self.taken.push(seq);
            }
            Op::Enter if !self.member => {
                self.member = true;
                self.commit(entered("ann"));
            }
            Op::Ban(on) if on != self.banned => {
                self.banned = on;
                let seq = self.commit(ban("ann", on));
                self.taken.extend(on.then_some(seq));
            }
            Op::Arrive(pick) if !self.on_the_way.is_empty() => {
                let event = self.on_the_way.remove(pick.index(self.on_the_way.len()));
                self.world.deliver([BusItem::Event(event)]);
            }
            Op::Lose(pick) if !self.on_the_way.is_empty() => {
                self.on_the_way.remove(pick.index(self.on_the_way.len()));
            }
            Op::Reserve => {
                self.read();
                self.join = Join::Out;
                self.world.hub.unsubscribe(self.ann.id(), ROOM);
                self.join = Join::Reserved(self.world.hub.reserve(self.ann.id(), ROOM).await.unwrap());
            }
            Op::Admit | Op::GoLive => self.go_on(),
            Op::Check => self.world.hub.check().await,
            Op::Run(turns) => {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
            }
            Op::Leave | Op::Enter | Op::Ban(_) | Op::Arrive(_) | Op::Lose(_) => {}
        }
        self.read();
        self.world.hub.check_invariants();
    }

    fn go_on(&mut self) {
        self.join = match std::mem::replace(&mut self.join, Join::Out) {
            Join::Reserved(reservation) if self.member && !self.banned => {
                let as_of = self.world.log.head(ROOM);
                let opened = reservation.open(&permit_as_of(&self.ann.info.user, ROOM, as_of));
                Join::Open(as_of, opened.expect("was admitted, and nothing has happened since"))
            }
            Join::Reserved(reservation) => Join::Reserved(reservation),
            Join::Open(as_of, subscription) => {
                if subscription.go_live(|_| Bytes::new()).is_ok() {
                    let was_taken_before = self.taken.iter().any(|at| *at <= as_of);
                    self.returns.set(self.returns.get() + usize::from(was_taken_before));
                    Join::Live(as_of)
                } else {
                    self.must_be_taken(as_of);
                    Join::Out
                }
            }
            other => other,
        };
    }

    fn taken_since(&self, as_of: Seq) -> Option<Seq> {
        self.taken.iter().copied().find(|at| *at > as_of)
    }

    fn must_be_taken(&self, as_of: Seq) {
        assert!(
            self.taken_since(as_of).is_some(),
            "lost what was admitted as of {as_of}, and taken at {:?}",
            self.taken
        );
        self.losses.set(self.losses.get() + 1);
    }

    fn read(&mut self) {
        for line in self.ann.read() {
            let (Join::Open(as_of, _) | Join::Live(as_of)) = &self.join else {
                panic!("not in the room, and got {line}")
            };
            let as_of = *as_of;
            if line.starts_with("lost") {
                self.must_be_taken(as_of);
                self.join = Join::Out;
                continue;
            }
            let seq = Seq(line.strip_prefix("r1:").and_then(|seq| seq.parse().ok()).expect("an event"));
            let taken = self.taken_since(as_of);
            assert!(taken.is_none_or(|at| seq <= at), "got {seq}, and the right was taken at {taken:?}");
        }
        self.ann.notices();
    }
}

fn check(ops: Vec<Op>, losses: &Cell<usize>, returns: &Cell<usize>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let world = World::new();
        world.log.create(ROOM);
        // Keeps the room followed.
        let bob = world.joined("bob", PLAIN).await;
        let ann = world.connect("ann", 2, PLAIN).unwrap();
        let (join, taken, on_the_way) = (Join::Out, Vec::new(), Vec::new());
        let mut run = Run { world, ann, join, member: true, banned: false, taken, on_the_way, losses, returns };
        for op in ops {
            run.apply(op).await;
            bob.read();
        }
        run.world.hub.check().await;
        run.world.settle().await;
        run.read();
        if let Join::Live(as_of) = run.join {
            assert_eq!(run.taken_since(as_of), None, "follows what was taken");
            assert_eq!(run.world.hub.heads(run.ann.id()), [(ROOM, run.world.log.head(ROOM))]);
        }
    });
}

#[test]
fn the_log_alone_decides_who_reads_on() {
    let (losses, returns) = (Cell::new(0), Cell::new(0));
    let config = Config { cases: 600, max_shrink_iters: 20_000, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(op(), 1..120), |ops| {
            check(ops, &losses, &returns);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert!(losses.get() > 100 && returns.get() > 100, "{} losses, {} returns", losses.get(), returns.get());
}
