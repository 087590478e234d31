//! How large a run is.

use std::env;
use std::time::Duration;

/// The short pass, unless the environment asks for more: `just soak` does.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) runs: usize,
    pub(crate) nodes: usize,
    pub(crate) clients: usize,
    pub(crate) rooms: usize,
    /// Messages that must be acknowledged in a run.
    pub(crate) messages: usize,
    /// How often somebody must be shut out and let in again in a run.
    pub(crate) rounds: usize,
    /// Characters of a message.
    pub(crate) text: usize,
    /// Of each client, between two messages.
    pub(crate) pause: Duration,
    pub(crate) settings: Vec<(&'static str, &'static str)>,
    /// Clients come through HAProxy, not to the nodes themselves.
    pub(crate) balanced: bool,
}

impl Plan {
    /// For tests of what moderators do: `HALLWAY_SOAK_ROUNDS` of them.
    pub(crate) fn of_rounds(nodes: usize) -> Self {
        let plan = Self::new(nodes);
        Self { rounds: number("HALLWAY_SOAK_ROUNDS", 40), ..plan }
    }

    pub(crate) fn new(nodes: usize) -> Self {
        let from = number;
        Self {
            runs: from("HALLWAY_SOAK_RUNS", 1),
            nodes,
            clients: from("HALLWAY_SOAK_CLIENTS", 20),
            rooms: from("HALLWAY_SOAK_ROOMS", 5),
            messages: from("HALLWAY_SOAK_MESSAGES", 800),
            rounds: 0,
            text: 40,
            pause: Duration::from_millis(40),
            settings: Vec::new(),
            balanced: false,
        }
    }
}

/// From the environment.
fn number(name: &str, short: usize) -> usize {
    match env::var(name) {
        Ok(number) => number.parse().unwrap_or_else(|_| panic!("{name} is not a number: {number}")),
        Err(_) => short,
    }
}

/// What a client and its server hold of each other without a word: short, so that the end of a node shows soon.
pub(crate) const HEARTBEAT_SECONDS: &str = "1";
pub(crate) const TTL_MS: &str = "3000";
pub(crate) const TTL: Duration = Duration::from_secs(3);
/// After a fault is healed, everybody is level with the log within this time.
pub(crate) const LEVEL: Duration = Duration::from_secs(5);
/// And presence is right within this one.
pub(crate) const PRESENT: Duration = TTL.saturating_add(Duration::from_secs(2));
