//! Reading back, page by page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fan_out::finish;
use super::senders;
use crate::load::LoadError;
use crate::load::member::{Member, PATIENCE};
use crate::load::meter::{Flight, Run, Times};
use crate::load::options::History;
use crate::load::report::Report;
use crate::load::stage::{Stage, attend};

/// Younger than every message, where no page came with entering the room; in 32 bits.
const NEWEST: i64 = 0x7fff_ffff;
/// How many sends are under way while the room is filled.
const FILLING: usize = 64;

#[derive(Default)]
struct Pages {
    count: AtomicU64,
    messages: AtomicU64,
    times: Mutex<Times>,
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
pub(crate) async fn history(stage: &Stage, what: History) -> Result<Report, LoadError> {
    let run = Arc::new(Run::new(stage.id, vec![Flight::new(0, 1, FILLING)], false));
    let accounts = stage.accounts(what.readers.max(1)).await?;
    let names = stage.rooms(&accounts[0], 1).await?;
    let in_room = |_| vec![(0, names[0].clone())];
    let writers = stage.gather(vec![accounts[0].clone()], &run, in_room).await?;
    let mut report = Report::new("history", &stage.common, &what);
    fill(stage, &names, writers, (&run, what.messages as u64), &mut report).await?;

    let readers = stage.gather(accounts, &Arc::new(run.beside().reading_pages()), in_room).await?;
    let (pages, stop) = (Arc::new(Pages::default()), stage.stop.child_token());
    let mut tasks = JoinSet::new();
    for member in readers {
        tasks.spawn(page(member, names[0].clone(), Arc::clone(&pages), stop.clone()));
    }
    stage.pause(stage.common.warmup).await;
    *pages.times.lock() = Times::default();
    let (begin, before) = (stage.moment(), pages.count.load(Ordering::Relaxed));
    let messages = pages.messages.load(Ordering::Relaxed);
    report.incomplete |= !stage.pause(stage.common.seconds).await;
    let cost = begin.until(&stage.moment(), stage.common.threads);
    let count = pages.count.load(Ordering::Relaxed) - before;
    let times = pages.times.lock().quantiles();
    stop.cancel();
    let failed = tasks.join_all().await.into_iter().filter(|whole| !whole).count();

    report.count("pages", count, "");
    report.count("messages in them", pages.messages.load(Ordering::Relaxed) - messages, "");
    report.figure("pages a second", count as f64 / cost.seconds.max(f64::EPSILON), "");
    if let Some(rate) = cost.per_server_second(count) {
        report.figure("pages per second of server CPU", rate, "");
    }
    for (name, value) in [("page p50", times.p50), ("page p99", times.p99), ("page p99.9", times.p999)] {
        report.figure(name, value, "ms");
    }
    report.figure("this tool", cost.own_cpu_share * 100.0, "% of its threads' time");
    report.cut += failed as u64;
    Ok(report)
}

/// Puts messages into the room.
async fn fill(
    stage: &Stage,
    names: &[String],
    writers: Vec<Member>,
    (run, messages): (&Arc<Run>, u64),
    report: &mut Report,
) -> Result<(), LoadError> {
    stage.say(&format!("{messages} messages"));
    let sending = senders(stage, names, &run.flights, |_| writers.first());
    let (stop_reading, stop) = (stage.stop.child_token(), stage.stop.child_token());
    let reading = attend(writers, &stop_reading);
    let mut tasks = JoinSet::new();
    for sender in sending {
        tasks.spawn(sender.closed(Arc::clone(run), stop.clone()));
    }
    let filled = async {
        let (deadline, mut sent) = (Instant::now() + PATIENCE, 0);
        while run.flights[0].sent() < messages {
            if Instant::now() > deadline && run.flights[0].sent() == sent {
                return Err(LoadError::Setup("the server does not take messages".to_owned()));
            }
            sent = run.flights[0].sent();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    stage.unless_stopped(filled).await?;
    finish(stage, &stop, tasks).await;
    stop_reading.cancel();
    stage.verify(reading.join_all().await, run, report).await;
    Ok(())
}

/// From the newest to the oldest message, over and over; whether every page came.
async fn page(mut member: Member, room: String, pages: Arc<Pages>, stop: CancellationToken) -> bool {
    // Hallway and FastRoom send the newest page to whoever enters.
    let newest = member.heed.page.take().and_then(|(_, oldest)| oldest).unwrap_or(NEWEST);
    let mut before = newest;
    loop {
        let asked = Instant::now();
        let frame = member.dialect().history_more(&room, before);
        if member.writer().send(frame.as_bytes()).await.is_err() {
            return false;
        }
        let wanted = member.heed.pages + 1;
        tokio::select! {
            biased;
            () = stop.cancelled() => return true,
            came = member.until("page", |heed| heed.pages >= wanted || heed.refusal.is_some()) => if came.is_err() {
                return false;
            }
        }
        let Some((count, oldest)) = member.heed.page.take() else { return false };
        pages.count.fetch_add(1, Ordering::Relaxed);
        pages.messages.fetch_add(count as u64, Ordering::Relaxed);
        pages.times.lock().add(u64::try_from(asked.elapsed().as_nanos()).unwrap_or(u64::MAX));
        before = oldest.unwrap_or(newest);
    }
}
