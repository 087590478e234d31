//! What works while Redis is away: everything but what only Redis can do.

use std::time::{Duration, Instant};

use hallway_test_support::services::{postgres, redis};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{DEADLINE, Server, Socket, kind};

/// Three passwords may be tried at once, then none for a long while.
const LOGIN_BURST: usize = 3;

async fn readiness(server: &Server) -> (u16, Value) {
    let answer = server.anonymous(Method::GET, "/readyz").await;
    (answer.status, answer.body)
}

async fn until_bus_is(server: &Server, bus: &str) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let (status, body) = readiness(server).await;
        assert_eq!(status, 200, "ready with and without Redis: {body}");
        if body["bus"] == bus {
            let expected = if bus == "ok" { "ready" } else { "degraded" };
            assert_eq!(body["status"], expected);
            return;
        }
        assert!(Instant::now() < deadline, "the bus is never {bus}: {body}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn sign_in(server: &Server, name: &str, password: &str) -> u16 {
    let form = [("username", name), ("password", password)];
    let answer = server.http.post(server.url("/token")).form(&form).send().await.expect("the server answers");
    answer.status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_sign_in_and_talk_while_redis_is_away() {
    let database = postgres::empty().await;
    let mut redis = redis::OwnServer::start().expect("redis-server is installed");
    let burst = LOGIN_BURST.to_string();
    let server = Server::start_with(&[
        ("DATABASE_URL", database.url()),
        ("REDIS_URL", &redis.url()),
        ("HALLWAY_AUTH__SECRET", "a secret of the tests, long enough for HS256"),
        ("HALLWAY_LIMITS__LOGIN_BURST", &burst),
    ])
    .await;
    until_bus_is(&server, "ok").await;
    assert!((server.metric("hallway_bus_up").await - 1.0).abs() < f64::EPSILON);

    redis.stop();
    until_bus_is(&server, "away").await;
    assert!(server.metric("hallway_bus_up").await.abs() < f64::EPSILON);
    // Registers and signs in.
    let ann = server.account("ann").await;
    let refresh = server.http.post(server.url("/refresh")).json(&json!({"refresh_token": ann.refresh}));
    assert_eq!(refresh.send().await.expect("the server answers").status(), 200);
    let room = server.room(&ann, "hall", false).await;
    let mut socket = Socket::native(&server, &ann).await;
    socket.send(&json!({"type": "join", "room_id": room}));
    socket.until_kind("synced").await;
    socket.send(&json!({"type": "chat", "room_id": room, "message": "hello", "id": uuid::Uuid::from_u128(7)}));
    // Its ack and the message itself, in any order.
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.push(kind(&socket.until(|frame| matches!(kind(frame), "ack" | "chat")).await).to_owned());
    }
    seen.sort();
    assert_eq!(seen, ["ack", "chat"]);
    // Still nobody may try passwords without end.
    let mut answers = Vec::new();
    for _ in 0..LOGIN_BURST + 2 {
        answers.push(sign_in(&server, "bob", "not the password").await);
    }
    assert_eq!(answers[0], 401, "{answers:?}");
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
    assert!(server.metric("hallway_limits_alone_total").await > 0.0);

    redis.start_again();
    until_bus_is(&server, "ok").await;
    assert_eq!(sign_in(&server, "carl", "nor this one").await, 401, "counted with the others again");
}
