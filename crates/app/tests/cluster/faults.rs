//! What goes wrong, and how it is healed.

use std::time::{Duration, Instant};

use hallway_test_support::services::postgres::cut_connections;

use crate::client::{Command, Handle};
use crate::cluster::Cluster;
use crate::plan::TTL;
use crate::support::DEADLINE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None: what is tried is what moderators do.
    Calm,
    /// Of the last node, while everybody writes; then it comes back.
    NodeKill,
    PostgresCrash,
    /// Every connection of the servers to their database, twice.
    PostgresCut,
    /// Of the last node, for longer than its lease.
    NodeFreeze,
    /// Of the last node, while it holds the locks of rooms.
    NodeFreezeInUnit,
    /// Gone for a while, and empty when it is back.
    RedisRestart,
    RedisFlush,
    /// Every subscription of the nodes, twice.
    RedisCutSubscribers,
    /// Of one node of two that write to one room.
    DelayedPublishes,
    /// One node after the other, behind a balancer.
    RollingRestart,
    /// A client that stops reading, and reads on when it is long cut off.
    SlowConsumer,
}

impl Fault {
    /// Whether nodes must find holes in what the bus brings, or the fault has met nothing.
    pub(crate) fn tears_gaps(self) -> bool {
        matches!(self, Self::DelayedPublishes | Self::RedisRestart)
    }

    /// Whether sends must be answered with "try again", or the fault has met nothing.
    pub(crate) fn breaks_sends(self) -> bool {
        matches!(self, Self::PostgresCrash | Self::PostgresCut)
    }

    /// Whether connections of clients must break, or the fault has met nothing.
    pub(crate) fn breaks_connections(self) -> bool {
        matches!(
            self,
            Self::NodeKill | Self::NodeFreeze | Self::NodeFreezeInUnit | Self::RollingRestart | Self::SlowConsumer
        )
    }
}

/// Until it is healed.
pub(crate) async fn strike(fault: Fault, cluster: &mut Cluster, clients: &[Handle]) {
    match fault {
        Fault::Calm => {}
        Fault::NodeKill => {
            let node = cluster.nodes.last_mut().expect("a node");
            some_vanish(&node.name, clients);
            node.kill();
            cluster.open();
            pause(Duration::from_millis(500)).await;
            cluster.nodes.last_mut().expect("a node").boot().await;
            cluster.open();
        }
        Fault::PostgresCrash => {
            cluster.postgres.crash().await;
            pause(Duration::from_millis(700)).await;
            cluster.postgres.resume().await;
        }
        Fault::PostgresCut => {
            for _ in 0..2 {
                cut_connections(&cluster.postgres.url()).await.expect("the database is there");
                pause(Duration::from_millis(300)).await;
            }
        }
        Fault::NodeFreeze => {
            let node = cluster.nodes.last().expect("a node");
            some_vanish(&node.name, clients);
            node.signal("-STOP");
            pause(TTL + Duration::from_secs(3)).await;
            node.signal("-CONT");
        }
        Fault::NodeFreezeInUnit => crate::frozen::freeze_in_unit(cluster, clients).await,
        Fault::RedisRestart => {
            let redis = cluster.redis.as_mut().expect("a Redis");
            redis.stop();
            pause(Duration::from_secs(1)).await;
            redis.start_again();
        }
        Fault::RedisFlush => {
            redis(cluster, &["FLUSHALL"]);
        }
        Fault::RedisCutSubscribers => {
            for _ in 0..2 {
                let cut = redis(cluster, &["CLIENT", "KILL", "TYPE", "pubsub"]);
                assert_ne!(cut.trim(), ":0", "nobody was subscribed");
                pause(Duration::from_millis(400)).await;
            }
        }
        Fault::DelayedPublishes => {
            let wire = cluster.wire.as_ref().expect("a wire");
            wire.hold_back(Duration::from_millis(250));
            pause(Duration::from_secs(3)).await;
            wire.hold_back(Duration::ZERO);
        }
        Fault::RollingRestart => rolling_restart(cluster).await,
        Fault::SlowConsumer => slow_consumer(cluster, clients).await,
    }
}

/// Some users of a node are never seen again: nobody but the other nodes can tell that they left.
fn some_vanish(node: &str, clients: &[Handle]) {
    let here = clients.iter().filter(|client| client.status().server.as_deref() == Some(node));
    // Not the moderator, whose devices are the first and the last but one.
    let here = here.filter(|client| client.account.id != clients[0].account.id);
    here.take(2).for_each(|client| client.tell(Command::Vanish));
}

fn redis(cluster: &Cluster, words: &[&str]) -> String {
    cluster.redis.as_ref().expect("a Redis").command(words)
}

async fn rolling_restart(cluster: &mut Cluster) {
    let Cluster { nodes, balancer, .. } = cluster;
    let balancer = balancer.as_ref().expect("a balancer");
    for node in nodes {
        node.signal("-TERM");
        let mut server = node.server.take().expect("it is up");
        let status = server.exit().await;
        assert!(status.success(), "{} ended with {status}", node.name);
        drop(server);
        node.boot().await;
        balancer.moved(node);
        balancer.sees(&node.name).await;
    }
}

/// How long a fault lasts is part of it, and not a wait for anything.
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn slow_consumer(cluster: &Cluster, clients: &[Handle]) {
    // Not the moderator, and its user's only device.
    let slow = &clients[2];
    let rooms: Vec<_> = slow.status().rooms.keys().copied().collect();
    slow.tell(Command::Stall);
    let deadline = Instant::now() + DEADLINE;
    loop {
        let presence = Cluster::presence(&cluster.nodes[0], &clients[0].account, &rooms).await;
        if presence.values().all(|names| !names.contains(&slow.account.username)) {
            break;
        }
        assert!(Instant::now() < deadline, "whoever does not read is never cut off");
        pause(Duration::from_millis(50)).await;
    }
    slow.tell(Command::Read);
}
