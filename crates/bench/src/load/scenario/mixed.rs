//! A day in the life: several rooms each, talking, typing, reading marks and history, going and coming back.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::senders;
use crate::load::LoadError;
use crate::load::dialect::Dialect;
use crate::load::member::{Member, Target};
use crate::load::meter::{Flight, Run};
use crate::load::options::Mixed;
use crate::load::report::Report;
use crate::load::sender::Sender;
use crate::load::socket::Got;
use crate::load::stage::Stage;

/// Chance, the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `end`.
    fn below(&mut self, end: u64) -> u64 {
        (self.throw() >> 11) % end.max(1)
    }
}

/// One who lives the day.
struct User {
    member: Option<Member>,
    senders: Vec<Sender>,
    dice: Dice,
    target: Target,
    names: Arc<Vec<String>>,
    run: Arc<Run>,
    /// Milliseconds between two actions, on average.
    pause: u64,
}

pub(crate) async fn mixed(stage: &Stage, what: Mixed) -> Result<Report, LoadError> {
    let (rooms, each) = (what.rooms.max(1), what.rooms_each.clamp(1, what.rooms.max(1)));
    let room_of = |user: usize, which: usize| (user + which) % rooms;
    let mut sizes = vec![0_u32; rooms];
    for user in 0..what.users {
        (0..each).for_each(|which| sizes[room_of(user, which)] += 1);
    }
    let places = (0..what.users).flat_map(|user| (0..each).map(move |which| (user, which)));
    let flights = places.map(|(user, which)| room_of(user, which)).map(|room| Flight::new(room, sizes[room], 1));
    let run = Arc::new(Run::new(stage.id, flights.collect(), false).reading_pages());
    let accounts = stage.accounts(what.users).await?;
    let owner = accounts.first().ok_or_else(|| LoadError::Setup("no users".to_owned()))?;
    let names = Arc::new(stage.rooms(owner, rooms).await?);
    let of = |user| (0..each).map(|which| room_of(user, which)).map(|room| (room, names[room].clone())).collect();
    let here = stage.gather(accounts, &run, of).await?;

    let mut sending = senders(stage, &names, &run.flights, |number| here.get(number / each)).into_iter();
    let (acting, reading) = (stage.stop.child_token(), stage.stop.child_token());
    let mut tasks = JoinSet::new();
    for (place, member) in (1_u64..).zip(here) {
        let user = User {
            member: Some(member),
            senders: sending.by_ref().take(each).collect(),
            dice: Dice(place.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            target: stage.target.clone(),
            names: Arc::clone(&names),
            run: Arc::clone(&run),
            pause: Duration::from_secs_f64(60.0 / what.actions_per_minute.max(0.1)).as_millis().try_into().unwrap_or(1),
        };
        tasks.spawn(user.live(acting.clone(), reading.clone()));
    }
    let mut report = Report::new("mixed", &stage.common, &what);
    stage.pause(stage.common.warmup).await;
    stage.measure("mixed", &run, &mut report).await;
    stage.say("nobody does anything any more");
    acting.cancel();
    // Who is on the way back arrives first.
    stage.pause(1.0).await;
    reading.cancel();
    let (mut here, mut failed) = (Vec::new(), 0);
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(member) => here.push(member),
            Err(error) => {
                failed += 1;
                report.notes.push(format!("one who dropped out: {error}"));
                report.notes.truncate(5);
            }
        }
    }
    stage.verify(here, &run, &mut report).await;
    report.cut += failed;
    Ok(report)
}

impl User {
    /// Acts until told to stop, then only reads.
    async fn live(mut self, acting: CancellationToken, reading: CancellationToken) -> Result<Member, LoadError> {
        let mut next = self.next();
        loop {
            let Some(member) = &mut self.member else { return Err(LoadError::Stopped) };
            tokio::select! {
                biased;
                () = reading.cancelled() => break,
                () = tokio::time::sleep_until(next), if !acting.is_cancelled() => {
                    self.act().await?;
                    next = self.next();
                }
                got = member.read() => if !matches!(got?, Got::Bytes(_)) {
                    return Err(LoadError::Setup("the server closed a connection".to_owned()));
                }
            }
        }
        self.member.ok_or(LoadError::Stopped)
    }

    fn next(&mut self) -> Instant {
        Instant::now() + Duration::from_millis(self.dice.below(2 * self.pause) + 1)
    }

    async fn act(&mut self) -> Result<(), LoadError> {
        let count = self.senders.len() as u64;
        let which = usize::try_from(self.dice.below(count)).unwrap_or_default();
        let choice = self.dice.below(100);
        let (Some(sender), Some(member)) = (self.senders.get(which), &mut self.member) else { return Ok(()) };
        let dialect = member.dialect();
        let seq = member.heed.rooms.get(which).map_or(0, |followed| followed.ledger.last_seq());
        let oldest = member.heed.page.and_then(|(_, oldest)| oldest).unwrap_or(i64::from(i32::MAX));
        let frame = match (choice, dialect.has_accounts()) {
            (0..20, true) => Dialect::typing(&sender.room, choice.is_multiple_of(2)),
            (20..35, true) if dialect == Dialect::Native => Dialect::read(&sender.room, seq),
            (35..42, _) => dialect.history_more(&sender.room, oldest),
            (42..44, _) if dialect == Dialect::Native => return self.come_back().await,
            _ => {
                sender.send(&self.run, self.run.now()).await;
                return Ok(());
            }
        };
        // A connection that is gone shows when it is read.
        let _ = member.writer().send(frame.as_bytes()).await;
        Ok(())
    }

    /// The connection breaks, and resumes.
    async fn come_back(&mut self) -> Result<(), LoadError> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let member = member.vanish().return_to(&self.target, &self.names).await?;
        for sender in &mut self.senders {
            sender.writer = member.writer();
        }
        self.member = Some(member);
        Ok(())
    }
}
