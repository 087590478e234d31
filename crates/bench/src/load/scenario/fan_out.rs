//! Everybody in a room gets what some of them send.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::senders;
use crate::load::LoadError;
use crate::load::meter::{Flight, Run};
use crate::load::options::FanOut;
use crate::load::report::Report;
use crate::load::stage::{Stage, attend};

pub(crate) async fn fan_out(stage: &Stage, what: FanOut) -> Result<Report, LoadError> {
    let FanOut { rooms, members, senders: each, in_flight, rate } = what;
    if each > members || members == 0 || in_flight == 0 {
        return Err(LoadError::Setup("a room needs at least as many members as senders, and one in flight".to_owned()));
    }
    let need = u32::try_from(members).unwrap_or(u32::MAX);
    let flights = (0..rooms * each).map(|number| Flight::new(number / each, need, in_flight)).collect();
    let run = Arc::new(Run::new(stage.id, flights, false));
    let accounts = stage.accounts(rooms * members).await?;
    let names = stage.rooms(&accounts[0], rooms).await?;
    let here = stage.gather(accounts, &run, |place| vec![(place / members, names[place / members].clone())]).await?;

    // The first members of each room send.
    let sending = senders(stage, &names, &run.flights, |number| here.get(number / each * members + number % each));
    let (stop_reading, stop_sending) = (stage.stop.child_token(), stage.stop.child_token());
    let readers = attend(here, &stop_reading);
    let mut tasks = JoinSet::new();
    for sender in sending {
        let (run, stop) = (Arc::clone(&run), stop_sending.clone());
        tasks.spawn(async move {
            match rate {
                Some(rate) => sender.paced(run, rate, stop).await,
                None => sender.closed(run, stop).await,
            }
        });
    }
    let mut report = Report::new("fan-out", &stage.common, &what);
    stage.pause(stage.common.warmup).await;
    stage.measure("fan-out", &run, &mut report).await;
    finish(stage, &stop_sending, tasks).await;
    stop_reading.cancel();
    let here = readers.join_all().await;
    stage.verify(here, &run, &mut report).await;
    Ok(report)
}

/// Lets the senders end.
pub(super) async fn finish(stage: &Stage, stop: &CancellationToken, tasks: JoinSet<()>) {
    stage.say("senders end");
    stop.cancel();
    tasks.join_all().await;
}
