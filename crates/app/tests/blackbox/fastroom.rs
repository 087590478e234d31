//! A client that knows only FastRoom's frames.

use serde_json::{Value, json};

use crate::support::{Account, Server, Socket, kind};

/// The types that FastRoom's client knows. Others are harmless to it, and not looked at here.
const RECORDED: [&str; 13] = [
    "system",
    "joined",
    "presence_state",
    "history",
    "history_more",
    "chat",
    "presence_diff",
    "typing",
    "pong",
    "error",
    "message_updated",
    "message_deleted",
    "member_update",
];

fn recorded(frames: &[Value]) -> Vec<&Value> {
    frames.iter().filter(|frame| RECORDED.contains(&kind(frame))).collect()
}

fn kinds(frames: &[Value]) -> Vec<&str> {
    recorded(frames).into_iter().map(kind).collect()
}

async fn in_room(server: &Server, account: &Account, room: &str) -> Socket {
    let mut socket = Socket::plain(server, account).await;
    socket.expect("system").await;
    socket.join(room).await;
    socket
}

fn is_moment(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    // RFC 3339 in UTC with microseconds: 2026-11-21T10:00:00.000000Z.
    text.len() == 27 && text.ends_with('Z') && text.as_bytes()[19] == b'.'
}

#[tokio::test]
async fn the_banner_comes_first_and_has_neither_room_nor_time() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let mut socket = Socket::plain(&server, &alice).await;
    let banner = socket.expect("system").await;
    assert_eq!(banner["message"], "connected as alice");
    assert_eq!(banner["heartbeatInterval"], 25);
    assert_eq!(banner["presenceMode"], "heartbeat");
    assert!(banner.get("room").is_none() && banner.get("ts").is_none(), "{banner}");
}

#[tokio::test]
async fn joining_answers_the_joiner_in_order_and_then_tells_the_others() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut first = Socket::plain(&server, &alice).await;
    first.expect("system").await;
    let frames = first.join("general").await;
    assert_eq!(kinds(&frames), ["joined", "presence_state"], "an empty room has no history frame");
    assert_eq!(recorded(&frames)[1]["users"], json!(["alice"]));
    assert!(is_moment(&recorded(&frames)[1]["ts"]), "{frames:?}");

    // FastRoom's client joins at once, before it has read the banner.
    let mut second = Socket::plain(&server, &bob).await;
    second.send(&json!({"type": "join", "room": "general"}));
    second.until_kind("presence_state").await;
    second.fence().await;
    let seen = recorded(&second.seen);
    assert_eq!(kinds(&second.seen), ["system", "joined", "presence_state", "pong"], "the joiner is not told of itself");
    assert_eq!((&seen[1]["room"], &seen[2]["users"]), (&json!("general"), &json!(["alice", "bob"])));

    let diff = first.until_kind("presence_diff").await;
    assert_eq!((&diff["room"], &diff["join"], &diff["leave"]), (&json!("general"), &json!(["bob"]), &json!([])));
    assert!(is_moment(&diff["ts"]));
    let notice = first.until_kind("system").await;
    assert_eq!((&notice["room"], &notice["message"]), (&json!("general"), &json!("bob joined")));
}

#[tokio::test]
async fn chat_and_typing_go_to_everybody_in_the_room_the_sender_included() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut sockets = [in_room(&server, &alice, "general").await, in_room(&server, &bob, "general").await];

    sockets[0].send(&json!({"type": "typing", "room": "general", "isTyping": 1}));
    for socket in &mut sockets {
        let typing = socket.until_kind("typing").await;
        assert_eq!((&typing["user"], &typing["isTyping"]), (&json!("alice"), &json!(true)), "coerced to a boolean");
    }
    sockets[0].send(&json!({"type": "chat", "room": "general", "message": "hello", "whatever": [1]}));
    let mut chats = Vec::new();
    for socket in &mut sockets {
        chats.push(socket.until_kind("chat").await);
    }
    assert_eq!(chats[0], chats[1]);
    assert_eq!((&chats[0]["room"], &chats[0]["user"]), (&json!("general"), &json!("alice")));
    assert_eq!(chats[0]["message"], "hello");
    assert!(chats[0]["message_id"].is_i64() && is_moment(&chats[0]["ts"]), "{}", chats[0]);
    let [mut first, _second] = sockets;
    assert!(first.fence().await.iter().all(|frame| kind(frame) != "ack"), "no ack without an id");
}

#[tokio::test]
async fn history_comes_with_the_join_oldest_first_and_again_with_every_join() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut first = in_room(&server, &alice, "general").await;
    for text in ["one", "two", "three"] {
        first.send(&json!({"type": "chat", "room": "general", "message": text}));
        first.until_kind("chat").await;
    }
    let mut second = Socket::plain(&server, &bob).await;
    for _ in 0..2 {
        let frames = second.join("general").await;
        assert_eq!(kinds(&frames).iter().filter(|kind| **kind != "system").count(), 3, "{frames:?}");
        let history = recorded(&frames).into_iter().find(|frame| kind(frame) == "history").expect("a history");
        let messages = history["messages"].as_array().expect("messages");
        let texts: Vec<_> = messages.iter().map(|message| message["message"].as_str().expect("text")).collect();
        assert_eq!(texts, ["one", "two", "three"]);
        for message in messages {
            assert_eq!((kind(message), &message["user"]), ("chat", &json!("alice")));
            assert!(message["message_id"].is_i64() && is_moment(&message["ts"]));
        }
        let order: Vec<_> = kinds(&frames).into_iter().filter(|kind| *kind != "system").collect();
        assert_eq!(order, ["joined", "presence_state", "history"]);
    }
}

