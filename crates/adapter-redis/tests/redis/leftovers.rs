//! What nodes leave when they die at a bad moment, or all at once.

use std::time::Duration;

use crate::support::{options, options_at, own, shared, sibling, socket, until, user};
use hallway_adapter_redis::RedisOptions;
use hallway_domain::ports::{Departure, Presence as _, Rate, RateLimiter as _, Tickets as _};
use hallway_domain::{RoomId, Timestamp, UserId};
use time::Duration as Span;

const NOW: Timestamp = time::macros::datetime!(2026-03-01 12:00 UTC);
const ROOM: RoomId = RoomId(1);

fn brief(options: RedisOptions) -> RedisOptions {
    RedisOptions { lease: Duration::from_millis(300), ..options }
}

/// As if the answer to its last question had been lost: it never got to tell.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_before_it_tells_is_made_up_for() {
    let first = options();
    let (teller, sweeper) = (shared(&first).await.presence(), shared(&sibling(&first)).await.presence());
    let dead = shared(&brief(sibling(&first))).await.presence();
    for n in 0..10_u32 {
        dead.enter(ROOM, &user(&format!("u{n}")), socket(n.into()), NOW).await.expect("enters");
    }
    teller.enter(ROOM, &user("u3"), socket(100), NOW).await.expect("enters");
    until("all are entered", async || dead.renew(NOW).await.is_ok()).await;
    drop(dead);
    until("they are found", async || sweeper.sweep(NOW).await.expect("sweeps").len() == 9).await;
    assert_eq!(teller.sweep(NOW).await.expect("sweeps"), [], "the other one has a while to tell");
    drop(sweeper);
    let mut gone: Vec<Departure> = Vec::new();
    until("they are found again", async || {
        gone.extend(teller.sweep(NOW).await.expect("sweeps"));
        !gone.is_empty()
    })
    .await;
    for _ in 0..3 {
        gone.extend(teller.sweep(NOW).await.expect("sweeps"));
    }
    let mut names: Vec<String> = gone.into_iter().map(|gone| gone.user.username.into_string()).collect();
    names.sort_unstable();
    assert_eq!(names, ["u0", "u1", "u2", "u4", "u5", "u6", "u7", "u8", "u9"], "each, and not who is still there");
}

/// Another node may have cleared up after it, and would not look for what is added then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wakes_up_enters_somebody_and_dies_leaves_no_ghost() {
    let first = options();
    let (other, frozen) = (shared(&first).await.presence(), shared(&brief(sibling(&first))).await.presence());
    frozen.enter(ROOM, &user("ann"), socket(1), NOW).await.expect("enters");
    until("all are entered", async || frozen.renew(NOW).await.is_ok()).await;
    let mut gone = Vec::new();
    until("the frozen node is swept", async || {
        gone.extend(other.sweep(NOW).await.expect("sweeps"));
        !gone.is_empty()
    })
    .await;
    other.sweep(NOW).await.expect("sweeps");
    let entered = frozen.enter(ROOM, &user("bob"), socket(2), NOW).await.expect("enters");
    assert_eq!(entered.users, [user("ann"), user("bob")], "as far as it knows");
    drop(frozen);
    assert_eq!(other.list(ROOM).await.expect("lists"), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_all_nodes_die_at_once_what_they_left_goes_by_itself() {
    let server = own();
    let first = RedisOptions { keep: Duration::from_millis(1500), ..brief(options_at(&server.url())) };
    let (one, two) = (shared(&first).await, shared(&sibling(&first)).await);
    for (n, node) in [(1, &one), (2, &two)] {
        node.presence().enter(ROOM, &user("ann"), socket(n), NOW).await.expect("enters");
        node.presence().enter(RoomId(2), &user("bob"), socket(n + 2), NOW).await.expect("enters");
    }
    one.presence().lose(socket(1), NOW, Span::days(1)).await.expect("loses");
    // Who lives is there for longer than that.
    let began = tokio::time::Instant::now();
    while began.elapsed() < first.keep * 3 {
        for node in [&one, &two] {
            node.presence().renew(NOW).await.expect("renews");
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    for node in [&one, &two] {
        assert_eq!(node.presence().list(ROOM).await.expect("lists"), [user("ann")]);
        assert_eq!(node.presence().list(RoomId(2)).await.expect("lists"), [user("bob")]);
    }
    drop((one, two));
    until("nothing is left", async || server.command(&["DBSIZE"]) == ":0\r\n").await;
}

/// As in one process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_addresses_is_limited_together_and_not_remembered() {
    let server = own();
    let options = RedisOptions { new_rates: 10, ..options_at(&server.url()) };
    let limiter = shared(&options).await.limiter();
    let rate = Rate { per_second: 0.01, burst: 2 };
    let take = async |key: &str| limiter.take(key, rate, NOW).await.expect("answers");
    let keys = || server.command(&["DBSIZE"]).trim_matches([':', '\r', '\n']).parse::<usize>().expect("a number");
    let before = keys();
    let mut let_in = 0;
    for n in 0..100 {
        let_in += u32::from(take(&format!("login:{n}")).await.is_ok());
    }
    assert_eq!(let_in, 10 + 2);
    assert_eq!(keys() - before, 10 + 1);
    assert!(take("login:3").await.is_ok(), "a known key keeps its own bucket");
    assert!(take("chat:1").await.is_ok(), "another kind has its own");
}

/// Whatever is written goes by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_has_an_end() {
    let server = own();
    let first = options_at(&server.url());
    let (node, dead) = (shared(&first).await, shared(&brief(sibling(&first))).await);
    for n in 0..3 {
        node.limiter()
            .take(&format!("a:{n}"), Rate { per_second: 0.1, burst: 3 }, NOW)
            .await
            .expect("answers")
            .expect("fits");
        node.tickets().put(&format!("t{n}"), UserId(1), "v", NOW).await.expect("keeps");
        dead.presence().enter(ROOM, &user("ann"), socket(n), NOW).await.expect("enters");
    }
    until("all are entered", async || dead.presence().renew(NOW).await.is_ok()).await;
    node.presence().enter(RoomId(2), &user("bob"), socket(9), NOW).await.expect("enters");
    node.presence().lose(socket(9), NOW, Span::days(1)).await.expect("loses");
    let endless = || {
        let names = "local endless = '' for _, key in ipairs(redis.call('KEYS', '*')) do \
                     if redis.call('PTTL', key) == -1 then endless = endless .. key .. ' ' end end return endless";
        server.command(&["EVAL", names, "0"])
    };
    assert_eq!(endless(), "$0\r\n\r\n");
    drop(dead);
    until("the dead node is found", async || !node.presence().sweep(NOW).await.expect("sweeps").is_empty()).await;
    assert_eq!(endless(), "$0\r\n\r\n");
}
