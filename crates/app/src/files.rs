//! How many files and sockets this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A live connection takes two: the HTTP layer's, and the one by which its client can be cut off.
const PER_CONNECTION: usize = 2;
/// For everything else: the database, listeners, requests.
const OTHERS: usize = 256;

/// Takes as many as the system allows. What shells and systemd begin with is often 1024, which is soon used up; then
/// nobody is let in any more.
pub(crate) fn allow_many(connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return tell(limit, connections);
    }
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => tell(raised, connections),
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            tell(limit, connections);
        }
    }
}

fn tell(limit: Rlimit, connections: usize) {
    let needed = connections.saturating_mul(PER_CONNECTION).saturating_add(OTHERS) as u64;
    if let Some(most) = limit.current.filter(|most| *most < needed) {
        tracing::info!(most, needed, "too few open files are allowed for limits.connections; see ulimit -n");
    }
}
