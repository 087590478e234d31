//! What the presence of one process cannot show: other nodes, their deaths, and a server that forgets.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{options, options_at, own, shared, sibling, socket, until, user};
use hallway_adapter_redis::{RedisNode, RedisOptions, RedisPresence};
use hallway_domain::ports::{Arrival, Departure, Presence as _};
use hallway_domain::{RoomId, Timestamp};
use hallway_test_support::services::redis::OwnServer;
use time::Duration as Span;

const ROOM: RoomId = RoomId(1);
const NOW: Timestamp = time::macros::datetime!(2026-03-01 12:00 UTC);
const GRACE: Span = Span::seconds(2);

async fn enter(presence: &RedisPresence, room: RoomId, name: &str, connection: u128) -> bool {
    presence.enter(room, &user(name), socket(connection), NOW).await.expect("enters").first
}

async fn leave(presence: &RedisPresence, name: &str, connection: u128) -> Option<Departure> {
    presence.leave(ROOM, &user(name), socket(connection)).await.expect("leaves")
}

async fn names(presence: &RedisPresence) -> Vec<String> {
    let users = presence.list(ROOM).await.expect("lists");
    users.into_iter().map(|user| user.username.into_string()).collect()
}

/// What the background of a node does every second.
async fn live(presence: &RedisPresence, now: Timestamp) -> (Vec<Arrival>, Vec<Departure>) {
    (presence.renew(now).await.unwrap_or_default(), presence.sweep(now).await.unwrap_or_default())
}

fn brief(options: RedisOptions) -> RedisOptions {
    RedisOptions { lease: Duration::from_millis(400), ..options }
}

fn departure(name: &str) -> Departure {
    Departure { room: ROOM, user: user(name) }
}

