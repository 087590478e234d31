//! What runs came to: a line each for people, and one in the file of `HALLWAY_SOAK_RESULTS` for `scripts/soak`.

use std::env;
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

use crate::faults::Fault;
use crate::plan::Plan;

/// What is of interest of a run that came to its end.
pub(crate) struct Outcome {
    pub(crate) acked: usize,
    /// Bans, and rooms left and entered again.
    pub(crate) shut_out: usize,
    /// Times that a stranger knocked at a private room and was turned away.
    pub(crate) turned_away: usize,
    pub(crate) typing: usize,
    /// After healing, until every client had everything.
    pub(crate) level: Duration,
    /// After healing, until every client and node showed who is there.
    pub(crate) present: Duration,
    pub(crate) took: Duration,
    /// Of promises, as the checker counts them.
    pub(crate) violations: usize,
    /// What the checker says of them.
    pub(crate) problem: Option<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} shut out and let in again, {} strangers turned away, {} times shown as typing; level {:?} and presence \
             right {:?} after healing; {:?} in all; {} violations",
            self.shut_out, self.turned_away, self.typing, self.level, self.present, self.took, self.violations
        )
    }
}

/// Notes how a run ended: by itself, or in a panic that says why. Why it failed, if it did.
pub(crate) fn note(fault: Fault, plan: &Plan, seed: u64, end: Result<Outcome, String>) -> Option<String> {
    let name = format!("{fault:?}/{}", plan.nodes);
    let (fields, problem) = match end {
        Ok(run) => {
            println!("{name} {seed}: {run}");
            let millis = |time: Duration| time.as_millis();
            let (level, present, took) = (millis(run.level), millis(run.present), millis(run.took));
            (format!("{}\t{}\t{level}\t{present}\t{took}", run.acked, run.violations), run.problem)
        }
        Err(why) => {
            println!("{name} {seed}: FAILED: {why}");
            ("0\t0\t-\t-\t-".to_owned(), Some(why))
        }
    };
    if let Ok(path) = env::var("HALLWAY_SOAK_RESULTS") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the file of results");
        let verdict = if problem.is_none() { "ok" } else { "failed" };
        writeln!(file, "{name}\t{seed}\t{verdict}\t{fields}").expect("results are written");
    }
    problem.map(|problem| format!("{name} {seed}: {problem}"))
}
