//! What processes took, as /proc tells it.

use std::collections::BTreeMap;
use std::fs;

use rustix::process::{Resource, getrlimit, setrlimit};

/// Ticks of a processor's second in /proc: USER_HZ, the same on every Linux of today.
const TICKS: f64 = 100.0;

/// The processor time of a process in seconds: 10 ms at the finest.
#[expect(clippy::cast_precision_loss, reason = "a process does not live for 2^52 ticks")]
pub(super) fn cpu_seconds(pid: u32) -> Option<f64> {
    let (_, ticks) = stat(pid)?;
    Some(ticks as f64 / TICKS)
}

/// Of a process and all that it started and that still live, as for a PostgreSQL server and its backends. Backends
/// that ended in between are counted by their parent once it has taken note of them.
#[expect(clippy::cast_precision_loss, reason = "processes do not live for 2^52 ticks")]
pub(super) fn family_cpu_seconds(pid: u32) -> Option<f64> {
    let all: BTreeMap<u32, (u32, u64)> = (fs::read_dir("/proc").ok()?)
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?)))
        .collect();
    let mut ticks = all.get(&pid)?.1 + ended_children(pid).unwrap_or(0);
    let mut parents = vec![pid];
    while let Some(parent) = parents.pop() {
        for (child, (_, own)) in all.iter().filter(|(_, (of, _))| *of == parent) {
            ticks += own;
            parents.push(*child);
        }
    }
    Some(ticks as f64 / TICKS)
}

/// Parent and own ticks.
fn stat(pid: u32) -> Option<(u32, u64)> {
    let fields = fields(pid)?;
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some((u32::try_from(number(1)?).ok()?, number(11)? + number(12)?))
}

fn ended_children(pid: u32) -> Option<u64> {
    let fields = fields(pid)?;
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some(number(13)? + number(14)?)
}

/// From the state on: the name before it may hold anything.
fn fields(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// Resident bytes: now, and the most there ever were.
pub(super) fn resident_bytes(pid: u32) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}

/// How many of these ports of clients a server on this machine still holds an established connection with. What it has
/// closed counts as gone even if the client, which does not read, cannot know yet.
pub(crate) fn held(ports: &[u16]) -> usize {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let mut held: Vec<u16> = tables.iter().flat_map(|table| table.lines()).filter_map(peer_port).collect();
    held.sort_unstable();
    ports.iter().filter(|port| held.binary_search(port).is_ok()).count()
}

/// The other end's port of an established connection.
fn peer_port(line: &str) -> Option<u16> {
    let mut words = line.split_whitespace();
    let (remote, state) = (words.nth(2)?, words.next()?);
    (state == "01").then(|| u16::from_str_radix(remote.rsplit_once(':')?.1, 16).ok())?
}

/// Takes as many open files as are allowed; how many that is.
pub fn raise_open_files() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        // Refused: what there is has to do, and opening a socket says so where it does not.
        let _ = setrlimit(Resource::Nofile, limit);
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn this_process_can_be_read() {
        let me = std::process::id();
        let (now, most) = resident_bytes(me).expect("it lives");
        assert!(now > 100_000 && most >= now);
        let before = cpu_seconds(me).expect("it lives");
        let mut sum = 0_u64;
        while cpu_seconds(me).expect("it lives") < before + 0.02 {
            sum = (0..100_000).fold(sum, |sum, n| sum.wrapping_mul(31).wrapping_add(n));
        }
        assert!(family_cpu_seconds(me).expect("it lives") >= before, "{sum}");
        assert_eq!(cpu_seconds(u32::MAX), None);
    }

    #[test]
    fn connections_that_a_server_holds_are_told_from_those_that_it_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
        let port = client.local_addr().expect("connected").port();
        let (server, _) = listener.accept().expect("it comes");
        assert_eq!(held(&[port]), 1);
        drop(server);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while held(&[port]) > 0 {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
    }
}
