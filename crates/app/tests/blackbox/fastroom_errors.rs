//! The errors that FastRoom's client shows, word for word.

use serde_json::{Value, json};

use crate::support::{Server, Socket, kind};

async fn error_of(socket: &mut Socket, frame: &Value) -> String {
    socket.send(frame);
    socket.until_kind("error").await["message"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn frames_that_cannot_be_taken_are_answered_in_the_recorded_words() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.room(&alice, "general", false).await;
    server.room(&alice, "secret", true).await;
    let mut socket = Socket::plain(&server, &bob).await;
    socket.join("general").await;
    for (frame, words) in [
        (json!({"type": "join"}), "room required"),
        (json!({"type": "join", "room": ""}), "room required"),
        (json!({"type": "join", "room": "nowhere"}), "room not found"),
        (json!({"type": "join", "room": "secret"}), "room is private"),
        (json!({"type": "chat", "room": "nowhere", "message": "x"}), "invalid chat"),
        (json!({"type": "chat", "room": "secret", "message": "x"}), "invalid chat"),
        (json!({"type": "chat", "room": "general", "message": 7}), "invalid chat"),
        (json!({"type": "chat", "room": "general"}), "invalid chat"),
        (json!({"type": "history_more", "room": "general", "before_id": "x"}), "invalid history_more"),
        (json!({"type": "history_more", "room": "nowhere", "before_id": 1}), "invalid history_more"),
        (json!({"type": "typing", "room": "nowhere", "isTyping": true}), "invalid typing"),
        (json!({"type": "dance"}), "unknown type"),
        (json!({"room": "general"}), "unknown type"),
    ] {
        assert_eq!(error_of(&mut socket, &frame).await, words, "{frame}");
    }
    socket.send_text("{not json");
    assert_eq!(socket.until_kind("error").await["message"], "invalid json");
    assert!(socket.fence().await.is_empty(), "and the connection goes on");
}

#[tokio::test]
async fn whoever_may_not_write_is_told_why() {
    refused_writers(Server::start().await).await;
}

pub(crate) async fn refused_writers(server: Server) {
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut socket = Socket::plain(&server, &bob).await;
    socket.join("general").await;
    let chat = json!({"type": "chat", "room": "general", "message": "x"});

    server.moderate(&alice, room, &bob, "mute", true).await;
    assert_eq!(error_of(&mut socket, &chat).await, "muted");
    server.moderate(&alice, room, &bob, "mute", false).await;
    server.moderate(&alice, room, &bob, "ban", true).await;
    socket.until(|frame| kind(frame) == "error" && frame["message"] == "banned").await;
    assert_eq!(error_of(&mut socket, &chat).await, "banned");
    assert_eq!(error_of(&mut socket, &json!({"type": "join", "room": "general"})).await, "banned");
    server.moderate(&alice, room, &bob, "ban", false).await;
    socket.join("general").await;

    server.delete(&bob, &format!("/rooms/{room}/leave")).await.ok(204);
    assert_eq!(error_of(&mut socket, &chat).await, "not a member");
    socket.join("general").await;
    server.delete(&alice, &format!("/rooms/{room}")).await.ok(204);
    socket.until(|frame| kind(frame) == "error").await;
    assert_eq!(error_of(&mut socket, &chat).await, "room missing");
}

#[tokio::test]
async fn blank_messages_and_too_long_ones_are_refused_and_long_ones_are_not() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::plain(&server, &alice).await;
    socket.join("general").await;
    for text in ["", "  \n\t ", &"x".repeat(8001)] {
        socket.send(&json!({"type": "chat", "room": "general", "message": text}));
        assert_eq!(socket.until_kind("error").await["code"], "invalid");
    }
    let long = "ü".repeat(8000);
    socket.send(&json!({"type": "chat", "room": "general", "message": long}));
    assert_eq!(socket.until_kind("chat").await["message"], long);
}
