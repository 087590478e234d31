//! What the bus of one process cannot show: other nodes, and a server that goes away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::{Ear, event, granted, listening, options, options_at, own, shared, sibling, until};
use hallway_adapter_redis::RedisNode;
use hallway_domain::RoomId;
use hallway_domain::ports::{BusItem, BusSink, EventBus as _};
use hallway_test_support::services::redis::OwnServer;

const ROOM: RoomId = RoomId(1);

/// Publishes to itself until it comes back over the bus: fallbacks are told from the real thing by another node.
async fn reaches(from: &RedisNode, ear: &Ear, room: i64, first: i64) {
    let mut seq = first;
    until("what one node publishes reaches the other", async || {
        from.bus().publish(vec![event(room, seq)]).await.expect("publishes");
        seq += 1;
        ear.items().iter().any(|item| *item == event(room, seq - 2))
    })
    .await;
}

fn subscribers(server: &OwnServer, channel: &str) -> bool {
    server.command(&["PUBSUB", "NUMSUB", channel]).trim_end().ends_with(":2")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_publishes_all_followers_hear() {
    let first = options();
    let ((one, ear_one), (two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
    let (_three, ear_three) = listening(&sibling(&first)).await;
    let (_stranger, ear_stranger) = listening(&options()).await;
    for node in [&one, &two] {
        node.bus().follow(ROOM).await.expect("follows");
    }
    let items = vec![event(1, 1), event(1, 2), granted(1), event(1, 3), granted(2)];
    one.bus().publish(items.clone()).await.expect("publishes");
    for ear in [&ear_one, &ear_two] {
        ear.hears(&granted(2)).await;
        assert_eq!(ear.items(), items);
    }
    ear_three.hears(&granted(2)).await;
    assert_eq!(ear_three.items(), [granted(1), granted(2)], "follows nothing");
    assert_eq!(ear_stranger.items(), [], "another installation on the same server");
    assert_eq!(ear_two.interruptions(), 0);
    two.bus().health().await.expect("is well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_subscriber_comes_back_and_says_so() {
    let server = own();
    let first = options_at(&server.url());
    let ((one, ear_one), (two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
    for node in [&one, &two] {
        for room in 1..=600 {
            node.bus().follow(RoomId(room)).await.expect("follows");
        }
    }
    let before = [ear_one.interruptions(), ear_two.interruptions()];
    server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    for (ear, before) in [(&ear_one, before[0]), (&ear_two, before[1])] {
        ear.is_interrupted_after(before).await;
    }
    for room in [1, 300, 600] {
        assert!(subscribers(&server, &format!("{}c:{room}", first.prefix)), "room {room}");
    }
    one.bus().publish(vec![event(1, 1), event(600, 1)]).await.expect("publishes");
    for ear in [&ear_one, &ear_two] {
        ear.hears(&event(1, 1)).await;
        ear.hears(&event(600, 1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_stalls_nobody_and_is_made_up_for() {
    let mut server = own();
    let first = options_at(&server.url());
    let ((one, ear_one), (two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
    for node in [&one, &two] {
        node.bus().follow(ROOM).await.expect("follows");
    }
    reaches(&one, &ear_two, 1, 1).await;
    server.stop();

    let longest = Duration::from_millis(1200);
    for seq in 1001..=1020 {
        let began = Instant::now();
        one.bus().publish(vec![event(1, seq), granted(seq), event(2, seq)]).await.expect("is not an error");
        assert!(began.elapsed() < longest, "took {:?}", began.elapsed());
        assert!(ear_one.count(&event(1, seq)) > 0, "this node's own connections miss nothing");
        assert!(ear_one.count(&granted(seq)) > 0);
        assert_eq!(ear_one.count(&event(2, seq)), 0, "not followed");
    }
    let began = Instant::now();
    one.bus().follow(RoomId(3)).await.expect("is made up for");
    assert!(began.elapsed() < longest, "took {:?}", began.elapsed());
    one.bus().health().await.expect_err("is not well");

    let before = [ear_one.interruptions(), ear_two.interruptions()];
    server.start_again();
    ear_one.is_interrupted_after(before[0]).await;
    ear_two.is_interrupted_after(before[1]).await;
    reaches(&one, &ear_two, 1, 2001).await;
    reaches(&two, &ear_one, 3, 3001).await;
    until("both are well", async || one.bus().health().await.is_ok() && two.bus().health().await.is_ok()).await;
}

/// The others may hear again, and have compared what they have with the database, before this node can publish again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_could_not_publish_says_so_when_it_can_again() {
    let server = own();
    let first = options_at(&server.url());
    let ((one, ear_one), (_two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
    one.bus().follow(ROOM).await.expect("follows");
    let before = ear_two.interruptions();
    server.command(&["CLIENT", "PAUSE", "1500", "WRITE"]);
    one.bus().publish(vec![event(1, 1)]).await.expect("is not an error");
    assert_eq!(ear_one.count(&event(1, 1)), 1, "it went to this node's own connections");
    assert_eq!(ear_two.interruptions(), before, "nothing was cut");
    ear_two.is_interrupted_after(before).await;
    // Once: what follows is published as ever.
    let told = ear_two.interruptions();
    for seq in 2..=20 {
        one.bus().publish(vec![event(1, seq)]).await.expect("publishes");
        ear_one.hears(&event(1, seq)).await;
    }
    assert_eq!(ear_two.interruptions(), told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_stalls_nobody_for_long() {
    let server = own();
    let (node, ear) = listening(&options_at(&server.url())).await;
    node.bus().follow(ROOM).await.expect("follows");
    server.command(&["CLIENT", "PAUSE", "3000", "ALL"]);
    let began = Instant::now();
    for seq in 1..=100 {
        let one = Instant::now();
        node.bus().publish(vec![event(1, seq)]).await.expect("is not an error");
        assert!(one.elapsed() < Duration::from_millis(1200), "took {:?}", one.elapsed());
        assert!(ear.count(&event(1, seq)) > 0, "{seq} after {:?}", began.elapsed());
    }
    assert!(began.elapsed() < Duration::from_millis(2500), "all took {:?}", began.elapsed());
    until("it is well again", async || node.bus().health().await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_of_a_newer_release_are_answered_by_a_look_at_the_logs() {
    let server = own();
    let options = options_at(&server.url());
    let (node, ear) = listening(&options).await;
    node.bus().follow(ROOM).await.expect("follows");
    let before = ear.interruptions();
    let payload = r#"{"v":1,"node":"newer","items":[{"k":"hologram","room":1}]}"#;
    server.command(&["PUBLISH", &format!("{}c:1", options.prefix), payload]);
    ear.is_interrupted_after(before).await;
    assert_eq!(ear.items(), []);
}

/// A newer release may send what this one does not know all the time: it is passed over, the rest arrives in order, and
/// the logs are not looked at for each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_releases_side_by_side() {
    let server = own();
    let options = options_at(&server.url());
    let (node, ear) = listening(&options).await;
    node.bus().follow(ROOM).await.expect("follows");
    let before = ear.interruptions();
    let began = Instant::now();
    let fact = |seq| format!(r#"{{"k":"event","room":1,"epoch":7,"seq":{seq},"at":0,"fact":{{"t":"poll_opened"}}}}"#);
    let signal = r#"{"k":"signal","room":1,"at":0,"signal":{"t":"waves"}}"#;
    let known = r#"{"k":"revocation","revocation":{"t":"granted","room":1,"user":1}}"#;
    for seq in 1..=100 {
        let payload = format!(r#"{{"v":1,"node":"newer","items":[{},{signal},{known}]}}"#, fact(seq));
        server.command(&["PUBLISH", &format!("{}c:1", options.prefix), &payload]);
    }
    let newest = format!(r#"{{"v":2,"node":"newest","items":[{known}]}}"#);
    server.command(&["PUBLISH", &format!("{}all", options.prefix), &newest]);
    until("what is known arrives", async || ear.count(&granted(1)) == 100).await;
    ear.is_interrupted_after(before).await;
    let most = usize::try_from(began.elapsed().as_millis() / 500).expect("fits") + 2;
    assert!(ear.interruptions() - before <= most, "{} in {:?}", ear.interruptions() - before, began.elapsed());
    assert_eq!(ear.items().len(), 100, "and nothing else");
}

/// Takes nothing in until it is told to.
struct Stuck {
    gate: parking_lot::Mutex<()>,
    ear: Ear,
}

impl BusSink for Stuck {
    fn deliver(&self, items: Vec<BusItem>) {
        drop(self.gate.lock());
        self.ear.deliver(items);
    }

    fn interrupted(&self) {
        self.ear.interrupted();
    }
}

/// What is dropped then was not read by anybody, so the logs are looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_that_is_slow_to_take_in_says_what_it_dropped() {
    let first = options();
    let (one, _) = listening(&first).await;
    let two = shared(&sibling(&first)).await;
    let stuck = Arc::new(Stuck { gate: parking_lot::Mutex::default(), ear: Ear::default() });
    two.bus().attach(Arc::clone(&stuck) as _);
    for room in 1..=300 {
        two.bus().follow(RoomId(room)).await.expect("follows");
    }
    let before = stuck.ear.interruptions();
    let publish = async {
        // One message for each room.
        for seq in 1..=10 {
            one.bus().publish((1..=300).map(|room| event(room, seq)).collect()).await.expect("publishes");
        }
    };
    tokio::task::block_in_place(|| {
        let _closed = stuck.gate.lock();
        tokio::runtime::Handle::current().block_on(publish);
        std::thread::sleep(Duration::from_millis(300));
    });
    stuck.ear.is_interrupted_after(before).await;
    assert!(stuck.ear.items().len() < 3000, "something was dropped");
    until("it hears again", async || {
        one.bus().publish(vec![event(300, 100)]).await.expect("publishes");
        stuck.ear.count(&event(300, 100)) > 0
    })
    .await;
}
