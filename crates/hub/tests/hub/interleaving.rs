//! Any interleaving of commits, losses, delays, reorderings and repeats on the bus, outages of the database, joins,
//! resumes, slow readers and broken connections: whoever is live has had every event since its first join, once each
//! and in order.

mod client;

use std::cell::Cell;
use std::time::Duration;

use client::Client;
use hallway_domain::ports::BusItem;
use hallway_domain::{Event, RoomId};
use hallway_hub::{HubSettings, MailboxSettings};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{World, message, rename, settings, signal, typing};

const ROOMS: i64 = 3;
const CLIENTS: usize = 4;

#[derive(Clone, Debug)]
enum Op {
    /// Commits an event; what is published of it is on its way, or lost.
    Append {
        room: i64,
        lost: bool,
    },
    /// Something on its way arrives, and may arrive again.
    Arrive {
        pick: prop::sample::Index,
        again: bool,
    },
    /// Much of what is on its way arrives as one batch.
    ArriveTogether {
        count: usize,
    },
    Join {
        client: usize,
        room: i64,
    },
    /// A join goes on by a step.
    Step {
        client: usize,
        room: i64,
    },
    Leave {
        client: usize,
        room: i64,
    },
    /// The connection breaks.
    Break {
        client: usize,
    },
    Read {
        client: usize,
    },
    Typing,
    CheckHeads,
    Interrupted,
    DatabaseDown(bool),
    /// What is under way goes on a little.
    Run(usize),
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let (room, client) = (1..=ROOMS, 0..CLIENTS);
    let of_room = (client.clone(), room.clone());
    prop_oneof![
        12 => (room, prop::bool::weighted(0.25)).prop_map(|(room, lost)| Op::Append { room, lost }),
        10 => (any::<prop::sample::Index>(), prop::bool::weighted(0.2))
            .prop_map(|(pick, again)| Op::Arrive { pick, again }),
        3 => (1..6_usize).prop_map(|count| Op::ArriveTogether { count }),
        4 => of_room.clone().prop_map(|(client, room)| Op::Join { client, room }),
        14 => of_room.clone().prop_map(|(client, room)| Op::Step { client, room }),
        1 => of_room.prop_map(|(client, room)| Op::Leave { client, room }),
        1 => client.clone().prop_map(|client| Op::Break { client }),
        5 => client.prop_map(|client| Op::Read { client }),
        1 => Just(Op::Typing),
        1 => Just(Op::CheckHeads),
        1 => Just(Op::Interrupted),
        1 => prop::bool::weighted(0.3).prop_map(Op::DatabaseDown),
        10 => (1..5_usize).prop_map(Op::Run),
        1 => (1..400_u64).prop_map(Op::Wait),
    ]
}

/// What happened over all cases: a test that never meets the hard cases proves nothing.
#[derive(Default)]
pub(crate) struct Coverage {
    pub(crate) first_joins: Cell<usize>,
    pub(crate) resumes: Cell<usize>,
    pub(crate) replayed: Cell<usize>,
    pub(crate) too_slow: Cell<usize>,
    pub(crate) early: Cell<usize>,
    pub(crate) received: Cell<usize>,
    pub(crate) repairs: Cell<usize>,
}

pub(crate) fn count(counter: &Cell<usize>) {
    counter.set(counter.get() + 1);
}

fn tight() -> HubSettings {
    let mailbox = MailboxSettings { max_bytes: 40, ephemeral_bytes: 20, low_water_bytes: 10 };
    HubSettings { mailbox, reservation_bytes: 40, connections_per_user: CLIENTS, ..settings() }
}

/// What the bus does to what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BusKind {
    /// It delays, reorders and repeats. Nobody needs to compare heads.
    Unordered,
    /// It loses things besides.
    Lossy,
}

struct Run<'a> {
    world: World,
    bus: BusKind,
    clients: Vec<Client<'a>>,
    /// Published, and not arrived.
    on_the_way: Vec<Event>,
    coverage: &'a Coverage,
}

impl<'a> Run<'a> {
    fn new(bus: BusKind, coverage: &'a Coverage) -> Self {
        let world = World::with(tight());
        for room in 1..=ROOMS {
            world.log.append(RoomId(room), message("old"));
        }
        let clients = (0..CLIENTS).map(|n| Client::new(n, coverage)).collect();
        Self { world, bus, clients, on_the_way: Vec::new(), coverage }
    }

