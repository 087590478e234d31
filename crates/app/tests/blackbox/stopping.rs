//! Stopping in order.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::support::{Ended, Server, SlowSocket, Socket, kind};

#[tokio::test]
async fn a_stop_says_goodbye_to_every_connection_and_ends_well() {
    let mut server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut plain = Socket::plain(&server, &alice).await;
    plain.join("general").await;
    let mut native = Socket::native(&server, &bob).await;
    native.join("general").await;
    let mut stranger = Socket::connect(&server, "/ws", &[]).await.expect("the handshake succeeds");
    let mut stopped_reading = SlowSocket::open(&server, &bob).await;
    stopped_reading.next().await;

    let start = Instant::now();
    server.terminate();
    for socket in [&mut plain, &mut native, &mut stranger] {
        let end = socket.end().await;
        assert!(matches!(end, Ended::Closed(1001, _)), "{end:?}");
    }
    assert_eq!(kind(native.seen.last().expect("frames")), "bye");
    let status = server.exit().await;
    assert!(status.success(), "{status}");
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert!(TcpStream::connect(&server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn what_was_acknowledged_before_a_stop_is_there_after_it() {
    let mut server = Server::start_unlimited().await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    for number in 0..300_u128 {
        let id = Uuid::from_u128(number + 1);
        socket.send(&json!({"type": "chat", "room": "general", "message": number.to_string(), "id": id}));
    }
    socket.until_kind("ack").await;
    server.terminate();
    socket.end().await;
    let acked: Vec<_> = socket.seen_of("ack").into_iter().map(|ack| ack["message_id"].clone()).collect();
    assert!(server.exit().await.success());
    let files = server.files();
    assert!(files.iter().any(|name| name == "hallway.db"), "{files:?}");
    assert!(!files.iter().any(|name| name.ends_with("-wal")), "the file alone is whole, also for a copy: {files:?}");

    let server = server.kill_and_restart().await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.send(&json!({"type": "join", "room": "general", "since": 0}));
    socket.until_kind("synced").await;
    let stored: Vec<_> = socket.seen_of("chat").into_iter().map(|chat| chat["message_id"].clone()).collect();
    assert!(acked.iter().all(|id| stored.contains(id)), "{} acked, {} stored", acked.len(), stored.len());
}

/// Where there are other nodes, connections are sent to them one after another, and served until then.
#[tokio::test]
async fn a_node_among_others_drains() {
    let settings = [("HALLWAY_SERVER__DRAIN_SECONDS", "2"), ("HALLWAY_LIMITS__RATES", "off")];
    let mut server = Server::start_on_postgres(&settings).await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut sockets = Vec::new();
    for n in 0..10 {
        let mut socket =
            if n % 2 == 0 { Socket::native(&server, &alice).await } else { Socket::plain(&server, &alice).await };
        socket.join("general").await;
        sockets.push(socket);
    }

    let begin = Instant::now();
    server.terminate();
    let ready = loop {
        let answer = server.http.get(server.url("/readyz")).send().await.expect("HTTP is served while it drains");
        if answer.status() != 200 || begin.elapsed() > Duration::from_secs(1) {
            break answer;
        }
    };
    assert_eq!(ready.status(), 503);
    let refused = server.http.get(server.url("/ws")).send().await.expect("an answer");
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"), "{:?}", refused.headers());

    let mut acked = 0;
    let ends = sockets.into_iter().enumerate().map(|(n, mut socket)| {
        tokio::spawn(async move {
            let id = Uuid::from_u128(n as u128 + 1);
            socket.send(&json!({"type": "chat", "room": "general", "message": "still here", "id": id}));
            let end = socket.end().await;
            (end, begin.elapsed(), socket)
        })
    });
    let mut times = Vec::new();
    for end in ends.collect::<Vec<_>>() {
        let (end, at, socket) = end.await.expect("a socket");
        assert!(matches!(end, Ended::Closed(4001, _)), "{end:?}");
        let bye = socket.seen.last().expect("frames");
        assert_eq!((kind(bye), &bye["resume"]), ("bye", &json!(true)));
        acked += socket.seen_of("ack").len();
        times.push(at);
    }
    let (first, last) = (times.iter().min().expect("ten"), times.iter().max().expect("ten"));
    assert!(last.saturating_sub(*first) > Duration::from_secs(1), "one after another: {times:?}");
    assert!(*last < Duration::from_secs(6), "{times:?}");
    assert!(acked >= 5, "who is not sent away yet is served: {acked}");
    let status = server.exit().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let mut server = Server::start_on_postgres(&[("HALLWAY_SERVER__DRAIN_SECONDS", "600")]).await;
    let alice = server.account("alice").await;
    let _one = Socket::native(&server, &alice).await;
    let _two = Socket::native(&server, &alice).await;
    server.terminate();
    let deadline = Instant::now() + Duration::from_secs(5);
    while server.http.get(server.url("/readyz")).send().await.expect("an answer").status() == 200 {
        assert!(Instant::now() < deadline, "it does not stop");
    }
    let begin = Instant::now();
    server.terminate();
    server.exit().await;
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn without_connections_there_is_nothing_to_wait_for() {
    let mut server = Server::start_on_postgres(&[("HALLWAY_SERVER__DRAIN_SECONDS", "600")]).await;
    let begin = Instant::now();
    server.terminate();
    assert!(server.exit().await.success());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}
