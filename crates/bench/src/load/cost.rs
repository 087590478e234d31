//! What a stretch of time took of the machine.

use std::time::Instant;

use serde::Serialize;

use super::options::Common;
use super::process::{cpu_seconds, family_cpu_seconds, resident_bytes};

/// A moment.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    at: Instant,
    server: Option<f64>,
    resident: Option<(u64, u64)>,
    also: Vec<(String, Option<f64>)>,
    own: Option<f64>,
}

/// The time between two moments.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cost {
    pub seconds: f64,
    /// Of the server's process; none when it was not named.
    pub server_cpu_seconds: Option<f64>,
    pub server_rss_bytes: Option<u64>,
    /// The most there ever were.
    pub server_peak_rss_bytes: Option<u64>,
    /// Of the others that were named, with all that they started.
    pub also: Vec<Other>,
    pub own_cpu_seconds: f64,
    /// Of the time that this tool's threads had. Near 1, what was measured is this tool.
    pub own_cpu_share: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Other {
    pub name: String,
    pub cpu_seconds: Option<f64>,
}

impl Moment {
    pub(super) fn now(common: &Common) -> Self {
        let also = common.also.iter().map(|(name, pid)| (name.clone(), family_cpu_seconds(*pid)));
        Self {
            at: Instant::now(),
            server: common.server_pid.and_then(cpu_seconds),
            resident: common.server_pid.and_then(resident_bytes),
            also: also.collect(),
            own: cpu_seconds(std::process::id()),
        }
    }

    pub(super) fn resident(&self) -> Option<u64> {
        self.resident.map(|(now, _)| now)
    }

    #[expect(clippy::cast_precision_loss, reason = "few threads")]
    pub(super) fn until(&self, end: &Self, threads: usize) -> Cost {
        let between = |begin: Option<f64>, end: Option<f64>| Some(end? - begin?);
        let seconds = (end.at - self.at).as_secs_f64();
        let own = between(self.own, end.own).unwrap_or(0.0);
        let others = self
            .also
            .iter()
            .zip(&end.also)
            .map(|((name, begin), (_, end))| Other { name: name.clone(), cpu_seconds: between(*begin, *end) });
        Cost {
            seconds,
            server_cpu_seconds: between(self.server, end.server),
            server_rss_bytes: end.resident.map(|(now, _)| now),
            server_peak_rss_bytes: end.resident.map(|(_, most)| most),
            also: others.collect(),
            own_cpu_seconds: own,
            own_cpu_share: if seconds > 0.0 { own / seconds / threads.max(1) as f64 } else { 0.0 },
        }
    }
}

impl Cost {
    /// So many, per second of the server's processor.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
    pub fn per_server_second(&self, count: u64) -> Option<f64> {
        self.server_cpu_seconds.filter(|seconds| *seconds >= 0.01).map(|seconds| count as f64 / seconds)
    }
}
