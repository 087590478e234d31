//! Clients that reset their connection while something is being committed for them: the others are told all the same.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Server, SlowSocket, Socket, kind};

const TRIES: u64 = 40;
/// Long before heads are compared.
const AT_ONCE: Duration = Duration::from_secs(3);

/// How long a client stays after it has asked: somewhere in the commit, that is to say.
fn moment(n: u64) -> Duration {
    Duration::from_micros(800 + n * 60)
}

/// Ends the connection with a reset instead of a farewell.
fn reset(tcp: &TcpStream) {
    tcp.set_zero_linger().expect("an option of every system");
}

fn ids(messages: &Value) -> HashSet<i64> {
    let items = messages["items"].as_array().expect("a page");
    items.iter().map(|message| message["id"].as_i64().expect("a number")).collect()
}

#[tokio::test]
async fn a_deletion_is_told_although_its_client_is_gone() {
    let server = Server::start_unlimited().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut watcher = Socket::native(&server, &bob).await;
    watcher.join("general").await;
    let path = format!("/api/v1/rooms/{room}/messages?limit=100");
    for n in 0..TRIES {
        let mut socket = SlowSocket::open(&server, &alice).await;
        socket.send(&json!({"type": "join", "room": "general"})).await;
        socket.next_of("synced").await;
        socket
            .send(&json!({"type": "chat", "room": "general", "message": "x", "id": uuid::Uuid::from_u128(n.into())}))
            .await;
        let message = socket.next_of("ack").await["message_id"].clone();
        socket.send(&json!({"type": "delete", "room": "general", "message_id": message})).await;
        tokio::time::sleep(moment(n)).await;
        reset(socket.stream.get_ref());
        drop(socket);

        let left = ids(&server.get(&bob, &path).await.ok(200));
        if !left.contains(&message.as_i64().expect("a number")) {
            let told = watcher.until(|frame| kind(frame) == "message_deleted" && frame["message_id"] == message);
            timeout(AT_ONCE, told).await.unwrap_or_else(|_| panic!("the deletion {n} is committed and not told"));
        }
    }
}

#[tokio::test]
async fn a_ban_bites_although_the_moderator_is_gone() {
    let server = Server::start_unlimited().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut banned = Socket::native(&server, &bob).await;
    let body = json!({"on": true}).to_string();
    let ban = format!(
        "POST /api/v1/rooms/{room}/members/{}/ban HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        bob.id,
        alice.access,
        body.len()
    );
    for n in 0..TRIES {
        banned.join("general").await;
        let mut tcp = TcpStream::connect(&server.address).await.expect("the server listens");
        tcp.write_all(ban.as_bytes()).await.expect("it is read");
        tokio::time::sleep(moment(n)).await;
        reset(&tcp);
        drop(tcp);

        if server.get(&bob, &format!("/api/v1/rooms/{room}")).await.status == 403 {
            let told = banned.until_kind("room_removed");
            timeout(AT_ONCE, told).await.unwrap_or_else(|_| panic!("the ban {n} is committed and does not bite"));
        }
        server.moderate(&alice, room, &bob, "ban", false).await;
    }
}