#[tokio::test]
async fn history_more_pages_by_fifty_and_says_whether_there_is_more() {
    let server = Server::start_unlimited().await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = in_room(&server, &alice, "general").await;
    for number in 1..=120 {
        socket.send(&json!({"type": "chat", "room": "general", "message": format!("message {number}")}));
    }
    socket.until(|frame| frame["message"] == "message 120").await;
    let frames = socket.join("general").await;
    let history = frames.iter().find(|frame| kind(frame) == "history").expect("a history");
    let mut oldest = history["messages"][0].clone();
    assert_eq!((history["messages"].as_array().map(Vec::len), &oldest["message"]), (Some(50), &json!("message 71")));

    for (size, first, more) in [(50, "message 21", true), (20, "message 1", false), (0, "", false)] {
        socket.send(&json!({"type": "history_more", "room": "general", "before_id": oldest["message_id"]}));
        let page = socket.until_kind("history_more").await;
        let messages = page["messages"].as_array().expect("messages");
        assert_eq!((messages.len(), &page["more"]), (size, &json!(more)));
        if let Some(message) = messages.first() {
            assert_eq!(message["message"], first);
            oldest = message.clone();
        }
    }
}

#[tokio::test]
async fn only_the_first_and_the_last_tab_of_a_user_are_told_of() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut watcher = in_room(&server, &alice, "general").await;
    let mut tab = in_room(&server, &bob, "general").await;
    watcher.until(|frame| frame["message"] == "bob joined").await;

    let mut second_tab = in_room(&server, &bob, "general").await;
    second_tab.send(&json!({"type": "leave", "room": "general"}));
    assert!(second_tab.fence().await.iter().all(|frame| kind(frame) != "left"), "no ack to the leaver");
    assert_eq!(kinds(&watcher.fence().await), Vec::<&str>::new(), "neither the second tab's coming nor its going");

    tab.send(&json!({"type": "leave", "room": "general"}));
    tab.send(&json!({"type": "leave", "room": "general"}));
    let diff = watcher.until_kind("presence_diff").await;
    assert_eq!((&diff["join"], &diff["leave"]), (&json!([]), &json!(["bob"])));
    assert_eq!(watcher.until_kind("system").await["message"], "bob left");
    assert_eq!(kinds(&tab.fence().await), Vec::<&str>::new(), "leaving twice is silent");
    watcher.send(&json!({"type": "chat", "room": "general", "message": "unheard"}));
    watcher.until_kind("chat").await;
    assert!(tab.fence().await.iter().all(|frame| kind(frame) != "chat"), "whoever left hears nothing");
}

#[tokio::test]
async fn a_dropped_connection_leaves_after_the_grace_and_a_reload_is_not_told() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut watcher = in_room(&server, &alice, "general").await;
    let page = in_room(&server, &bob, "general").await;
    watcher.until(|frame| frame["message"] == "bob joined").await;
    drop(page);
    let reloaded = in_room(&server, &bob, "general").await;
    // Longer than the grace, so that a departure that was only late would show.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(kinds(&watcher.fence().await), Vec::<&str>::new(), "a reload");
    drop(reloaded);
    let diff = watcher.until_kind("presence_diff").await;
    assert_eq!(diff["leave"], json!(["bob"]));
    assert_eq!(watcher.until_kind("system").await["message"], "bob left");
}

#[tokio::test]
async fn edits_deletes_and_moderation_reach_clients_of_the_same_server() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut owner = in_room(&server, &alice, "general").await;
    let mut member = in_room(&server, &bob, "general").await;
    owner.send(&json!({"type": "chat", "room": "general", "message": "frist"}));
    let id = member.until_kind("chat").await["message_id"].as_i64().expect("a number");
    owner.until_kind("chat").await;

    let path = format!("/rooms/{room}/messages/{id}");
    server.patch(&alice, &path, json!({"content": "first"})).await.ok(200);
    server.moderate(&alice, room, &bob, "mute", true).await;
    server.delete(&alice, &path).await.ok(204);
    for socket in [&mut owner, &mut member] {
        let updated = socket.until_kind("message_updated").await;
        assert_eq!((&updated["message_id"], &updated["content"]), (&json!(id), &json!("first")));
        assert!(is_moment(&updated["ts"]));
        let change = socket.until_kind("member_update").await;
        assert_eq!((&change["user_id"], &change["username"]), (&json!(bob.id), &json!("bob")));
        assert_eq!(change["is_muted"], true);
        // The client prints a phrase for every flag that is there.
        assert!(change.get("is_banned").is_none() && change.get("is_moderator").is_none(), "{change}");
        let deleted = socket.until_kind("message_deleted").await;
        assert_eq!(deleted["message_id"], id);
    }
}
