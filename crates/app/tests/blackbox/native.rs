//! What a client gets that agreed `hallway.v1`.

use serde_json::{Value, json};

use crate::support::{Account, Server, Socket, kind};

async fn in_room(server: &Server, account: &Account, room: &str) -> Socket {
    let mut socket = Socket::native(server, account).await;
    socket.join(room).await;
    socket
}

async fn chat(socket: &mut Socket, text: &str) -> Value {
    socket.send(&json!({"type": "chat", "room": "general", "message": text}));
    socket.until(|frame| kind(frame) == "chat" && frame["message"] == text).await
}

fn client_id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

#[tokio::test]
async fn the_banner_says_who_one_is_and_what_the_server_accepts() {
    let server = Server::start_with(&[("SERVER_ID", "node-7")]).await;
    let alice = server.account("alice").await;
    let mut socket = Socket::native(&server, &alice).await;
    let banner = socket.expect("system").await;
    assert_eq!((&banner["user"]["id"], &banner["user"]["username"]), (&json!(alice.id), &json!("alice")));
    assert_eq!((&banner["server"], &banner["protocol"]), (&json!("node-7"), &json!(1)));
    let limits = json!({
        "frame_bytes": 65536, "message_chars": 8000, "upload_bytes": 26_214_400, "rooms": 200, "replay": 2000,
    });
    assert_eq!(banner["limits"], limits);
    assert_eq!(banner["retry"], json!({"min_ms": 500, "max_ms": 30000}));
    assert!(uuid::Uuid::parse_str(banner["connection_id"].as_str().expect("text")).is_ok());
}

#[tokio::test]
async fn joining_tells_role_head_and_marks_and_ends_with_synced() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut owner = in_room(&server, &alice, "general").await;
    let joined = owner.seen_of("joined")[0].clone();
    assert_eq!((&joined["role"], &joined["room_id"]), (&json!("owner"), &json!(room)));
    assert_eq!(kind(owner.seen.iter().rev().find(|frame| kind(frame) != "pong").expect("frames")), "synced");
    let mut member = in_room(&server, &bob, "general").await;
    for text in ["one", "two", "three"] {
        chat(&mut owner, text).await;
    }
    member.send(&json!({"type": "leave", "room_id": room}));
    let left = member.until_kind("left").await;
    assert_eq!((&left["room"], &left["reason"]), (&json!("general"), &json!("left")));
    member.send(&json!({"type": "join", "room_id": room}));
    let joined = member.until_kind("joined").await;
    assert_eq!((&joined["role"], &joined["unread"]), (&json!("member"), &json!(3)));
    assert_eq!(joined["head"], owner.seen_of("chat")[2]["seq"]);
    member.until_kind("synced").await;
}

#[tokio::test]
async fn edits_deletes_and_reactions_are_acknowledged_and_seen_by_all() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut author = in_room(&server, &alice, "general").await;
    let mut reader = in_room(&server, &bob, "general").await;
    let id = chat(&mut author, "frist").await["message_id"].clone();

    author.send(&json!({"type": "edit", "room": "general", "message_id": id, "message": "first", "id": client_id(1)}));
    let ack = author.until_kind("ack").await;
    assert_eq!((&ack["id"], &ack["message_id"]), (&json!(client_id(1)), &id));
    let updated = reader.until_kind("message_updated").await;
    assert_eq!((&updated["content"], &updated["seq"]), (&json!("first"), &ack["seq"]));

    for (on, number) in [(true, 2), (true, 3), (false, 4)] {
        let react = json!({"type": "react", "room": "general", "message_id": id, "emoji": "👍", "on": on, "id": client_id(number)});
        reader.send(&react);
        let ack = reader.until_kind("ack").await;
        assert_eq!(ack["id"], client_id(number));
        assert_eq!(ack["duplicate"], number == 3, "what is so already changes nothing: {ack}");
    }
    for on in [true, false] {
        let reaction = author.until_kind("reaction").await;
        assert_eq!((&reaction["user"], &reaction["emoji"], &reaction["on"]), (&json!("bob"), &json!("👍"), &json!(on)));
    }
    reader.send(&json!({"type": "edit", "room": "general", "message_id": id, "message": "mine", "id": client_id(5)}));
    let error = reader.until_kind("error").await;
    assert_eq!((&error["code"], &error["id"]), (&json!("not_permitted"), &json!(client_id(5))));
    author.send(&json!({"type": "delete", "room": "general", "message_id": id, "id": client_id(6)}));
    author.until(|frame| kind(frame) == "ack" && frame["id"] == client_id(6)).await;
    assert_eq!(reader.until_kind("message_deleted").await["message_id"], id);
    reader.send(&json!({"type": "react", "room": "general", "message_id": id, "emoji": "👍", "on": true}));
    assert_eq!(reader.until_kind("error").await["code"], "message_not_found");
}

#[tokio::test]
async fn a_reply_shows_what_it_answers_live_and_in_history() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = in_room(&server, &alice, "general").await;
    let question = chat(&mut socket, "what time is it?").await["message_id"].clone();
    let reply = json!({"type": "chat", "room": "general", "message": "late", "reply_to": question});
    socket.send(&reply);
    let live = socket.until(|frame| frame["message"] == "late").await;
    assert_eq!(live["reply"], json!({"message_id": question, "user": "alice", "message": "what time is it?"}));
    let frames = socket.join("general").await;
    let history = frames.iter().find(|frame| kind(frame) == "history").expect("a history");
    assert_eq!(history["messages"][1]["reply"], live["reply"]);
    socket.send(&json!({"type": "chat", "room": "general", "message": "to nobody", "reply_to": 999_999}));
    assert_eq!(socket.until_kind("error").await["code"], "message_not_found");
}