fn keys(server: &OwnServer) -> BTreeSet<String> {
    let answer = server.command(&["KEYS", "*"]);
    answer.lines().filter(|line| !line.starts_with(['*', '$'])).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_there_by_any_node() {
    let first = options();
    let (one, two) = (shared(&first).await.presence(), shared(&sibling(&first)).await.presence());
    assert!(enter(&one, ROOM, "ann", 1).await);
    assert!(!enter(&two, ROOM, "ann", 2).await);
    assert!(enter(&two, ROOM, "bob", 3).await);
    assert_eq!(names(&one).await, ["ann", "bob"]);
    assert_eq!(leave(&one, "ann", 1).await, None);
    assert_eq!(leave(&two, "ann", 2).await, Some(departure("ann")));
    assert_eq!(names(&one).await, ["bob"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coming_back_by_another_node_is_no_departure() {
    let first = options();
    let (one, two) = (shared(&first).await.presence(), shared(&sibling(&first)).await.presence());
    enter(&one, ROOM, "ann", 1).await;
    one.lose(socket(1), NOW, GRACE).await.expect("loses");
    assert!(!enter(&two, ROOM, "ann", 2).await, "within the grace");
    assert_eq!(leave(&two, "ann", 2).await, Some(departure("ann")), "the grace ended with the coming back");
    assert_eq!(live(&one, NOW + GRACE).await.1, [], "told already");
    enter(&one, ROOM, "ann", 3).await;
    one.lose(socket(3), NOW, GRACE).await.expect("loses");
    assert_eq!(live(&two, NOW + GRACE).await.1, [], "another node's grace");
    assert_eq!(live(&one, NOW + GRACE).await.1, [departure("ann")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_node_is_swept_once_however_many_sweep() {
    let first = options();
    let dead = shared(&brief(sibling(&first))).await.presence();
    let mut living = Vec::new();
    for _ in 0..4 {
        living.push(shared(&sibling(&first)).await.presence());
    }
    // Some by two connections, some here as well, some in their grace.
    for n in 0..100 {
        enter(&dead, ROOM, &format!("user{n:03}"), n).await;
        enter(&dead, RoomId(2), &format!("user{n:03}"), n).await;
    }
    enter(&dead, ROOM, "user000", 500).await;
    enter(&living[0], ROOM, "user001", 501).await;
    // Should entering have taken longer than the lease.
    until("all are entered", async || dead.renew(NOW).await.is_ok()).await;
    dead.lose(socket(2), NOW, Span::days(1)).await.expect("loses");
    drop(dead);

    let mut gone: Vec<Departure> = Vec::new();
    until("the dead node's users are gone", async || {
        let sweeps = living.iter().map(|presence| live(presence, NOW));
        gone.extend(futures_util::future::join_all(sweeps).await.into_iter().flat_map(|(_, gone)| gone));
        gone.len() >= 199
    })
    .await;
    for presence in &living {
        gone.extend(live(presence, NOW).await.1);
    }
    assert_eq!(gone.len(), 199, "each is told once");
    gone.sort_by_key(|departure| (departure.room, departure.user.username.clone()));
    gone.dedup();
    assert_eq!(gone.len(), 199);
    assert!(!gone.contains(&departure("user001")), "is still here by another node");
    assert_eq!(names(&living[1]).await, ["user001"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_taken_for_dead_enters_again() {
    let first = options();
    let (frozen, other) = (shared(&brief(sibling(&first))).await.presence(), shared(&first).await.presence());
    enter(&frozen, ROOM, "ann", 1).await;
    enter(&frozen, ROOM, "bob", 2).await;
    enter(&other, ROOM, "bob", 3).await;
    until("all are entered", async || frozen.renew(NOW).await.is_ok()).await;
    until("the frozen node is swept", async || live(&other, NOW).await.1 == [departure("ann")]).await;
    assert_eq!(names(&other).await, ["bob"]);
    // It wakes up.
    let (arrivals, departures) = live(&frozen, NOW).await;
    assert_eq!(arrivals, [Arrival { room: ROOM, user: user("ann") }], "the others were told that she went");
    assert_eq!(departures, []);
    assert_eq!(live(&other, NOW).await, (vec![], vec![]), "what is left of its former life is nobody's");
    assert_eq!(names(&other).await, ["ann", "bob"]);
    assert_eq!(live(&frozen, NOW).await, (vec![], vec![]), "told once");
    assert_eq!(leave(&other, "bob", 3).await, None);
    assert_eq!(leave(&frozen, "bob", 2).await, Some(departure("bob")));
    assert_eq!(leave(&frozen, "ann", 1).await, Some(departure("ann")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgets_is_told_again() {
    let server = own();
    let first = options_at(&server.url());
    let (one, two) = (shared(&first).await.presence(), shared(&sibling(&first)).await.presence());
    enter(&one, ROOM, "ann", 1).await;
    enter(&one, ROOM, "eve", 4).await;
    enter(&one, ROOM, "joe", 5).await;
    one.lose(socket(5), NOW, GRACE).await.expect("loses");
    enter(&two, ROOM, "bob", 2).await;
    server.command(&["FLUSHALL"]);
    assert_eq!(leave(&one, "eve", 4).await, Some(departure("eve")), "nobody else can tell");
    for presence in [&one, &two] {
        live(presence, NOW).await;
    }
    assert_eq!(names(&one).await, ["ann", "bob"]);
    assert_eq!(live(&one, NOW + GRACE).await.1, [departure("joe")], "did not come back");
    assert_eq!(leave(&one, "ann", 1).await, Some(departure("ann")));
    assert_eq!(leave(&two, "bob", 2).await, Some(departure("bob")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_is_away_a_node_knows_its_own() {
    let mut server = own();
    let first = options_at(&server.url());
    let (one, two) = (shared(&first).await.presence(), shared(&sibling(&first)).await.presence());
    enter(&one, ROOM, "ann", 1).await;
    enter(&one, ROOM, "eve", 6).await;
    enter(&two, ROOM, "bob", 2).await;
    server.stop();
    until("the loss is noticed", async || names(&one).await == ["ann", "eve"]).await;
    let entered = one.enter(ROOM, &user("joe"), socket(3), NOW).await.expect("enters");
    assert!(entered.first);
    assert_eq!(entered.users, [user("ann"), user("eve"), user("joe")]);
    assert!(!enter(&one, ROOM, "joe", 4).await);
    one.leave(ROOM, &user("eve"), socket(6)).await.expect_err("cannot be told yet");
    one.renew(NOW).await.expect_err("no answer");
    server.start_again();
    let mut arrivals = Vec::new();
    let mut departures = Vec::new();
    until("both have entered again", async || {
        for presence in [&one, &two] {
            let (came, went) = live(presence, NOW).await;
            arrivals.extend(came);
            departures.extend(went);
        }
        names(&two).await == ["ann", "bob", "joe"]
    })
    .await;
    assert!(arrivals.contains(&Arrival { room: ROOM, user: user("joe") }), "the others hear of it now");
    assert_eq!(departures, [departure("eve")], "and who left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leave_that_was_not_heard_does_not_undo_coming_back() {
    let server = own();
    let presence = shared(&options_at(&server.url())).await.presence();
    enter(&presence, ROOM, "ann", 1).await;
    server.command(&["CLIENT", "PAUSE", "1500", "ALL"]);
    presence.leave(ROOM, &user("ann"), socket(1)).await.expect_err("no answer in time");
    until("it answers again", async || {
        presence.enter(ROOM, &user("bob"), socket(2), NOW).await.expect("enters").users.len() > 1
    })
    .await;
    enter(&presence, ROOM, "ann", 1).await;
    for _ in 0..3 {
        live(&presence, NOW).await;
    }
    assert_eq!(names(&presence).await, ["ann", "bob"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_come_and_go_and_leave_nothing() {
    let server = own();
    let observer_options = options_at(&server.url());
    let observer = shared(&observer_options).await;
    live(&observer.presence(), NOW).await;
    let base = keys(&server);
    for n in 0..100 {
        let options = sibling(&observer_options);
        let node = shared(&if n % 4 == 3 { brief(options) } else { options }).await;
        visit(&node, n).await;
        match n % 4 {
            // Well-behaved; with connections that are gone, or still there; and killed.
            0 => {
                leave(&node.presence(), "ann", 2 * n).await;
                leave(&node.presence(), "bob", 2 * n + 1).await;
                node.close(Duration::ZERO).await;
            }
            1 => {
                node.presence().lose(socket(2 * n), NOW, GRACE).await.expect("loses");
                node.close(Duration::ZERO).await;
            }
            2 => node.close(Duration::ZERO).await,
            _ => drop(node),
        }
    }
    until("what they left is cleared up", async || {
        live(&observer.presence(), NOW).await;
        // The observer's own lease of devices may lapse meanwhile: nobody renews it here.
        keys(&server).is_subset(&base)
    })
    .await;
    observer.close(Duration::ZERO).await;
    assert_eq!(keys(&server), BTreeSet::new(), "the last one leaves nothing either");
}

async fn visit(node: &RedisNode, n: u128) {
    let presence: Arc<RedisPresence> = node.presence();
    enter(&presence, ROOM, "ann", 2 * n).await;
    enter(&presence, ROOM, "bob", 2 * n + 1).await;
    live(&presence, NOW).await;
}
