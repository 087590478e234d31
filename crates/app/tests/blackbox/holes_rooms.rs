//! Holes of FastRoom that must not be copied: rooms (F6, F11, F14, F15).

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::{Server, Socket, kind};

#[tokio::test]
async fn f6_a_private_room_does_not_exist_for_whoever_is_not_in_it() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "secret", true).await;
    let mut owner = Socket::plain(&server, &alice).await;
    owner.join("secret").await;
    owner.send(&json!({"type": "chat", "room": "secret", "message": "hidden"}));
    let message = owner.until_kind("chat").await["message_id"].clone();
    let paths = [
        format!("/rooms/{room}"),
        "/rooms/by-name/secret".to_owned(),
        format!("/rooms/{room}/members"),
        format!("/rooms/{room}/messages"),
        format!("/rooms/{room}/presence"),
    ];
    for path in &paths {
        assert_eq!(server.anonymous(Method::GET, path).await.status, 401, "{path}");
        server.get(&bob, path).await.refused(404, "room not found");
        server.get(&alice, path).await.ok(200);
    }
    let writes = [
        (Method::PATCH, format!("/rooms/{room}"), json!({"name": "mine"})),
        (Method::DELETE, format!("/rooms/{room}"), json!({})),
        (Method::PATCH, format!("/rooms/{room}/messages/{message}"), json!({"content": "mine"})),
        (Method::DELETE, format!("/rooms/{room}/messages/{message}"), json!({})),
        (Method::POST, format!("/rooms/{room}/members/{}/ban", alice.id), json!({})),
        (Method::POST, format!("/api/v1/rooms/{room}/members"), json!({"username": "bob"})),
    ];
    for (method, path, body) in writes {
        server.call(&bob, method, &path, Some(body)).await.refused(404, "room not found");
    }
    assert_eq!(server.get(&bob, "/rooms/").await.ok(200)["total"], 0);
    assert_eq!(server.get(&bob, "/rooms/?q=secret").await.ok(200)["total"], 0);

    server.post(&alice, &format!("/api/v1/rooms/{room}/members"), json!({"username": "bob"})).await.ok(201);
    for path in &paths {
        server.get(&bob, path).await.ok(200);
    }
}

#[tokio::test]
async fn f11_joining_and_making_at_once_leave_one_member_and_one_room() {
    at_once(Server::start().await).await;
}

pub(crate) async fn at_once(server: Server) {
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let made = join_all((0..8).map(|_| server.post(&alice, "/rooms/", json!({"name": "general"})))).await;
    let mut statuses: Vec<_> = made.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    let room = server.get(&alice, "/rooms/by-name/general").await.ok(200)["id"].as_i64().expect("a number");

    let path = format!("/rooms/{room}/join");
    let joined = join_all((0..8).map(|_| server.post(&bob, &path, json!({})))).await;
    let mut statuses: Vec<_> = joined.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(server.get(&alice, &format!("/rooms/{room}/members")).await.ok(200)["total"], 2);
}

#[tokio::test]
async fn f14_a_room_keeps_an_owner_and_ranks_are_respected() {
    let server = Server::start().await;
    let mut people = Vec::new();
    for name in ["owner", "mod1", "mod2", "member"] {
        people.push(server.account(name).await);
    }
    let [owner, mod1, mod2, member] = &people[..] else { unreachable!() };
    let room = server.room(owner, "general", false).await;
    for person in &people[1..] {
        server.post(person, &format!("/rooms/{room}/join"), json!({})).await.ok(201);
    }
    for moderator in [mod1, mod2] {
        server.moderate(owner, room, moderator, "moderator", true).await;
    }
    let toggle = async |by, target: i64, what: &str, on: bool| {
        server.post(by, &format!("/rooms/{room}/members/{target}/{what}"), json!({"on": on})).await.status
    };
    assert_eq!(toggle(mod1, mod2.id, "ban", true).await, 403, "equals do not ban each other");
    assert_eq!(toggle(mod1, mod2.id, "moderator", false).await, 403);
    assert_eq!(toggle(mod1, owner.id, "mute", true).await, 403);
    assert_eq!(toggle(owner, owner.id, "moderator", false).await, 403, "an owner does not step down from nobody");
    assert_eq!(toggle(mod1, member.id, "mute", true).await, 200);

    server.delete(owner, &format!("/rooms/{room}/leave")).await.ok(204);
    let members = server.get(mod1, &format!("/api/v1/rooms/{room}/members")).await.ok(200);
    let roles: Vec<_> =
        members["items"].as_array().expect("items").iter().map(|m| (&m["username"], &m["role"])).collect();
    assert!(roles.contains(&(&json!("mod1"), &json!("owner"))), "the moderator of the longest standing: {roles:?}");
}

#[tokio::test]
async fn f14_nobody_puts_words_into_anothers_mouth_and_edits_show() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &bob).await;
    socket.join("general").await;
    socket.send(&json!({"type": "chat", "room": "general", "message": "my words"}));
    let id = socket.until_kind("chat").await["message_id"].clone();
    let path = format!("/rooms/{room}/messages/{id}");
    server.patch(&alice, &path, json!({"content": "his words"})).await.refused(403, "not permitted");
    server.patch(&bob, &path, json!({"content": "my better words"})).await.ok(200);
    let page = server.get(&alice, &format!("/api/v1/rooms/{room}/messages")).await.ok(200);
    assert_eq!(page["items"][0]["content"], "my better words");
    assert!(page["items"][0]["edited_at"].is_string(), "{page}");
    server.delete(&alice, &path).await.ok(204);
    socket.until_kind("message_deleted").await;
}

#[tokio::test]
async fn f15_a_renamed_room_goes_on_under_both_names_and_members_are_told() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "old", false).await;
    let mut sockets = [Socket::plain(&server, &alice).await, Socket::plain(&server, &bob).await];
    for socket in &mut sockets {
        socket.join("old").await;
    }
    server.patch(&alice, &format!("/rooms/{room}"), json!({"name": "new"})).await.ok(200);
    for socket in &mut sockets {
        let told = socket.until_kind("room_updated").await;
        assert_eq!((&told["name"], &told["room_id"]), (&json!("new"), &json!(room)));
    }
    for name in ["old", "new"] {
        sockets[1].send(&json!({"type": "chat", "room": name, "message": format!("to {name}")}));
        for socket in &mut sockets {
            let chat = socket.until_kind("chat").await;
            assert_eq!((&chat["message"], &chat["room"]), (&json!(format!("to {name}")), &json!("new")));
        }
    }
    // The old name is free again; whoever joined under it stays where they are.
    let other = server.room(&alice, "old", false).await;
    assert_ne!(other, room);
    sockets[1].send(&json!({"type": "chat", "room": "old", "message": "still here"}));
    assert_eq!(sockets[0].until_kind("chat").await["room_id"], room);
}

#[tokio::test]
async fn f15_a_deleted_room_is_taken_from_everybody_at_once() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &bob).await;
    socket.join("general").await;
    server.delete(&alice, &format!("/rooms/{room}")).await.ok(204);
    let removed = socket.until_kind("room_removed").await;
    assert_eq!((&removed["reason"], &removed["room_id"]), (&json!("deleted"), &json!(room)));
    socket.send(&json!({"type": "typing", "room": "general", "isTyping": true}));
    socket.send(&json!({"type": "chat", "room": "general", "message": "anybody?"}));
    let after = socket.fence().await;
    assert!(after.iter().all(|frame| kind(frame) == "error"), "{after:?}");
}