    async fn apply(&mut self, op: Op) {
        let world = &self.world;
        match op {
            Op::Append { room, lost } => {
                let room = RoomId(room);
                let renames = world.log.head(room).0 % 7 == 6;
                let fact = if renames { rename(&format!("r{room}")) } else { message("bob") };
                let event = world.log.append(room, fact);
                // A bus brings only what was published while somebody followed.
                let lost = lost && self.bus == BusKind::Lossy;
                if !lost && world.bus.follows(room) {
                    self.on_the_way.push(event);
                }
            }
            Op::Arrive { pick, again } if !self.on_the_way.is_empty() => {
                let place = pick.index(self.on_the_way.len());
                if place > 0 {
                    count(&self.coverage.early);
                }
                let event = if again { self.on_the_way[place].clone() } else { self.on_the_way.remove(place) };
                world.deliver([BusItem::Event(event)]);
            }
            Op::ArriveTogether { count } => {
                let count = count.min(self.on_the_way.len());
                world.deliver(self.on_the_way.drain(..count).rev().map(BusItem::Event).collect::<Vec<_>>());
            }
            Op::Join { client, room } => self.clients[client].join(world, RoomId(room)),
            Op::Step { client, room } => self.clients[client].step(world, RoomId(room)).await,
            Op::Leave { client, room } => self.clients[client].leave(world, RoomId(room)),
            Op::Break { client } => self.clients[client].disconnect(world),
            Op::Read { client } => self.clients[client].read(world),
            Op::Typing => world.deliver([signal(typing("bob", true))]),
            Op::CheckHeads if self.bus == BusKind::Lossy => world.hub.check().await,
            Op::Interrupted if self.bus == BusKind::Lossy => world.interrupted(),
            Op::Arrive { .. } | Op::CheckHeads | Op::Interrupted => {}
            Op::DatabaseDown(down) => world.log.set_down(down),
            Op::Run(turns) => {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
            }
            Op::Wait(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
        }
        self.world.hub.check_invariants();
    }

    /// Everything works again, and what is still on its way arrives at last or is lost: everybody gets to the end of
    /// every log.
    async fn heal(&mut self) {
        self.world.log.set_down(false);
        // A head that was read before the loss, by a reservation under way, is compared like all others.
        while self.clients.iter().any(Client::is_reserving) {
            tokio::task::yield_now().await;
        }
        match self.bus {
            BusKind::Unordered => {
                for event in self.on_the_way.drain(..).rev() {
                    self.world.deliver([BusItem::Event(event)]);
                }
            }
            BusKind::Lossy => {
                self.on_the_way.clear();
                self.world.hub.check().await;
            }
        }
        for _ in 0..400 {
            for client in &mut self.clients {
                client.finish(&self.world).await;
            }
            self.world.hub.check_invariants();
            if self.clients.iter().all(|client| client.is_up_to_date(&self.world)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let states: Vec<_> = self.clients.iter().map(|client| client.state(&self.world)).collect();
        panic!("somebody misses something for good: {states:#?}");
    }

    /// Nothing is left when everybody has gone.
    async fn end(mut self) {
        for client in &mut self.clients {
            client.disconnect(&self.world);
        }
        self.world.hub.check_invariants();
        self.world.tasks.close();
        tokio::time::timeout(Duration::from_secs(30), self.world.tasks.wait()).await.expect("no task is left");
        self.world.hub.check_invariants();
        assert!(self.world.bus.followed.lock().is_empty(), "a room is still followed");
    }
}

fn check(ops: Vec<Op>, bus: BusKind, coverage: &Coverage) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut run = Run::new(bus, coverage);
        for op in ops {
            run.apply(op).await;
        }
        run.heal().await;
        coverage.repairs.set(coverage.repairs.get() + run.world.log.event_reads());
        run.end().await;
    });
}

#[test]
fn everybody_live_gets_every_event_once_and_in_order() {
    try_hard(BusKind::Lossy);
}

#[test]
fn a_bus_that_loses_nothing_needs_no_comparing_of_heads() {
    try_hard(BusKind::Unordered);
}

fn try_hard(bus: BusKind) {
    let coverage = Coverage::default();
    let mut runner = TestRunner::new(Config {
        cases: 300,
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..Config::default()
    });
    let ops = prop::collection::vec(op(), 1..300);
    runner
        .run(&ops, |ops| {
            check(ops, bus, &coverage);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let Coverage { first_joins, resumes, replayed, too_slow, early, received, repairs } = coverage;
    for (what, seen) in [
        ("first joins", first_joins),
        ("resumes", resumes),
        ("replayed events", replayed),
        ("slow readers", too_slow),
        ("events out of order", early),
        ("events received", received),
        ("reads of a repair", repairs),
    ] {
        assert!(seen.get() >= 100, "only {} {what}: this test does not try hard enough", seen.get());
    }
}
