//! Everybody's connection breaks at once and resumes, while others go on talking.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::{Duration, Instant};

use super::fan_out::finish;
use super::senders;
use crate::load::LoadError;
use crate::load::member::{Absent, Member, Target};
use crate::load::meter::{Flight, Run, Times};
use crate::load::options::ReconnectStorm;
use crate::load::report::Report;
use crate::load::stage::{Stage, attend, target};

/// Who came back, and what it took them.
#[derive(Default)]
struct Returned {
    members: Vec<Member>,
    times: Vec<Duration>,
    failed: Vec<LoadError>,
}

pub(crate) async fn reconnect_storm(stage: &Stage, what: ReconnectStorm) -> Result<Report, LoadError> {
    let rooms = what.rooms.max(1);
    // When a message has reached everybody is not asked: most are away for a while.
    let flights = (0..rooms).map(|room| Flight::new(room, u32::MAX, 1)).collect();
    let run = Arc::new(Run::new(stage.id, flights, false));
    let apart = Arc::new(run.beside());
    let mut accounts = stage.accounts(what.clients + rooms).await?;
    let crowd = accounts.split_off(rooms);
    let names = stage.rooms(&accounts[0], rooms).await?;
    let of = |place: usize| vec![(place % rooms, names[place % rooms].clone())];
    // One in each room stays: it talks, and what it hears is the live traffic that is measured.
    let stay = stage.gather(accounts, &run, of).await?;
    let crowd = stage.gather(crowd, &apart, of).await?;

    let sending = senders(stage, &names, &run.flights, |number| stay.get(number));
    let (stop_reading, stop_sending, breaking) =
        (stage.stop.child_token(), stage.stop.child_token(), stage.stop.child_token());
    let (staying, going) = (attend(stay, &stop_reading), attend(crowd, &breaking));
    let mut tasks = JoinSet::new();
    for sender in sending {
        tasks.spawn(sender.paced(Arc::clone(&run), what.rate, stop_sending.clone()));
    }
    let mut report = Report::new("reconnect-storm", &stage.common, &what);
    stage.pause(stage.common.warmup).await;
    stage.measure("before", &run, &mut report).await;

    stage.say("all connections of the crowd break");
    breaking.cancel();
    let absent: Vec<Absent> = going.join_all().await.into_iter().map(Member::vanish).collect();
    stage.pause(what.away).await;
    let back_to = match &what.to {
        Some(url) => target(&stage.common, url).await?,
        None => stage.target.clone(),
    };
    stage.say("all come back");
    let returning = come_back(absent, &back_to, &names);
    let (returned, ()) = tokio::join!(returning, stage.measure("while they come back", &run, &mut report));

    finish(stage, &stop_sending, tasks).await;
    stop_reading.cancel();
    tell(&returned, what.clients, &mut report);
    let mut all = staying.join_all().await;
    all.extend(returned.members);
    let resets = all.iter().map(|member| member.heed.resets).sum();
    stage.verify(all, &run, &mut report).await;
    report.count("resets", resets, "");
    report.cut += apart.cut.load(std::sync::atomic::Ordering::Relaxed);
    report.refused += apart.refused.load(std::sync::atomic::Ordering::Relaxed);
    Ok(report)
}

fn tell(returned: &Returned, clients: usize, report: &mut Report) {
    report.count("came back", returned.members.len() as u64, "clients");
    if let Some(last) = returned.times.iter().max() {
        report.figure("all level after", last.as_secs_f64(), "s");
    }
    let mut spread = Times::default();
    for time in &returned.times {
        spread.add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }
    let spread = spread.quantiles();
    report.figure("level p50", spread.p50, "ms");
    report.figure("level p99", spread.p99, "ms");
    report.faults.lost += (clients - returned.members.len()) as u64;
    report.notes.extend(returned.failed.first().map(|error| format!("one that did not come back: {error}")));
    if let [before, after] = report.phases.as_slice()
        && before.each_ms.p99 > 0.0
    {
        let ratio = after.each_ms.p99 / before.each_ms.p99;
        report.figure("live p99, of that before", ratio, "");
    }
}

async fn come_back(absent: Vec<Absent>, to: &Target, names: &[String]) -> Returned {
    let (begin, names, to) = (Instant::now(), Arc::new(names.to_vec()), Arc::new(to.clone()));
    let mut tasks = JoinSet::new();
    for one in absent {
        let (names, to) = (Arc::clone(&names), Arc::clone(&to));
        tasks.spawn(async move { one.return_to(&to, &names).await.map(|member| (member, begin.elapsed())) });
    }
    let mut returned = Returned::default();
    for outcome in tasks.join_all().await {
        match outcome {
            Ok((member, time)) => {
                returned.members.push(member);
                returned.times.push(time);
            }
            Err(error) => returned.failed.push(error),
        }
    }
    returned
}
