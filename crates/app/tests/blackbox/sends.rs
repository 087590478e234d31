//! Sending: once each, in one order, many in a transaction.

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Server, Socket, kind};

fn chat(id: u128, text: &str) -> Value {
    json!({"type": "chat", "room": "general", "message": text, "id": Uuid::from_u128(id)})
}

/// Reads until so many sends are acknowledged; the acks in order.
async fn acks(socket: &mut Socket, count: usize) -> Vec<Value> {
    let mut acks = Vec::new();
    while acks.len() < count {
        acks.push(socket.until(|frame| matches!(kind(frame), "ack" | "error")).await);
        assert_eq!(kind(&acks[acks.len() - 1]), "ack", "{}", acks[acks.len() - 1]);
    }
    acks
}

/// Reads until so many messages have come; `(message_id, seq, text)` of each, in order.
async fn received(socket: &mut Socket, count: usize) -> Vec<(i64, i64, String)> {
    while socket.seen_of("chat").len() < count {
        socket.next().await;
    }
    let of = |frame: &Value| {
        let number = |name: &str| frame[name].as_i64().expect("a number");
        (number("message_id"), number("seq"), frame["message"].as_str().expect("text").to_owned())
    };
    socket.seen_of("chat").into_iter().map(of).collect()
}

fn assert_gapless(messages: &[(i64, i64, String)]) {
    for pair in messages.windows(2) {
        assert_eq!(pair[1].1, pair[0].1 + 1, "{pair:?}");
    }
}

#[tokio::test]
async fn a_send_that_is_repeated_after_a_reconnect_returns_the_original() {
    repeated_send(Server::start().await).await;
}

pub(crate) async fn repeated_send(server: Server) {
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    socket.send(&chat(1, "only once"));
    let first = acks(&mut socket, 1).await.remove(0);
    assert_eq!((&first["duplicate"], &first["room"]), (&json!(false), &json!("general")));
    drop(socket);

    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    for _ in 0..3 {
        socket.send(&chat(1, "only once"));
    }
    for again in acks(&mut socket, 3).await {
        assert_eq!(again["duplicate"], true);
        for field in ["id", "message_id", "seq", "ts"] {
            assert_eq!(again[field], first[field], "{field}");
        }
    }
    let frames = socket.join("general").await;
    let history = frames.iter().find(|frame| kind(frame) == "history").expect("a history");
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(1));

    socket.send(&chat(1, "something else"));
    let error = socket.until_kind("error").await;
    assert_eq!((&error["code"], &error["id"]), (&json!("client_id_reused"), &json!(Uuid::from_u128(1))));
}

#[tokio::test]
async fn a_repeat_survives_the_restart_of_the_server() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    socket.send(&chat(1, "durable"));
    let first = acks(&mut socket, 1).await.remove(0);
    let server = server.kill_and_restart().await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    socket.send(&chat(1, "durable"));
    let again = acks(&mut socket, 1).await.remove(0);
    assert_eq!((&again["message_id"], &again["duplicate"]), (&first["message_id"], &json!(true)));
}

#[tokio::test]
async fn two_hundred_sends_pipelined_from_one_connection_keep_their_order() {
    one_connection(Server::start_unlimited().await).await;
}

pub(crate) async fn one_connection(server: Server) {
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut sender = Socket::native(&server, &alice).await;
    sender.join("general").await;
    let mut reader = Socket::plain(&server, &bob).await;
    reader.join("general").await;
    let (batches, messages) = (server.metric(BATCHES).await, server.metric(MESSAGES).await);
    for number in 0..200 {
        sender.send(&chat(number, &format!("message {number}")));
    }
    let acks = acks(&mut sender, 200).await;
    for (number, ack) in acks.iter().enumerate() {
        assert_eq!(ack["id"], json!(Uuid::from_u128(number as u128)), "acks come in the order of the sends");
    }
    let got = received(&mut reader, 200).await;
    assert_eq!(got, received(&mut sender, 200).await);
    assert_gapless(&got);
    for (number, message) in got.iter().enumerate() {
        assert_eq!(message.2, format!("message {number}"));
    }
    let (batches, messages) = (server.metric(BATCHES).await - batches, server.metric(MESSAGES).await - messages);
    println!("one connection: {messages} messages in {batches} transactions");
    assert!((messages - 200.0).abs() < 0.5, "{messages}");
    assert!(batches <= 50.0, "{batches} transactions for 200 messages");
}

const BATCHES: &str = "hallway_writer_batches_total";
const MESSAGES: &str = "hallway_writer_messages_total";

#[tokio::test]
async fn two_hundred_sends_from_twenty_connections_have_one_order_everywhere() {
    twenty_connections(Server::start_unlimited().await).await;
}

pub(crate) async fn twenty_connections(server: Server) {
    let owner = server.account("owner").await;
    server.room(&owner, "general", false).await;
    let mut sockets = Vec::new();
    for number in 0..20 {
        let account = server.account(&format!("user{number}")).await;
        let mut socket = Socket::native(&server, &account).await;
        socket.join("general").await;
        sockets.push(socket);
    }
    for socket in &mut sockets {
        // The arrivals of the later ones are events too.
        socket.fence().await;
    }
    let (batches, messages) = (server.metric(BATCHES).await, server.metric(MESSAGES).await);
    for round in 0..10 {
        for (who, socket) in sockets.iter().enumerate() {
            socket.send(&chat(who as u128 * 100 + round, &format!("{who}: {round}")));
        }
    }
    let orders = join_all(sockets.iter_mut().map(async |socket| {
        let own = acks(socket, 10).await;
        let got = received(socket, 200).await;
        for ack in own {
            assert!(got.iter().any(|(id, seq, _)| ack["message_id"] == *id && ack["seq"] == *seq), "{ack}");
        }
        got
    }))
    .await;
    assert_gapless(&orders[0]);
    assert!(orders.iter().all(|order| *order == orders[0]), "one order at all twenty");
    for who in 0..20 {
        let mine: Vec<_> = orders[0].iter().filter(|(.., text)| text.starts_with(&format!("{who}: "))).collect();
        assert!(mine.iter().enumerate().all(|(round, (.., text))| *text == format!("{who}: {round}")), "{mine:?}");
    }
    let (batches, messages) = (server.metric(BATCHES).await - batches, server.metric(MESSAGES).await - messages);
    println!("twenty connections: {messages} messages in {batches} transactions");
    assert!((messages - 200.0).abs() < 0.5, "{messages}");
    assert!(batches <= 100.0, "{batches} transactions for 200 messages");
}
