//! Everybody enters one room at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;
use tokio::time::{Duration, Instant};

use crate::load::LoadError;
use crate::load::member::{Member, PATIENCE};
use crate::load::meter::{Run, Times};
use crate::load::options::JoinStorm;
use crate::load::report::Report;
use crate::load::stage::Stage;

/// What one client saw.
struct Entry {
    member: Member,
    /// Until the room was followed, and until everybody was seen in it.
    joined: Option<Duration>,
    everybody: Option<Duration>,
}

pub(crate) async fn join_storm(stage: &Stage, what: JoinStorm) -> Result<Report, LoadError> {
    let run = Arc::new(Run::new(stage.id, Vec::new(), true));
    let accounts = stage.accounts(what.clients).await?;
    let owner = accounts.first().ok_or_else(|| LoadError::Setup("no clients".to_owned()))?;
    let names = stage.rooms(owner, 1).await?;
    let users = what.clients.div_ceil(stage.common.per_account.max(1));
    let here = stage.gather(accounts, &run, |_| Vec::new()).await?;
    stage.pause(stage.common.warmup).await;

    stage.say("all enter");
    let (before, frames, bytes) =
        (stage.moment(), run.frames.load(Ordering::Relaxed), run.bytes.load(Ordering::Relaxed));
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for member in here {
        let room = names[0].clone();
        tasks.spawn(enter(member, room, users, begin));
    }
    let all = async {
        let mut entries = Vec::new();
        while let Some(entry) = tasks.join_next().await {
            entries.extend(entry);
        }
        Ok(entries)
    };
    let entries = stage.unless_stopped(all).await?;
    let cost = before.until(&stage.moment(), stage.common.threads);

    let mut report = Report::new("join-storm", &stage.common, &what);
    let joined: Vec<Duration> = entries.iter().filter_map(|entry| entry.joined).collect();
    let settled: Vec<Duration> = entries.iter().filter_map(|entry| entry.everybody).collect();
    report.count("joined", joined.len() as u64, "clients");
    report.count("saw everybody", settled.len() as u64, "clients");
    for (times, name) in [(&joined, "all joined after"), (&settled, "all saw everybody after")] {
        if let Some(last) = times.iter().max() {
            report.figure(name, last.as_secs_f64(), "s");
        }
    }
    let mut spread = Times::default();
    for time in &joined {
        spread.add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }
    let spread = spread.quantiles();
    report.figure("joined p50", spread.p50, "ms");
    report.figure("joined p99", spread.p99, "ms");
    report.count("frames", run.frames.load(Ordering::Relaxed) - frames, "");
    report.count("bytes", run.bytes.load(Ordering::Relaxed) - bytes, "");
    if let Some(cpu) = cost.server_cpu_seconds {
        report.figure("server CPU", cpu, "s");
    }
    for other in &cost.also {
        report.notes.push(format!("{}: {:.2} CPU s", other.name, other.cpu_seconds.unwrap_or(0.0)));
    }
    report.figure("this tool", cost.own_cpu_share * 100.0, "% of its threads' time");
    let here: Vec<Member> = entries.into_iter().map(|entry| entry.member).collect();
    stage.count_refusals(&here, &run, &mut report);
    // Somebody who never got in, or never saw the others, is as bad as a lost message.
    report.faults.lost += (what.clients - joined.len()) as u64 + (what.clients - settled.len()) as u64;
    Ok(report)
}

async fn enter(mut member: Member, room: String, users: usize, begin: Instant) -> Entry {
    let (mut joined, mut everybody) = (None, None);
    if member.ask_to_join(&[(0, room)], false).await.is_ok() {
        let deadline = begin + PATIENCE;
        while joined.is_none() || everybody.is_none() {
            if !matches!(tokio::time::timeout_at(deadline, member.read()).await, Ok(Ok(_))) {
                break;
            }
            if joined.is_none() && member.heed.settled > 0 {
                joined = Some(begin.elapsed());
            }
            if everybody.is_none() && member.heed.present.len() >= users {
                everybody = Some(begin.elapsed());
            }
        }
    }
    Entry { member, joined, everybody }
}
