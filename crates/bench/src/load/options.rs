//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use super::dialect::Dialect;

/// Loads a chat server, checks that every receiver gets everything once and in order, and says what it cost.
#[derive(Clone, Debug, Parser)]
#[command(name = "hallway-load", version)]
pub struct Options {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub scenario: Scenario,
}

#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Where the server is.
    #[arg(long, global = true, default_value = "http://127.0.0.1:8000")]
    pub url: String,
    #[arg(long, global = true, value_enum, default_value = "native")]
    pub dialect: Dialect,
    /// The server's process on this machine: what it takes is measured.
    #[arg(long, global = true)]
    pub server_pid: Option<u32>,
    /// Another process and all that it started, such as postgres=1234; repeatable.
    #[arg(long, global = true, value_parser = named_pid)]
    pub also: Vec<(String, u32)>,
    /// The server's PostgreSQL, as postgres://...: its transactions and flushes of the log to disk are counted.
    #[arg(long, global = true)]
    pub postgres: Option<String>,
    /// Where to write the result as JSON; "-" is standard output, in place of the table.
    #[arg(long, global = true)]
    pub json: Option<PathBuf>,
    /// Threads of this tool.
    #[arg(long, global = true, default_value_t = 1)]
    pub threads: usize,
    /// How long to measure.
    #[arg(long, global = true, default_value_t = 10.0)]
    pub seconds: f64,
    /// How long to run before measuring.
    #[arg(long, global = true, default_value_t = 2.0)]
    pub warmup: f64,
    /// Characters of a message.
    #[arg(long, global = true, default_value_t = 100)]
    pub message_chars: usize,
    /// How many connections, accounts or rooms are made at a time.
    #[arg(long, global = true, default_value_t = 32)]
    pub parallel: usize,
    /// Connections that share an account.
    #[arg(long, global = true, default_value_t = 1)]
    pub per_account: usize,
    /// Keeps the tokens of the accounts here, for the next run against the same server. Anybody who can read the file can
    /// use them.
    #[arg(long, global = true)]
    pub accounts_file: Option<PathBuf>,
    /// After so many seconds a kept token is not used any more.
    #[arg(long, global = true, default_value_t = 600)]
    pub token_seconds: u64,
    /// Everything is given up after so many seconds.
    #[arg(long, global = true, default_value_t = 900.0)]
    pub deadline: f64,
    /// No progress on standard error.
    #[arg(long, global = true)]
    pub quiet: bool,
}

fn named_pid(text: &str) -> Result<(String, u32), String> {
    let (name, pid) = text.split_once('=').ok_or("write it as name=pid")?;
    Ok((name.to_owned(), pid.parse().map_err(|_| format!("{pid} is no process"))?))
}

#[derive(Clone, Debug, Subcommand)]
pub enum Scenario {
    /// Everybody in a room gets what some of them send.
    FanOut(FanOut),
    /// Connections that are in a room and do nothing.
    Idle(Idle),
    /// Everybody enters one room at once.
    JoinStorm(JoinStorm),
    /// Everybody's connection breaks at once and resumes, while others go on talking.
    ReconnectStorm(ReconnectStorm),
    /// Reading back, page by page.
    History(History),
    /// Some members of a room stop reading.
    Stalled(Stalled),
    /// A day in the life: several rooms each, talking, typing, reading marks and history, going and coming back.
    Mixed(Mixed),
    /// Counts what comes without sending anything: for the plain broadcaster.
    Listen(Listen),
}

#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct FanOut {
    #[arg(long, default_value_t = 1)]
    pub rooms: usize,
    /// Connections in each room, senders included.
    #[arg(long, default_value_t = 100)]
    pub members: usize,
    /// Of them, in each room.
    #[arg(long, default_value_t = 1)]
    pub senders: usize,
    /// Messages of a sender that have not reached everybody yet (closed loop).
    #[arg(long, default_value_t = 1)]
    pub in_flight: usize,
    /// Messages a second of each sender, whether or not the last has arrived (open loop).
    #[arg(long)]
    pub rate: Option<f64>,
}

#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct Idle {
    #[arg(long, default_value_t = 10_000)]
    pub connections: usize,
    #[arg(long, default_value_t = 100)]
    pub rooms: usize,
}

#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct JoinStorm {
    #[arg(long, default_value_t = 2000)]
    pub clients: usize,
}

#[derive(Args, Clone, Debug, Serialize)]
pub struct ReconnectStorm {
    /// Those whose connections break.
    #[arg(long, default_value_t = 2000)]
    pub clients: usize,
    #[arg(long, default_value_t = 20)]
    pub rooms: usize,
    /// Messages a second into each room, all the time.
    #[arg(long, default_value_t = 1.0)]
    pub rate: f64,
    /// Seconds between the break and the return.
    #[arg(long, default_value_t = 1.0)]
    pub away: f64,
    /// Where to come back to, such as another node; the same server without it.
    #[arg(long)]
    pub to: Option<String>,
}

#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct History {
    /// Connections that page at the same time.
    #[arg(long, default_value_t = 10)]
    pub readers: usize,
    /// Messages to page through.
    #[arg(long, default_value_t = 2000)]
    pub messages: usize,
}

#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct Stalled {
    #[arg(long, default_value_t = 1000)]
    pub members: usize,
    /// Of them, those that stop reading.
    #[arg(long, default_value_t = 100)]
    pub stalled: usize,
    /// Messages a second.
    #[arg(long, default_value_t = 20.0)]
    pub rate: f64,
    /// Seconds that a stalled reader may stay before this is called never.
    #[arg(long, default_value_t = 60.0)]
    pub patience: f64,
}

#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct Mixed {
    #[arg(long, default_value_t = 200)]
    pub users: usize,
    #[arg(long, default_value_t = 20)]
    pub rooms: usize,
    /// Rooms of each user.
    #[arg(long, default_value_t = 3)]
    pub rooms_each: usize,
    /// Things that a user does in a minute, on average.
    #[arg(long, default_value_t = 20.0)]
    pub actions_per_minute: f64,
}

#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct Listen {
    #[arg(long, default_value_t = 100)]
    pub connections: usize,
}
