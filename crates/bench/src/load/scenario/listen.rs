//! Counts what comes without sending anything.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::load::LoadError;
use crate::load::meter::{Run, Tally};
use crate::load::options::Listen;
use crate::load::report::{Phase, Report};
use crate::load::stage::{Stage, attend};

pub(crate) async fn listen(stage: &Stage, what: Listen) -> Result<Report, LoadError> {
    let run = Arc::new(Run::new(stage.id, Vec::new(), false));
    let accounts = stage.accounts(what.connections).await?;
    let here = stage.gather(accounts, &run, |_| Vec::new()).await?;
    let stop = stage.stop.child_token();
    let readers = attend(here, &stop);
    let mut report = Report::new("listen", &stage.common, &what);
    stage.pause(stage.common.warmup).await;
    let frames = || run.frames.load(Ordering::Relaxed);
    let (begin, before) = (stage.moment(), frames());
    report.incomplete = !stage.pause(stage.common.seconds).await;
    let cost = begin.until(&stage.moment(), stage.common.threads);
    let deliveries = frames() - before;
    let messages = deliveries / (what.connections.max(1) as u64);
    report.phase(Phase::new("listen", Tally { deliveries, messages, ..Tally::default() }, cost));
    stop.cancel();
    let here = readers.join_all().await;
    stage.count_refusals(&here, &run, &mut report);
    Ok(report)
}
