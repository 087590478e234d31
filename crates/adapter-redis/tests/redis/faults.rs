//! A server that refuses, or cuts who does not keep up: everything degrades, nothing panics, all heals.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::{Ear, event, granted, listening, options_at, own, sibling, socket, until, user};
use hallway_adapter_redis::{RedisNode, RedisOptions};
use hallway_domain::ports::{BusItem, EventBus as _, Presence as _, Rate, RateLimiter as _, Tickets as _};
use hallway_domain::{Epoch, Event, Fact, RoomId, RoomKind, RoomMode, RoomName, Seq, Timestamp, UserId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::task::TaskTracker;

const NOW: Timestamp = time::macros::datetime!(2026-03-01 12:00 UTC);
const ROOM: RoomId = RoomId(1);
const RATE: Rate = Rate { per_second: 1000.0, burst: 1000 };

/// Publishes until it arrives by way of the server.
async fn reaches(from: &RedisNode, ear: &Ear, first: i64) {
    let mut seq = first;
    until("what one node publishes reaches the other", async || {
        from.bus().publish(vec![event(1, seq)]).await.expect("publishes");
        seq += 1;
        (first..seq).any(|seq| ear.count(&event(1, seq)) > 0)
    })
    .await;
}

/// Whether rates, tickets and presence are shared.
async fn shares(node: &RedisNode) -> bool {
    node.limiter().take("a:1", RATE, NOW).await.is_ok()
        && node.tickets().put("t", UserId(1), "v", NOW).await.is_ok()
        && node.presence().renew(NOW).await.is_ok()
        && node.bus().health().await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_permit() {
    let server = own();
    let first = options_at(&server.url());
    let ((one, ear_one), (two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
    for node in [&one, &two] {
        node.bus().follow(ROOM).await.expect("follows");
    }
    server.command(&["ACL", "SETUSER", "default", "-publish", "-evalsha", "-getdel", "-subscribe"]);
    one.bus().publish(vec![event(1, 1), granted(1)]).await.expect("is not an error");
    assert_eq!(ear_one.items(), [event(1, 1), granted(1)], "this node's own connections miss nothing");
    one.bus().follow(RoomId(2)).await.expect("is made up for");
    one.limiter().take("a:1", RATE, NOW).await.expect_err("says so");
    one.tickets().put("t", UserId(1), "v", NOW).await.expect_err("says so");
    one.tickets().take("t", NOW).await.expect_err("says so");
    let entered = one.presence().enter(ROOM, &user("ann"), socket(1), NOW).await.expect("enters");
    assert_eq!(entered.users, [user("ann")], "as far as this node knows");
    one.presence().renew(NOW).await.expect_err("says so");
    one.presence().sweep(NOW).await.expect("finds nothing");
    until("the node knows that it is not well", async || one.bus().health().await.is_err()).await;
    server.command(&["ACL", "SETUSER", "default", "+@all"]);
    reaches(&one, &ear_two, 100).await;
    reaches(&two, &ear_one, 200).await;
    until("all is shared again", async || shares(&one).await).await;
    assert_eq!(two.presence().list(ROOM).await.expect("lists"), [user("ann")]);
}

/// Nobody is taken for dead because there is no room to say that they live.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_full() {
    let server = own();
    let first = RedisOptions { lease: Duration::from_millis(1500), ..options_at(&server.url()) };
    let ((one, _), (two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
    two.bus().follow(ROOM).await.expect("follows");
    for (name, connection) in [("ann", 1), ("bob", 2)] {
        one.presence().enter(ROOM, &user(name), socket(connection), NOW).await.expect("enters");
    }
    until("all are entered", async || one.presence().renew(NOW).await.is_ok()).await;
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let entered = one.presence().enter(ROOM, &user("eve"), socket(3), NOW).await.expect("enters");
    assert_eq!(entered.users, [user("ann"), user("bob"), user("eve")]);
    let began = tokio::time::Instant::now();
    while began.elapsed() < first.lease * 2 {
        one.presence().renew(NOW).await.expect_err("cannot enter again");
        assert_eq!(two.presence().renew(NOW).await.expect("renews"), []);
        assert_eq!(two.presence().sweep(NOW).await.expect("sweeps"), [], "all are alive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let gone = one.presence().leave(ROOM, &user("bob"), socket(2)).await.expect("leaves");
    assert_eq!(gone.expect("is gone").user, user("bob"));
    reaches(&one, &ear_two, 1).await;
    let lives = server.command(&["ZCARD", &format!("{}{{nodes}}:live", first.prefix)]);
    assert_eq!(lives, ":2\r\n", "one life for each node, however often it tried");
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    until("all is shared again", async || shares(&one).await).await;
    assert_eq!(two.presence().list(ROOM).await.expect("lists"), [user("ann"), user("eve")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_became_a_replica() {
    let server = own();
    let first = options_at(&server.url());
    let ((one, _), (two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
    two.bus().follow(ROOM).await.expect("follows");
    server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    one.limiter().take("a:1", RATE, NOW).await.expect_err("says so");
    one.tickets().put("t", UserId(1), "v", NOW).await.expect_err("says so");
    let entered = one.presence().enter(ROOM, &user("ann"), socket(1), NOW).await.expect("enters");
    assert_eq!(entered.users, [user("ann")]);
    server.command(&["REPLICAOF", "NO", "ONE"]);
    until("all is shared again", async || shares(&one).await).await;
    reaches(&one, &ear_two, 1).await;
    assert_eq!(two.presence().list(ROOM).await.expect("lists"), [user("ann")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_no_more_connections() {
    let server = own();
    let first = options_at(&server.url());
    let ((one, _), (two, ear_two)) = (listening(&first).await, listening(&sibling(&first)).await);
    two.bus().follow(ROOM).await.expect("follows");
    let mut control = TcpStream::connect(server.url().trim_start_matches("redis://")).expect("connects");
    let mut say = |words: &str| {
        control.write_all(format!("{words}\r\n").as_bytes()).expect("is heard");
        let mut answer = [0; 256];
        let length = control.read(&mut answer).expect("is answered");
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    assert_eq!(say("CONFIG SET maxclients 1"), "+OK\r\n");
    let before = ear_two.interruptions();
    say("CLIENT KILL TYPE normal");
    say("CLIENT KILL TYPE pubsub");
    until("the loss is noticed", async || one.bus().health().await.is_err()).await;
    one.bus().publish(vec![event(1, 1)]).await.expect("is not an error");
    two.bus().publish(vec![event(1, 2)]).await.expect("is not an error");
    assert_eq!(ear_two.count(&event(1, 2)), 1, "this node's own connections miss nothing");
    assert_eq!(say("CONFIG SET maxclients 1000"), "+OK\r\n");
    ear_two.is_interrupted_after(before).await;
    reaches(&one, &ear_two, 100).await;
    until("all is shared again", async || shares(&one).await && shares(&two).await).await;
}

/// Between a node and the server; can stop bringing what the server says.
struct Pipe {
    url: String,
    stalls: Arc<AtomicBool>,
    _tasks: TaskTracker,
}

impl Pipe {
    async fn to(server: String) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("redis://{}", listener.local_addr().expect("an address"));
        let stalls = Arc::new(AtomicBool::new(false));
        let stalled = Arc::clone(&stalls);
        let tasks = TaskTracker::new();
        let more = tasks.clone();
        tasks.spawn(async move {
            while let Ok((node, _)) = listener.accept().await {
                let Ok(server) = tokio::net::TcpStream::connect(server.trim_start_matches("redis://")).await else {
                    continue;
                };
                let ((from_node, to_node), (from_server, to_server)) = (node.into_split(), server.into_split());
                more.spawn(copy(from_node, to_server, Arc::default()));
                more.spawn(copy(from_server, to_node, Arc::clone(&stalled)));
            }
        });
        Self { url, stalls, _tasks: tasks }
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, stalls: Arc<AtomicBool>) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        while stalls.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        match from.read(&mut bytes).await {
            Ok(length) if length > 0 && to.write_all(&bytes[..length]).await.is_ok() => {}
            _ => return,
        }
    }
}

fn long(seq: i64) -> BusItem {
    let name = Some(RoomName::from_stored("x".repeat(100_000)));
    let fact = Fact::RoomUpdated { name, topic: None, kind: RoomKind::Public, mode: RoomMode::default() };
    BusItem::Event(Event { room: ROOM, epoch: Epoch(7), seq: Seq(seq), at: Timestamp::UNIX_EPOCH, fact })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_keep_up_is_cut_and_comes_back() {
    let server = own();
    server.command(&["CONFIG", "SET", "client-output-buffer-limit", "pubsub 256kb 64kb 1"]);
    let pipe = Pipe::to(server.url()).await;
    let first = options_at(&server.url());
    let (one, _) = listening(&first).await;
    let (_slow, ear) = {
        let at_pipe = RedisOptions { url: pipe.url.clone().into(), ..sibling(&first) };
        let (slow, ear) = listening(&at_pipe).await;
        slow.bus().follow(ROOM).await.expect("follows");
        (slow, ear)
    };
    reaches(&one, &ear, 1).await;
    let before = ear.interruptions();
    let subscribers = server.command(&["CLIENT", "LIST", "TYPE", "pubsub"]).matches(" cmd=").count();
    assert_eq!(subscribers, 2);
    pipe.stalls.store(true, Ordering::SeqCst);
    let mut seq = 1000;
    until("the server cuts it", async || {
        one.bus().publish(vec![long(seq)]).await.expect("publishes");
        seq += 1;
        server.command(&["CLIENT", "LIST", "TYPE", "pubsub"]).matches(" cmd=").count() < subscribers
    })
    .await;
    pipe.stalls.store(false, Ordering::SeqCst);
    ear.is_interrupted_after(before).await;
    reaches(&one, &ear, 2001).await;
}
