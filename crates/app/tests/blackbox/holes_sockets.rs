//! Holes of FastRoom that must not be copied: sockets (F1 to F5, F7 to F9). The numbers are those of the contract.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Server, Socket, kind};

#[tokio::test]
async fn f1_presence_over_rest_shows_who_is_there() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let path = format!("/rooms/{room}/presence");
    assert_eq!(server.get(&alice, &path).await.ok(200)["users"], json!([]));
    let mut socket = Socket::plain(&server, &bob).await;
    socket.join("general").await;
    let presence = server.get(&alice, &path).await.ok(200);
    assert_eq!(presence, json!({"room_id": room, "room": "general", "users": ["bob"], "count": 1}));
}

#[tokio::test]
async fn f2_sockets_hold_no_database_connection() {
    sixty_sockets(Server::start_with(&[("HALLWAY_DATABASE__MAX_CONNECTIONS", "2")]).await).await;
}

pub(crate) async fn sixty_sockets(server: Server) {
    let owner = server.account("owner").await;
    server.room(&owner, "general", false).await;
    let mut sockets = Vec::new();
    for number in 0..4 {
        let account = server.account(&format!("user{number}")).await;
        for _ in 0..15 {
            let mut socket = Socket::plain(&server, &account).await;
            socket.join("general").await;
            sockets.push(socket);
        }
    }
    server.get(&owner, "/rooms/").await.ok(200);
    sockets[59].send(&json!({"type": "chat", "room": "general", "message": "all of us"}));
    for socket in &mut sockets {
        socket.until(|frame| frame["message"] == "all of us").await;
    }
}

#[tokio::test]
async fn f3_a_ban_ends_receiving_reading_and_typing_on_a_live_socket_at_once() {
    ban(Server::start().await).await;
}

pub(crate) async fn ban(server: Server) {
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut owner = Socket::plain(&server, &alice).await;
    owner.join("general").await;
    let mut banned = Socket::plain(&server, &bob).await;
    banned.join("general").await;
    banned.send(&json!({"type": "chat", "room": "general", "message": "before"}));
    owner.until_kind("chat").await;

    server.moderate(&alice, room, &bob, "ban", true).await;
    assert_eq!(owner.until_kind("presence_diff").await["leave"], json!(["bob"]), "and is seen to be gone");
    let mark = banned.fence().await.len();
    owner.send(&json!({"type": "chat", "room": "general", "message": "behind his back"}));
    owner.until(|frame| frame["message"] == "behind his back").await;
    for frame in [
        json!({"type": "history_more", "room": "general", "before_id": 1_000_000}),
        json!({"type": "typing", "room": "general", "isTyping": true}),
        json!({"type": "join", "room": "general"}),
    ] {
        banned.send(&frame);
    }
    let after = banned.fence().await;
    assert!(after.iter().all(|frame| kind(frame) == "error"), "{mark} frames before; after: {after:#?}");
    assert_eq!(after.len(), 3);
    assert!(owner.fence().await.iter().all(|frame| kind(frame) != "typing"));
    for path in ["messages", "members", "presence"] {
        assert_eq!(server.get(&bob, &format!("/rooms/{room}/{path}")).await.status, 403, "{path}");
    }
    // Leaving and coming back lifts nothing.
    server.delete(&bob, &format!("/rooms/{room}/leave")).await;
    server.post(&bob, &format!("/rooms/{room}/join"), json!({})).await.refused(403, "banned");
}

#[tokio::test]
async fn f3_whoever_is_muted_neither_chats_nor_types() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut owner = Socket::plain(&server, &alice).await;
    owner.join("general").await;
    let mut muted = Socket::plain(&server, &bob).await;
    muted.join("general").await;
    server.moderate(&alice, room, &bob, "mute", true).await;
    muted.send(&json!({"type": "typing", "room": "general", "isTyping": true}));
    muted.send(&json!({"type": "chat", "room": "general", "message": "mmm"}));
    muted.until(|frame| frame["message"] == "muted").await;
    owner.send(&json!({"type": "chat", "room": "general", "message": "quiet"}));
    let frame = owner.until(|frame| matches!(kind(frame), "typing" | "chat")).await;
    assert_eq!(frame["message"], "quiet");
}

#[tokio::test]
async fn f3_leaving_and_making_private_take_the_room_from_live_sockets() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut owner = Socket::plain(&server, &alice).await;
    owner.join("general").await;
    let mut other_device = Socket::plain(&server, &bob).await;
    other_device.join("general").await;
    server.delete(&bob, &format!("/rooms/{room}/leave")).await.ok(204);
    other_device.until_kind("room_removed").await;
    owner.send(&json!({"type": "chat", "room": "general", "message": "members only"}));
    owner.until_kind("chat").await;
    assert!(other_device.fence().await.iter().all(|frame| kind(frame) != "chat"));

    other_device.join("general").await;
    server.patch(&alice, &format!("/rooms/{room}"), json!({"is_private": true})).await.ok(200);
    other_device.send(&json!({"type": "chat", "room": "general", "message": "still a member"}));
    owner.until(|frame| frame["message"] == "still a member").await;
}

