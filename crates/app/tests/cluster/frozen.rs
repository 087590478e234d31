//! A node that freezes in the middle of a unit, and so keeps the locks of its rooms.

use std::time::{Duration, Instant};

use hallway_test_support::services::postgres::waiting_for_locks;

use crate::client::Handle;
use crate::cluster::Cluster;
use crate::plan::TTL;
use crate::support::DEADLINE;

/// Whoever has waited for a lock for so long waits for the frozen node: the others are done in no time.
const HELD_UP: Duration = Duration::from_millis(300);
/// `database.idle_transaction_ms`: so long a frozen node keeps its locks.
const KEEPS_LOCKS: Duration = Duration::from_secs(3);
/// What the database, the others and this machine may need on top.
const SLACK: Duration = Duration::from_secs(2);

/// Freezes the last node while it holds locks, for longer than its lease. Others who write to the same rooms wait until
/// the database takes the locks from it, and are not refused.
pub(crate) async fn freeze_in_unit(cluster: &Cluster, clients: &[Handle]) {
    let node = cluster.nodes.last().expect("a node");
    let others: Vec<&Handle> =
        clients.iter().filter(|client| client.status().server.as_deref() != Some(&node.name)).collect();
    let sum = |pick: fn(&crate::client::Status) -> usize| others.iter().map(|client| pick(&client.status())).sum();
    let refused_before: usize = sum(|status| status.refused);
    let repeated_before: usize = sum(|status| status.repeated);
    let (tries, frozen) = freeze(cluster).await;
    let (mut acked, mut last, mut stall): (usize, _, _) = (sum(|status| status.acked), frozen, Duration::ZERO);
    while frozen.elapsed() < TTL + Duration::from_secs(4) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now: usize = sum(|status| status.acked);
        if now > acked {
            stall = stall.max(last.elapsed());
            (acked, last) = (now, Instant::now());
        }
    }
    stall = stall.max(last.elapsed());
    node.signal("-CONT");
    let (refused, repeated) =
        (sum(|status| status.refused) - refused_before, sum(|status| status.repeated) - repeated_before);
    println!(
        "frozen in a unit (try {tries}): others' longest wait for an ack {stall:?}, {repeated} told to try again, {refused} refused"
    );
    assert!(stall > HELD_UP, "the frozen node held up nobody");
    assert!(stall < KEEPS_LOCKS + SLACK, "others waited {stall:?} for the locks of a frozen node");
}

/// Stops the last node where it hurts: again and again, until somebody waits for its locks. How often it took, and since
/// when it stands.
async fn freeze(cluster: &Cluster) -> (usize, Instant) {
    let node = cluster.nodes.last().expect("a node");
    let deadline = Instant::now() + DEADLINE;
    for tries in 1.. {
        node.signal("-STOP");
        let frozen = Instant::now();
        tokio::time::sleep(HELD_UP + Duration::from_millis(50)).await;
        if waiting_for_locks(&cluster.postgres.url(), HELD_UP).await.expect("the database answers") > 0 {
            return (tries, frozen);
        }
        node.signal("-CONT");
        assert!(Instant::now() < deadline, "the node is never found inside a unit");
        tokio::time::sleep(Duration::from_millis(37)).await;
    }
    unreachable!("it is tried until the deadline")
}
