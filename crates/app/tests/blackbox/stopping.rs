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
