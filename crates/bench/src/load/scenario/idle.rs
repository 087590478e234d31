//! Connections that are in a room and do nothing.

use std::sync::Arc;

use crate::load::LoadError;
use crate::load::meter::Run;
use crate::load::options::Idle;
use crate::load::process::held;
use crate::load::report::Report;
use crate::load::stage::{Stage, attend};

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
pub(crate) async fn idle(stage: &Stage, what: Idle) -> Result<Report, LoadError> {
    let run = Arc::new(Run::new(stage.id, Vec::new(), false));
    let accounts = stage.accounts(what.connections).await?;
    let owner = accounts.first().ok_or_else(|| LoadError::Setup("no connections".to_owned()))?;
    let names = stage.rooms(owner, what.rooms.max(1)).await?;
    let before = stage.moment();
    let room = |place: usize| place % names.len();
    let here = stage.gather(accounts, &run, |place| vec![(room(place), names[room(place)].clone())]).await?;
    let ports: Vec<u16> = here.iter().map(|member| member.socket.port()).collect();
    let count = here.len();

    let stop = stage.stop.child_token();
    let readers = attend(here, &stop);
    stage.pause(stage.common.warmup).await;
    let joined = stage.moment();
    let mut report = Report::new("idle", &stage.common, &what);
    stage.measure("idle", &run, &mut report).await;
    if let (Some(begin), Some(end)) = (before.resident(), joined.resident()) {
        let each = (end as f64 - begin as f64) / 1024.0 / count.max(1) as f64;
        report.figure("server RSS per connection", each, "KiB");
    }
    let joining = before.until(&joined, stage.common.threads);
    if let Some(cpu) = joining.server_cpu_seconds {
        report.figure("server CPU to connect and enter", cpu * 1000.0 / count.max(1) as f64, "ms each");
    }
    let Some(phase) = report.phases.last() else { return Ok(report) };
    if let (Some(cpu), true) = (phase.cost.server_cpu_seconds, phase.cost.seconds > 0.0) {
        let each = cpu * 1e6 / phase.cost.seconds / count.max(1) as f64;
        report.figure("server CPU while idle", each, "us a second each");
    }
    report.count("connections", count as u64, "");
    report.count("still connected", held(&ports) as u64, "");
    stop.cancel();
    let here = readers.join_all().await;
    stage.count_refusals(&here, &run, &mut report);
    Ok(report)
}
