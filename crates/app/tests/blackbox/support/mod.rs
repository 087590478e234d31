//! What the tests share: a server process of one's own, and clients that speak to it as anybody would.

mod account;
mod file;
mod process;
mod rest;
mod slow;
mod socket;

use std::time::{Duration, Instant};

pub(crate) use account::{Account, PASSWORD};
pub(crate) use file::{header, png, text};
pub(crate) use process::Server;
pub(crate) use rest::Answer;
pub(crate) use slow::SlowSocket;
pub(crate) use socket::{Ended, Socket, Traffic, durable, kind};

/// Longest wait for anything that must happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Polls until `check` gives something.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut check: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not happen in {DEADLINE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
