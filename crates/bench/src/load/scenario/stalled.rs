//! Some members of a room stop reading: the others must not notice, and the server must not pay for long.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::fan_out::finish;
use super::senders;
use crate::load::LoadError;
use crate::load::member::Member;
use crate::load::meter::{Flight, Run};
use crate::load::options::Stalled;
use crate::load::process::held;
use crate::load::report::Report;
use crate::load::stage::{Stage, attend};

/// So that what waits, waits in the server and not in this machine's buffers.
const RECEIVE_BUFFER: u32 = 4096;

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
pub(crate) async fn stalled(stage: &Stage, what: Stalled) -> Result<Report, LoadError> {
    if what.stalled >= what.members {
        return Err(LoadError::Setup("somebody has to read".to_owned()));
    }
    let need = u32::try_from(what.members - what.stalled).unwrap_or(u32::MAX);
    let run = Arc::new(Run::new(stage.id, vec![Flight::new(0, need, 1)], false));
    let accounts = stage.accounts(what.members).await?;
    let names = stage.rooms(&accounts[0], 1).await?;
    let (sleepers, readers) = accounts.split_at(what.stalled);
    let here = stage.gather(readers.to_vec(), &run, |_| vec![(0, names[0].clone())]).await?;
    let sender = senders(stage, &names, &run.flights, |_| here.first()).pop();
    let (stop_reading, stop_sending) = (stage.stop.child_token(), stage.stop.child_token());
    let reading = attend(here, &stop_reading);
    let mut tasks = JoinSet::new();
    if let Some(sender) = sender {
        tasks.spawn(sender.paced(Arc::clone(&run), what.rate, stop_sending.clone()));
    }
    let mut report = Report::new("stalled", &stage.common, &what);
    stage.pause(stage.common.warmup).await;
    stage.measure("all read", &run, &mut report).await;

    stage.say(&format!("{} members come who will not read", what.stalled));
    let before = stage.moment();
    let quiet = Arc::new(Run::new(stage.id.wrapping_add(1), Vec::new(), false));
    let mut asleep: Vec<Member> = Vec::new();
    for account in sleepers {
        let opened = Member::open_with(&stage.target, account.clone(), Arc::clone(&quiet), Some(RECEIVE_BUFFER));
        let mut member = stage.unless_stopped(opened).await?;
        stage.unless_stopped(member.join(&[(0, names[0].clone())], false)).await?;
        asleep.push(member);
    }
    let ports: Vec<u16> = asleep.iter().map(|member| member.socket.port()).collect();
    let watching = watch(stage, &ports, Duration::from_secs_f64(what.patience.max(0.0)));
    let measuring = stage.measure("some do not", &run, &mut report);
    let ((cut, peak), ()) = tokio::join!(watching, measuring);

    finish(stage, &stop_sending, tasks).await;
    stop_reading.cancel();
    let here = reading.join_all().await;
    stage.verify(here, &run, &mut report).await;
    report.count("stalled readers that were cut", cut.len() as u64, "");
    if let (Some(first), Some(last)) = (cut.first(), cut.last()) {
        report.figure("the first of them after", first.as_secs_f64(), "s");
        report.figure("the last of them after", last.as_secs_f64(), "s");
    }
    if let (Some(begin), Some(peak)) = (before.resident(), peak) {
        let each = (peak as f64 - begin as f64) / 1024.0 / what.stalled.max(1) as f64;
        report.figure("most server RSS per stalled reader", each, "KiB");
    }
    if let [all, some] = report.phases.as_slice()
        && all.each_ms.p99 > 0.0
    {
        let ratio = some.each_ms.p99 / all.each_ms.p99;
        report.figure("p99 with them, of that without", ratio, "");
    }
    drop(asleep);
    Ok(report)
}

/// When each stalled connection was gone, and the most memory that the server had meanwhile.
async fn watch(stage: &Stage, ports: &[u16], patience: Duration) -> (Vec<Duration>, Option<u64>) {
    let begin = Instant::now();
    let (mut gone, mut peak) = (Vec::new(), None);
    while gone.len() < ports.len() && begin.elapsed() < patience {
        let left = held(ports);
        gone.resize((ports.len() - left).max(gone.len()), begin.elapsed());
        peak = peak.max(stage.moment().resident());
        if !stage.pause(0.2).await {
            break;
        }
    }
    (gone, peak)
}
