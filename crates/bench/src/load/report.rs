//! What came out, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::cost::Cost;
use super::dialect::Dialect;
use super::ledger::Faults;
use super::meter::{Quantiles, Tally};
use super::options::Common;

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub scenario: &'static str,
    pub dialect: Dialect,
    pub url: String,
    pub parameters: Value,
    /// It was stopped, or the time was up, before it had measured all.
    pub incomplete: bool,
    /// The stretches that were measured, by name.
    pub phases: Vec<Phase>,
    /// Further figures of the scenario.
    pub figures: Vec<Figure>,
    pub faults: Faults,
    /// Errors that the server told of.
    pub refused: u64,
    /// Connections that ended before they were meant to.
    pub cut: u64,
    /// The newest error of the server.
    pub refusal: Option<String>,
    /// What the reader has to know about the figures.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Phase {
    pub name: &'static str,
    pub deliveries: u64,
    /// Messages that reached everybody.
    pub messages: u64,
    pub deliveries_per_second: f64,
    pub deliveries_per_server_cpu_second: Option<f64>,
    pub messages_per_server_cpu_second: Option<f64>,
    /// Milliseconds until each receiver had it.
    pub each_ms: Quantiles,
    /// Milliseconds until the last receiver had it.
    pub last_ms: Quantiles,
    pub cost: Cost,
}

#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
}

impl Phase {
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
    pub fn new(name: &'static str, tally: Tally, cost: Cost) -> Self {
        Self {
            name,
            deliveries: tally.deliveries,
            messages: tally.messages,
            deliveries_per_second: if cost.seconds > 0.0 { tally.deliveries as f64 / cost.seconds } else { 0.0 },
            deliveries_per_server_cpu_second: cost.per_server_second(tally.deliveries),
            messages_per_server_cpu_second: cost.per_server_second(tally.messages),
            each_ms: tally.each,
            last_ms: tally.last,
            cost,
        }
    }
}

impl Report {
    pub fn new(scenario: &'static str, common: &Common, parameters: &impl Serialize) -> Self {
        Self {
            scenario,
            dialect: common.dialect,
            url: common.url.clone(),
            parameters: serde_json::to_value(parameters).unwrap_or_default(),
            incomplete: false,
            phases: Vec::new(),
            figures: Vec::new(),
            faults: Faults::default(),
            refused: 0,
            cut: 0,
            refusal: None,
            notes: Vec::new(),
        }
    }

    pub fn figure(&mut self, name: &'static str, value: f64, unit: &'static str) {
        self.figures.push(Figure { name, value, unit });
    }

    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
    pub fn count(&mut self, name: &'static str, value: u64, unit: &'static str) {
        self.figure(name, value as f64, unit);
    }

    pub fn phase(&mut self, phase: Phase) {
        if phase.cost.own_cpu_share > 0.85 {
            let share = phase.cost.own_cpu_share * 100.0;
            self.notes
                .push(format!("{}: this tool had {share:.0} % of its threads' time: it may be the limit", phase.name));
        }
        self.phases.push(phase);
    }

    /// Whether every receiver got everything once and in order.
    pub fn is_whole(&self) -> bool {
        self.faults.none() && self.refused == 0 && self.cut == 0
    }

    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{} ({:?}, {}) {}", self.scenario, self.dialect, self.url, self.parameters)?;
        for phase in &self.phases {
            phase.write(out)?;
        }
        for Figure { name, value, unit } in &self.figures {
            writeln!(out, "  {name:<34} {value:>14.3} {unit}")?;
        }
        let Faults { lost, duplicate, out_of_order, seq_backwards, divergent, misrouted } = self.faults;
        writeln!(
            out,
            "  lost {lost}, duplicate {duplicate}, out of order {out_of_order}, seq backwards {seq_backwards}, divergent {divergent}, misrouted {misrouted}; refused {}, cut {}",
            self.refused, self.cut
        )?;
        if let Some(refusal) = &self.refusal {
            writeln!(out, "  the newest refusal: {refusal}")?;
        }
        if self.incomplete {
            writeln!(out, "  INCOMPLETE: stopped before all was measured")?;
        }
        for note in &self.notes {
            writeln!(out, "  note: {note}")?;
        }
        Ok(())
    }
}

impl Phase {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Cost { seconds, server_cpu_seconds, server_rss_bytes, also, own_cpu_share, .. } = &self.cost;
        writeln!(out, "  {} ({seconds:.1} s)", self.name)?;
        writeln!(
            out,
            "    {} messages, {} deliveries, {:.0} deliveries/s",
            self.messages, self.deliveries, self.deliveries_per_second
        )?;
        if let (Some(deliveries), Some(messages)) =
            (self.deliveries_per_server_cpu_second, self.messages_per_server_cpu_second)
        {
            writeln!(
                out,
                "    per second of the server's processor: {deliveries:.0} deliveries, {messages:.0} messages"
            )?;
        }
        for (name, Quantiles { count, p50, p95, p99, p999, max }) in [("each", &self.each_ms), ("last", &self.last_ms)]
        {
            if *count > 0 {
                writeln!(
                    out,
                    "    {name} ms: p50 {p50:.2}, p95 {p95:.2}, p99 {p99:.2}, p99.9 {p999:.2}, max {max:.2}"
                )?;
            }
        }
        if let (Some(cpu), Some(rss)) = (server_cpu_seconds, server_rss_bytes) {
            writeln!(out, "    server: {cpu:.2} CPU s, {} KiB resident", rss / 1024)?;
        }
        for other in also {
            let cpu = other.cpu_seconds.map_or_else(|| "?".to_owned(), |cpu| format!("{cpu:.2}"));
            writeln!(out, "    {}: {cpu} CPU s", other.name)?;
        }
        writeln!(out, "    this tool: {:.0} % of its threads' time", own_cpu_share * 100.0)
    }
}
