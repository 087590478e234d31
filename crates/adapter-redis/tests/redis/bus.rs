//! What the bus of one process cannot show: other nodes, and a server that goes away.

use std::time::{Duration, Instant};

use crate::support::{Ear, event, granted, listening, options, options_at, own, sibling, until};
use hallway_adapter_redis::RedisNode;
use hallway_domain::RoomId;
use hallway_domain::ports::EventBus as _;
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

/// One server that owns every slot is a cluster too: keys and channels that do not belong together are refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_of_a_cluster_have_sharded_channels() {
    let server = crate::support::cluster().await;
    for scheme in ["redis", "redis-cluster"] {
        let first = options_at(&server.url().replace("redis", scheme));
        let ((one, _), (two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
        for room in 1..=20 {
            two.bus().follow(RoomId(room)).await.expect("follows");
        }
        let channel = format!("{}c:7", first.prefix);
        assert!(server.command(&["PUBSUB", "SHARDNUMSUB", &channel]).trim_end().ends_with(":1"), "{scheme}");
        let items: Vec<_> = (1..=20).flat_map(|room| [event(room, 1), event(room, 2)]).chain([granted(1)]).collect();
        one.bus().publish(items.clone()).await.expect("publishes");
        for item in &items {
            ear_two.hears(item).await;
        }
        let before = ear_two.interruptions();
        server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        ear_two.is_interrupted_after(before).await;
        for room in [1, 20] {
            reaches(&one, &ear_two, room, 10).await;
        }
        two.bus().unfollow(RoomId(7)).await.expect("lets go");
        let unsubscribed = async || server.command(&["PUBSUB", "SHARDNUMSUB", &channel]).trim_end().ends_with(":0");
        until("the room's channel is let go", unsubscribed).await;
    }
}