#[tokio::test]
async fn read_and_delivered_marks_only_go_forward() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut author = in_room(&server, &alice, "general").await;
    let mut reader = in_room(&server, &bob, "general").await;
    let first = chat(&mut author, "one").await["seq"].as_i64().expect("a number");
    let second = chat(&mut author, "two").await["seq"].as_i64().expect("a number");
    for (mark, seq) in [("delivered", first), ("read", second), ("read", first), ("delivered", second)] {
        reader.send(&json!({"type": mark, "room": "general", "seq": seq}));
    }
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let frame = author.until(|frame| matches!(kind(frame), "read" | "delivered")).await;
        assert_eq!(frame["user"], "bob");
        seen.push((kind(&frame).to_owned(), frame["seq"].as_i64().expect("a number")));
    }
    assert_eq!(seen, [("delivered".to_owned(), first), ("read".to_owned(), second)]);
    reader.send(&json!({"type": "join", "room": "general"}));
    let joined = reader.until_kind("joined").await;
    assert_eq!((&joined["read_seq"], &joined["unread"]), (&json!(second), &json!(0)), "max() merged");
    chat(&mut author, "three").await;
    assert!(author.fence().await.iter().all(|frame| !matches!(kind(frame), "read" | "delivered")));
}

#[tokio::test]
async fn rooms_that_are_not_joined_are_heard_of_in_short() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    server.post(&bob, &format!("/rooms/{room}/join"), json!({})).await.ok(201);
    let mut author = in_room(&server, &alice, "general").await;
    let mut elsewhere = Socket::native(&server, &bob).await;
    // The first ones may come before the server has begun to look, and are counted all the same.
    let mut sent = 0;
    while elsewhere.seen_of("room_activity").is_empty() {
        sent += 1;
        chat(&mut author, &format!("message {sent}")).await;
        elsewhere.fence().await;
    }
    sent += 1;
    let newest = chat(&mut author, &format!("message {sent}")).await["seq"].clone();
    let activity = elsewhere.until(|frame| kind(frame) == "room_activity" && frame["seq"] == newest).await;
    assert_eq!((&activity["room_id"], &activity["unread"]), (&json!(room), &json!(sent)));
    elsewhere.send(&json!({"type": "read", "room": "general", "seq": newest}));
    elsewhere.until(|frame| kind(frame) == "room_activity" && frame["unread"] == 0).await;
    assert!(elsewhere.seen_of("chat").is_empty(), "and never in full");
}

#[tokio::test]
async fn becoming_a_member_and_losing_it_is_told_to_every_connection() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "secret", true).await;
    let mut socket = Socket::native(&server, &bob).await;
    socket.fence().await;
    server.post(&alice, &format!("/api/v1/rooms/{room}/members"), json!({"username": "bob"})).await.ok(201);
    let added = socket.until_kind("room_added").await;
    assert_eq!((&added["room"], &added["room_id"]), (&json!("secret"), &json!(room)));
    let owner = in_room(&server, &alice, "secret").await;
    owner.send(&json!({"type": "chat", "room": "secret", "message": "welcome"}));
    assert_eq!(socket.until_kind("room_activity").await["room_id"], room);
    server.moderate(&alice, room, &bob, "ban", true).await;
    let removed = socket.until_kind("room_removed").await;
    assert_eq!((&removed["room_id"], &removed["reason"]), (&json!(room), &json!("banned")));
}

#[tokio::test]
async fn a_pong_names_the_heads_of_joined_rooms() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let room = server.room(&alice, "general", false).await;
    let mut socket = in_room(&server, &alice, "general").await;
    let seq = chat(&mut socket, "hello").await["seq"].clone();
    socket.send(&json!({"type": "ping"}));
    let pong = socket.until_kind("pong").await;
    assert!(pong["ts"].as_f64().is_some_and(|seconds| seconds > 1.7e9), "{pong}");
    assert_eq!(pong["heads"], json!({room.to_string(): seq}));
    let mut plain = Socket::plain(&server, &alice).await;
    plain.send(&json!({"type": "ping"}));
    assert!(plain.until_kind("pong").await.get("heads").is_none());
}

#[tokio::test]
async fn history_around_a_message_shows_both_sides_of_it() {
    let server = Server::start_unlimited().await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = in_room(&server, &alice, "general").await;
    let mut ids = Vec::new();
    for number in 0..40 {
        ids.push(chat(&mut socket, &format!("message {number}")).await["message_id"].clone());
    }
    socket.send(&json!({"type": "history_around", "room": "general", "message_id": ids[20], "limit": 11}));
    let around = socket.until_kind("history_around").await;
    let found: Vec<_> =
        around["messages"].as_array().expect("messages").iter().map(|m| m["message_id"].clone()).collect();
    let middle = found.iter().position(|id| *id == ids[20]).expect("the message itself");
    assert!((4..=6).contains(&middle) && (10..=12).contains(&found.len()), "{middle} of {}", found.len());
    assert_eq!(found, ids[20 - middle..20 - middle + found.len()]);
    assert_eq!((&around["before"], &around["after"]), (&json!(true), &json!(true)));
}
