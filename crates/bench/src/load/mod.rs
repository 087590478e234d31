//! The load tool: clients cheap enough to load a server from the same machine, and honest about what they cost.

mod accounts;
mod cost;
mod dialect;
pub mod frame;
mod ledger;
mod mark;
mod member;
mod meter;
pub mod options;
mod postgres;
mod process;
mod report;
mod scenario;
mod sender;
mod socket;
mod stage;

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::options::{Options, Scenario};
pub use self::process::raise_open_files;
pub use self::report::Report;
use self::socket::SocketError;
use self::stage::Stage;

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It did not come to measuring.
    #[error("{0}")]
    Setup(String),
    #[error("stopped before it had measured anything")]
    Stopped,
    #[error(transparent)]
    Socket(#[from] SocketError),
}

/// Runs a scenario until its end, its deadline, or `stop`.
pub async fn run(options: Options, stop: CancellationToken) -> Result<Report, LoadError> {
    let Options { common, scenario } = options;
    let deadline = Duration::from_secs_f64(common.deadline.max(0.0));
    let late = stop.clone();
    // Ends with this.
    let mut clock = JoinSet::new();
    clock.spawn(async move {
        tokio::time::sleep(deadline).await;
        late.cancel();
    });
    let stage = Stage::new(common, stop).await?;
    match scenario {
        Scenario::FanOut(what) => scenario::fan_out(&stage, what).await,
        Scenario::Idle(what) => scenario::idle(&stage, what).await,
        Scenario::JoinStorm(what) => scenario::join_storm(&stage, what).await,
        Scenario::ReconnectStorm(what) => scenario::reconnect_storm(&stage, what).await,
        Scenario::History(what) => scenario::history(&stage, what).await,
        Scenario::Stalled(what) => scenario::stalled(&stage, what).await,
        Scenario::Mixed(what) => scenario::mixed(&stage, what).await,
        Scenario::Listen(what) => scenario::listen(&stage, what).await,
    }
}