#[tokio::test]
async fn f4_a_room_that_everybody_left_is_heard_again_by_whoever_returns() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut sockets = [Socket::plain(&server, &alice).await, Socket::plain(&server, &bob).await];
    for round in 0..3 {
        for socket in &mut sockets {
            socket.join("general").await;
        }
        sockets[0].send(&json!({"type": "chat", "room": "general", "message": format!("round {round}")}));
        for socket in &mut sockets {
            socket.until(|frame| kind(frame) == "chat" && frame["message"] == format!("round {round}")).await;
        }
        for socket in &mut sockets {
            socket.send(&json!({"type": "leave", "room": "general"}));
            socket.fence().await;
        }
    }
}

#[tokio::test]
async fn f5_history_has_the_order_and_the_times_of_the_live_frames() {
    order_and_times(Server::start_unlimited().await).await;
}

pub(crate) async fn order_and_times(server: Server) {
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut sockets = [Socket::plain(&server, &alice).await, Socket::plain(&server, &bob).await];
    for socket in &mut sockets {
        socket.join("general").await;
    }
    for number in 0..20 {
        for (who, socket) in sockets.iter().enumerate() {
            socket.send(&json!({"type": "chat", "room": "general", "message": format!("{who}-{number}")}));
        }
    }
    let [first, second] = &mut sockets;
    let mut live: [Vec<Value>; 2] = [Vec::new(), Vec::new()];
    for (socket, live) in [first, second].into_iter().zip(&mut live) {
        while live.len() < 40 {
            live.push(socket.until_kind("chat").await);
        }
    }
    assert_eq!(live[0], live[1], "one order everywhere");
    let times: Vec<_> = live[0].iter().map(|chat| chat["ts"].as_str().expect("text")).collect();
    assert!(times.is_sorted(), "{times:?}");
    let frames = sockets[0].join("general").await;
    let history = frames.iter().find(|frame| kind(frame) == "history").expect("a history");
    let stored: Vec<_> =
        history["messages"].as_array().expect("messages").iter().map(|m| (&m["message_id"], &m["ts"])).collect();
    let seen: Vec<_> = live[0].iter().map(|m| (&m["message_id"], &m["ts"])).collect();
    assert_eq!(stored, seen);
}

#[tokio::test]
async fn f7_a_killed_server_leaves_no_ghosts() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    let mut ghost = Socket::plain(&server, &bob).await;
    ghost.join("general").await;
    let server = server.kill_and_restart().await;
    ghost.end().await;
    let mut socket = Socket::plain(&server, &alice).await;
    let frames = socket.join("general").await;
    let state = frames.iter().find(|frame| kind(frame) == "presence_state").expect("a state");
    assert_eq!(state["users"], json!(["alice"]));
}

#[tokio::test]
async fn f8_no_frame_kills_the_connection() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::plain(&server, &alice).await;
    socket.join("general").await;
    let deep = "[".repeat(20_000);
    let texts = [
        "[]",
        "\"text\"",
        "null",
        "7",
        "true",
        "{}",
        "",
        "{\"type\":null}",
        "{\"type\":{\"a\":1}}",
        "\u{0}",
        &deep,
        r#"{"type":"chat","room":"general","message":"nul \u0000 inside"}"#,
        r#"{"type":"chat","room":"general","message":"\ud800"}"#,
        r#"{"type":"history_more","room":"general","before_id":true}"#,
        r#"{"type":"history_more","room":"general","before_id":99999999999999999999}"#,
        r#"{"type":"history_more","room":"general","before_id":-1}"#,
        r#"{"type":"join","room":["general"]}"#,
        r#"{"type":"join","type":"leave","room":"general"}"#,
    ];
    for text in texts {
        socket.send_text(text);
        let shown = &text[..text.len().min(60)];
        assert_eq!(kind(&socket.next().await), "error", "{shown}");
    }
    socket.send_message(Message::binary(vec![0, 159, 146, 150]));
    assert_eq!(kind(&socket.next().await), "error");
    // The largest number that is one names no message, and gets an empty page.
    socket.send(&json!({"type": "history_more", "room": "general", "before_id": 9_007_199_254_740_991_i64}));
    socket.next().await;
    socket.send(&json!({"type": "chat", "room": "general", "message": "alive"}));
    assert_eq!(socket.until_kind("chat").await["message"], "alive");
}

#[tokio::test]
async fn f9_a_rooms_name_is_a_name_and_no_pattern() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let names = ["*", "a:b", "a", "b:a", "room:*", "?"];
    let rooms = join_all(names.iter().map(|name| server.room(&alice, name, false))).await;
    server.room(&alice, "secret", true).await;
    let mut insider = Socket::plain(&server, &alice).await;
    insider.join("secret").await;
    insider.join("a:b").await;
    let mut socket = Socket::plain(&server, &bob).await;
    for name in names {
        let frames = socket.join(name).await;
        let state = frames.iter().find(|frame| kind(frame) == "presence_state").expect("a state");
        let expected = if name == "a:b" { json!(["alice", "bob"]) } else { json!(["bob"]) };
        assert_eq!(state["users"], expected, "{name}");
    }
    for (room, name) in rooms.iter().zip(names) {
        let presence = server.get(&bob, &format!("/rooms/{room}/presence")).await.ok(200);
        assert_eq!(presence["count"], if name == "a:b" { 2 } else { 1 }, "{name}");
    }
    insider.send(&json!({"type": "chat", "room": "secret", "message": "private"}));
    insider.until_kind("chat").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(socket.fence().await.iter().all(|frame| kind(frame) != "chat"));
}
