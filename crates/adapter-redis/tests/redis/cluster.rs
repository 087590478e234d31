//! Three masters that share the slots: what a script touches lies in one of them, and channels of rooms are sharded.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{Ear, event, granted, listening, options_at, shared, sibling, socket, until, user};
use hallway_adapter_redis::{RedisNode, RedisOptions};
use hallway_domain::ports::{EventBus as _, Presence as _};
use hallway_domain::{RoomId, Timestamp};
use hallway_test_support::services::redis::OwnServer;

const NOW: Timestamp = time::macros::datetime!(2026-03-01 12:00 UTC);

pub(crate) struct Cluster {
    servers: Vec<OwnServer>,
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let slots = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];
        let mut servers = Vec::new();
        for (n, (first, last)) in slots.into_iter().enumerate() {
            // The usual one, ten thousand above, may be too high.
            let bus = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
            let bus = bus.to_string();
            let options = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-port", &bus];
            let server = OwnServer::with(&options).expect("a member of the cluster");
            server.command(&["CLUSTER", "SET-CONFIG-EPOCH", &(n + 1).to_string()]);
            server.command(&["CLUSTER", "ADDSLOTSRANGE", first, last]);
            let port = server.url().rsplit(':').next().expect("a port").to_owned();
            if let Some(known) = servers.first() {
                let known: &OwnServer = known;
                known.command(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
            }
            servers.push(server);
        }
        let cluster = Self { servers };
        until("the cluster is up", async || {
            cluster.servers.iter().all(|server| {
                let about = server.command(&["CLUSTER", "INFO"]);
                ["cluster_state:ok", "cluster_slots_assigned:16384", "cluster_known_nodes:3", "cluster_size:3"]
                    .iter()
                    .all(|line| about.contains(line))
            })
        })
        .await;
        cluster
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        self.servers[0].url().replace("redis", scheme)
    }

    fn all(&self, words: &[&str]) -> Vec<String> {
        self.servers.iter().map(|server| server.command(words)).collect()
    }

    /// How many are subscribed to a sharded channel, by member.
    fn subscribers(&self, channel: &str) -> Vec<usize> {
        let answers = self.all(&["PUBSUB", "SHARDNUMSUB", channel]);
        answers
            .iter()
            .map(|answer| answer.trim_end().rsplit(':').next()?.parse().ok())
            .map(Option::unwrap_or_default)
            .collect()
    }

    fn keys(&self) -> Vec<usize> {
        let sizes = self.all(&["DBSIZE"]);
        sizes.iter().map(|size| size.trim_start_matches(':').trim_end().parse().expect("a number")).collect()
    }
}

/// Publishes until what is published arrives: an outage may be under way.
async fn reaches(from: &RedisNode, ear: &Ear, room: i64, first: i64) {
    let mut seq = first;
    until(&format!("room {room} is heard"), async || {
        from.bus().publish(vec![event(room, seq)]).await.expect("publishes");
        seq += 1;
        ear.items().iter().any(|item| (first..seq).any(|seq| *item == event(room, seq)))
    })
    .await;
}

async fn pair(first: &RedisOptions) -> ((RedisNode, Arc<Ear>), (RedisNode, Arc<Ear>)) {
    (listening(first).await, listening(&sibling(first)).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_have_sharded_channels_that_come_back() {
    let cluster = Cluster::start().await;
    // An address of one member will do, without saying that it is one.
    for scheme in ["redis", "redis-cluster"] {
        let first = options_at(&cluster.url(scheme));
        let ((one, _), (two, ear_two)) = pair(&first).await;
        for room in 1..=30 {
            two.bus().follow(RoomId(room)).await.expect("follows");
        }
        let channel = |room: i64| format!("{}c:{room}", first.prefix);
        let mut used = [0; 3];
        for room in 1..=30 {
            let subscribers = cluster.subscribers(&channel(room));
            assert_eq!(subscribers.iter().sum::<usize>(), 1, "{scheme}: {room}: {subscribers:?}");
            used.iter_mut().zip(&subscribers).for_each(|(used, count)| *used += count);
        }
        assert!(used.iter().all(|count| *count > 0), "rooms are spread: {used:?}");
        let items: Vec<_> = (1..=30).flat_map(|room| [event(room, 1), event(room, 2)]).chain([granted(1)]).collect();
        one.bus().publish(items.clone()).await.expect("publishes");
        for item in &items {
            ear_two.hears(item).await;
        }
        assert_eq!(ear_two.interruptions(), 0);
        // Each member in turn, as the connections to it are apart.
        for server in &cluster.servers {
            let before = ear_two.interruptions();
            server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
            ear_two.is_interrupted_after(before).await;
        }
        for room in 1..=30 {
            reaches(&one, &ear_two, room, 10).await;
        }
        two.bus().unfollow(RoomId(7)).await.expect("lets go");
        until("the room's channel is let go", async || cluster.subscribers(&channel(7)).iter().sum::<usize>() == 0)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_whose_slot_moves_to_another_master_is_heard_again() {
    let cluster = Cluster::start().await;
    let first = options_at(&cluster.url("redis-cluster"));
    let ((one, _), (two, ear_two)) = pair(&first).await;
    two.bus().follow(RoomId(1)).await.expect("follows");
    let channel = format!("{}c:1", first.prefix);
    let from = cluster.subscribers(&channel).iter().position(|count| *count == 1).expect("is subscribed");
    let to = (from + 1) % 3;
    let slot = cluster.servers[0].command(&["CLUSTER", "KEYSLOT", &channel]);
    let slot = slot.trim_start_matches(':').trim_end();
    let id = cluster.servers[to].command(&["CLUSTER", "MYID"]);
    let id = id.lines().nth(1).expect("a name");
    let before = ear_two.interruptions();
    for at in [to, from, (from + 2) % 3] {
        assert_eq!(cluster.servers[at].command(&["CLUSTER", "SETSLOT", slot, "NODE", id]), "+OK\r\n");
    }
    ear_two.is_interrupted_after(before).await;
    assert_eq!(cluster.subscribers(&channel)[to], 1);
    reaches(&one, &ear_two, 1, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_node_is_swept_from_all_masters() {
    let cluster = Cluster::start().await;
    let first = options_at(&cluster.url("redis-cluster"));
    let observer = shared(&first).await;
    let presence = observer.presence();
    presence.sweep(NOW).await.expect("sweeps");
    let base = cluster.keys();
    let dead = shared(&RedisOptions { lease: Duration::from_millis(400), ..sibling(&first) }).await;
    for n in 0..60_u32 {
        let room = RoomId(i64::from(n % 30));
        dead.presence().enter(room, &user(&format!("u{n}")), socket(n.into()), NOW).await.expect("enters");
    }
    until("all are entered", async || dead.presence().renew(NOW).await.is_ok()).await;
    assert!(cluster.keys().iter().zip(&base).all(|(now, before)| now > before), "rooms are spread");
    drop(dead);
    let mut gone = 0;
    until("all are gone", async || {
        presence.renew(NOW).await.expect("renews");
        gone += presence.sweep(NOW).await.expect("sweeps").len();
        gone >= 60 && cluster.keys() == base
    })
    .await;
    assert_eq!(gone, 60);
}
