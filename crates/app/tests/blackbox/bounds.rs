//! One hostile client is cut off, costs a bounded amount of memory, and delays nobody.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::support::{Server, SlowSocket, Socket, eventually};

const MIB: u64 = 1024 * 1024;

/// The header of a masked frame from a client.
fn header(first: u8, announced: u64) -> Vec<u8> {
    let mut bytes = vec![first, 0x80 | 0x7f];
    bytes.extend(announced.to_be_bytes());
    bytes.extend([0; 4]);
    bytes
}

#[tokio::test]
async fn a_frame_is_refused_by_its_announced_size_and_is_not_gathered() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let mut bystander = Socket::native(&server, &alice).await;
    bystander.fence().await;
    let before = server.resident();
    for announced in [65_537, 1 << 30, u64::MAX] {
        let mut attacker = SlowSocket::open(&server, &alice).await;
        attacker.write_raw(&header(0x81, announced)).await.expect("the header goes out");
        // What follows may not even get out: the server hangs up. What matters is that it keeps none of it.
        for _ in 0..64 {
            if attacker.write_raw(&vec![0; 256 * 1024]).await.is_err() {
                break;
            }
        }
        drop(attacker);
        let mut polite = SlowSocket::open(&server, &alice).await;
        polite.write_raw(&header(0x81, announced)).await.expect("the header goes out");
        assert_eq!(polite.raw_close_code().await, Some(4413), "{announced} announced");
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 8 * MIB, "grew by {} KiB", grown / 1024);
    bystander.fence().await;
}

#[tokio::test]
async fn a_message_of_many_fragments_is_bounded_as_a_whole() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let mut in_pieces = SlowSocket::open(&server, &alice).await;
    in_pieces.write_raw(&header(0x01, 40_000)).await.expect("open");
    in_pieces.write_raw(&vec![b'x'; 40_000]).await.expect("open");
    in_pieces.write_raw(&header(0x00, 40_000)).await.expect("open");
    assert_eq!(in_pieces.raw_close_code().await, Some(4413));
    let mut endless = SlowSocket::open(&server, &alice).await;
    endless.write_raw(&header(0x01, 0)).await.expect("open");
    for _ in 0..1000 {
        if endless.write_raw(&header(0x00, 0)).await.is_err() {
            break;
        }
    }
    assert_eq!(endless.raw_close_code().await, Some(4413));
    let mut in_order = Socket::native(&server, &alice).await;
    in_order.fence().await;
}

#[tokio::test]
async fn broken_frames_end_the_connection_with_a_word() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let cases: [(&str, &[u8]); 6] = [
        ("an unmasked frame", &[0x81, 0x02, b'h', b'i']),
        ("a reserved bit", &[0xC1, 0x80, 0, 0, 0, 0]),
        ("a reserved opcode", &[0x83, 0x80, 0, 0, 0, 0]),
        ("a continuation of nothing", &[0x80, 0x80, 0, 0, 0, 0]),
        ("a ping in pieces", &[0x09, 0x80, 0, 0, 0, 0]),
        ("text that is not UTF-8", &[0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28]),
    ];
    for (what, bytes) in cases {
        let mut socket = SlowSocket::open(&server, &alice).await;
        socket.write_raw(bytes).await.expect("open");
        let start = Instant::now();
        assert_eq!(socket.raw_close_code().await, Some(4426), "{what}");
        assert!(start.elapsed() < Duration::from_secs(4), "{what}: the TCP connection ends too");
    }
    server.anonymous(Method::GET, "/nothing-at-all").await;
    eventually("the log has got this far", || async { server.printed().contains("/nothing-at-all").then_some(()) })
        .await;
    assert!(!server.printed().contains("ERROR"), "clients fill the error log:\n{}", server.printed());
}

#[tokio::test]
async fn a_reader_that_stops_is_cut_off_and_the_others_go_on() {
    let server = Server::start_with(&[("HALLWAY_LIMITS__RATES", "off"), ("HALLWAY_WS__MAILBOX_BYTES", "262144")]).await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let carol = server.account("carol").await;
    let room = server.room(&alice, "general", false).await;
    let mut sender = Socket::native(&server, &alice).await;
    sender.join("general").await;
    let mut reader = Socket::native(&server, &bob).await;
    reader.join("general").await;
    let mut stopped = SlowSocket::open(&server, &carol).await;
    stopped.send(&json!({"type": "join", "room": "general"})).await;
    stopped.next_of("synced").await;
    let before = server.resident();

    // 10 MB: more than mailbox and kernel hold, while nothing of it is read.
    let text = "x".repeat(8000 - 8);
    let start = Instant::now();
    for number in 0..1250 {
        sender.send(&json!({"type": "chat", "room": "general", "message": format!("{number:07} {text}")}));
        if number % 10 == 9 {
            // Nobody but the one is to be slow, however busy this machine is.
            sender.fence().await;
            reader.fence().await;
        }
    }
    let chats = reader.seen_of("chat").len();
    assert_eq!(chats, 1250, "the other reader has all");
    let presence = format!("/rooms/{room}/presence");
    eventually("the stopped reader is gone", || async {
        let users = server.get(&alice, &presence).await.ok(200)["users"].clone();
        (users == json!(["alice", "bob"])).then_some(())
    })
    .await;
    let elapsed = start.elapsed();
    let grown = server.resident().saturating_sub(before);
    println!("cut off after {elapsed:?}; resident memory grew by {} KiB", grown / 1024);
    assert!(grown < 48 * MIB, "grew by {} KiB", grown / 1024);
    // The connection really is over: reading it now comes to an end.
    assert!(matches!(stopped.raw_close_code().await, None | Some(4008)));
}

#[tokio::test]
async fn a_client_that_sends_but_never_reads_is_cut_off_too() {
    let server = Server::start_with(&[("HALLWAY_WS__MAILBOX_BYTES", "131072"), ("HALLWAY_LIMITS__RATES", "off")]).await;
    let alice = server.account("alice").await;
    let mut hostile = SlowSocket::open(&server, &alice).await;
    let ping = {
        let mut bytes = vec![0x89, 0x80 | 0x64, 0, 0, 0, 0];
        bytes.extend([b'p'; 100]);
        bytes.repeat(500)
    };
    // 53 KB of pings each time, every one to be answered.
    tokio::select! {
        never = hostile.flood(&ping) => match never {},
        () = eventually("the server hangs up", || async { hostile.is_hung_up().await.then_some(()) }) => {}
    }
    // Not one byte was read until here.
    assert!(matches!(hostile.raw_close_code().await, None | Some(4008)));
    let health = server.anonymous(Method::GET, "/health").await;
    assert_eq!(health.status, 200);
}
