//! A client that joins, reads, falls behind, breaks and resumes, and notices anything missing, twice or out of order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use hallway_domain::{RoomId, Seq};
use hallway_hub::{Dialect, HubError, Reservation, Subscription};
use tokio::task::JoinHandle;

use super::{Coverage, count};
use crate::support::{Reader, World, permit};

pub(crate) struct Client<'a> {
    number: usize,
    connection: Option<Reader>,
    /// The last event read of each room; it outlives connections.
    cursors: BTreeMap<RoomId, Seq>,
    joins: BTreeMap<RoomId, Join>,
    live: BTreeSet<RoomId>,
    /// Rooms to be in, in the end.
    wanted: BTreeSet<RoomId>,
    coverage: &'a Coverage,
}

/// How far a join has come.
enum Join {
    Reserving { since: Option<Seq>, task: JoinHandle<Result<Reservation, HubError>> },
    Replaying { sent: Seq, subscription: Subscription },
}

const PAGE: usize = 2;

impl<'a> Client<'a> {
    pub(crate) fn new(number: usize, coverage: &'a Coverage) -> Self {
        let (cursors, joins, live, wanted) = Default::default();
        Self { number, connection: None, cursors, joins, live, wanted, coverage }
    }

    pub(crate) fn join(&mut self, world: &World, room: RoomId) {
        self.read(world);
        // Half of them are one user's.
        let user = if self.number < 2 { "ann".to_owned() } else { format!("user{}", self.number) };
        let dialect = Dialect(u8::try_from(self.number % 2).unwrap());
        if self.connection.is_none() {
            self.connection = Some(world.connect(&user, self.number as u128, dialect).unwrap());
        }
        if self.live.remove(&room) {
            world.hub.unsubscribe(self.connection().id(), room);
            self.read(world);
        }
        let Some(connection) = &self.connection else { return };
        let (hub, id) = (Arc::clone(&world.hub), connection.id());
        let task = world.tasks.spawn(async move { hub.reserve(id, room).await });
        let since = self.cursors.get(&room).copied();
        self.wanted.insert(room);
        self.joins.insert(room, Join::Reserving { since, task });
    }

    /// What a connection's task does: open with a permit, send the past page by page, go live.
    pub(crate) async fn step(&mut self, world: &World, room: RoomId) {
        let Some(connection) = &self.connection else { return };
        match self.joins.remove(&room) {
            None => {}
            Some(Join::Reserving { since, task }) if !task.is_finished() => {
                self.joins.insert(room, Join::Reserving { since, task });
            }
            Some(Join::Reserving { since, task }) => {
                let Ok(reservation) = task.await.unwrap() else { return };
                let Ok(subscription) = reservation.open(&permit(&connection.info.user, room)) else { return };
                let head = subscription.head().seq;
                let greeting = if let Some(since) = since {
                    count(&self.coverage.resumes);
                    assert!(since <= head, "the hub stands before what it sent");
                    "resumed"
                } else {
                    count(&self.coverage.first_joins);
                    "joined"
                };
                if subscription.push(Bytes::from(format!("{greeting} {room} {head}\n"))).is_ok() {
                    self.joins.insert(room, Join::Replaying { sent: since.unwrap_or(head), subscription });
                }
            }
            Some(Join::Replaying { sent, subscription }) if sent < subscription.head().seq => {
                let page = world.log.read(room, sent, subscription.head().seq, PAGE);
                let mut frames = String::new();
                let mut sent = sent;
                for event in page.into_iter().flatten() {
                    count(&self.coverage.replayed);
                    assert_eq!(event.seq, sent.next());
                    sent = event.seq;
                    writeln!(frames, "r{room}:{sent}").unwrap();
                }
                if subscription.push(frames.into()).is_ok() {
                    self.joins.insert(room, Join::Replaying { sent, subscription });
                }
            }
            Some(Join::Replaying { subscription, .. }) => {
                let outcome = subscription.go_live(|last| Bytes::from(format!("synced {room} {last}\n")));
                self.live.extend(outcome.is_ok().then_some(room));
            }
        }
    }

    pub(crate) fn leave(&mut self, world: &World, room: RoomId) {
        self.wanted.remove(&room);
        self.joins.remove(&room);
        if self.live.remove(&room) {
            world.hub.unsubscribe(self.connection().id(), room);
        }
    }

    pub(crate) fn disconnect(&mut self, world: &World) {
        self.joins.clear();
        self.live.clear();
        if let Some(connection) = self.connection.take() {
            world.hub.disconnect(connection.id());
        }
    }

    pub(crate) fn read(&mut self, world: &World) {
        let Some(connection) = &self.connection else { return };
        let (lines, ended) = (connection.read(), connection.mailbox.closed().is_some());
        for line in lines {
            self.take(&line);
        }
        if ended {
            count(&self.coverage.too_slow);
            self.disconnect(world);
        }
    }

    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split([' ', ':', '#']).collect();
        let number = |word: &str| word.trim_start_matches('r').parse().unwrap_or_else(|_| panic!("odd line: {line}"));
        match words[..] {
            ["joined", room, head] => {
                self.cursors.insert(RoomId(number(room)), Seq(number(head)));
            }
            ["resumed" | "typing", ..] | ["close", "TooSlow"] => {}
            ["synced", room, seq] => {
                assert_eq!(self.cursors.get(&RoomId(number(room))), Some(&Seq(number(seq))), "{self:?}: {line}");
            }
            [room, seq] => {
                let cursor = self.cursors.get_mut(&RoomId(number(room))).expect("joined first");
                assert_eq!(Seq(number(seq)), cursor.next(), "client {}: {line} is not the next", self.number);
                *cursor = cursor.next();
                count(&self.coverage.received);
            }
            _ => panic!("client {}: odd line {line}", self.number),
        }
    }

    /// Goes on with every join; comes back only if the connection was ended.
    pub(crate) async fn finish(&mut self, world: &World) {
        self.read(world);
        for room in self.wanted.clone() {
            if !self.live.contains(&room) && !self.joins.contains_key(&room) {
                self.join(world, room);
            }
            for _ in 0..5 {
                self.step(world, room).await;
                self.read(world);
            }
        }
    }

    pub(crate) fn is_reserving(&self) -> bool {
        self.joins.values().any(|join| matches!(join, Join::Reserving { task, .. } if !task.is_finished()))
    }

    pub(crate) fn is_up_to_date(&self, world: &World) -> bool {
        self.wanted
            .iter()
            .all(|room| self.live.contains(room) && self.cursors.get(room) == Some(&world.log.head(*room)))
    }

    pub(crate) fn state(&self, world: &World) -> String {
        let heads: Vec<_> = self.wanted.iter().map(|room| (room.0, world.log.head(*room).0)).collect();
        format!("{self:?}, logs {heads:?}")
    }

    fn connection(&self) -> &Reader {
        self.connection.as_ref().expect("connected")
    }
}

impl std::fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cursors: Vec<_> = self.cursors.iter().map(|(room, seq)| (room.0, seq.0)).collect();
        write!(f, "client {}: at {cursors:?}, live in {:?}, wants {:?}", self.number, self.live, self.wanted)
    }
}
