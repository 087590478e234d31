//! Conversations between two users.

use hallway_test_support::services::{postgres, redis};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Account, Server, Socket, kind};

fn client_id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

/// Opens the conversation by way of REST; its number.
async fn open(server: &Server, by: &Account, with: &Account) -> i64 {
    let answer = server.post(by, "/api/v1/direct", json!({"username": with.username})).await;
    assert!([200, 201].contains(&answer.status), "{}", answer.text);
    answer.body["id"].as_i64().expect("a number")
}

async fn joined(server: &Server, account: &Account, room: &str) -> Socket {
    let mut socket = Socket::native(server, account).await;
    socket.join(room).await;
    socket
}

fn texts(frames: &Value) -> Vec<(&str, &str)> {
    let frames = frames.as_array().expect("messages").iter();
    frames.map(|it| (it["room"].as_str().expect("a name"), it["message"].as_str().expect("a text"))).collect()
}

#[tokio::test]
async fn a_message_reaches_every_device_of_both_by_the_name_of_the_other() {
    let server = Server::start().await;
    every_device(&server, &server).await;
}

#[tokio::test]
async fn and_so_it_does_where_the_two_are_on_different_nodes() {
    let (database, redis) = (postgres::empty().await, redis::OwnServer::start().expect("redis-server is installed"));
    let url = redis.url();
    let settings = [
        ("DATABASE_URL", database.url()),
        ("REDIS_URL", url.as_str()),
        ("HALLWAY_AUTH__SECRET", "a secret of the tests, long enough for HS256"),
    ];
    let (one, two) = (Server::start_with(&settings).await, Server::start_with(&settings).await);
    every_device(&one, &two).await;
}

/// Alice is at one server, and bob at the other.
pub(crate) async fn every_device(hers: &Server, his: &Server) {
    let (alice, bob) = (hers.account("alice").await, his.account("bob").await);
    let mut waiting = Socket::native(his, &bob).await;
    waiting.expect("system").await;
    let mut author = Socket::native(hers, &alice).await;
    let answer = author.join("@bob").await;
    let joined_frame = answer.iter().find(|frame| kind(frame) == "joined").expect("joined");
    assert_eq!((&joined_frame["room"], &joined_frame["role"]), (&json!("@bob"), &json!("member")));
    let id = joined_frame["room_id"].as_i64().expect("a number");
    let added = waiting.until_kind("room_added").await;
    assert_eq!((&added["room"], &added["room_id"]), (&json!("@alice"), &json!(id)), "the other side is told at once");

    let mut author_too = joined(hers, &alice, "@bob").await;
    let mut readers = [joined(his, &bob, "@alice").await, joined(his, &bob, "@alice").await];
    author.send(&json!({"type": "chat", "room": "@bob", "message": "hello", "id": client_id(1)}));
    let ack = author.until_kind("ack").await;
    assert_eq!((&ack["room"], &ack["room_id"]), (&json!("@bob"), &json!(id)));
    for (device, name) in [(&mut author_too, "@bob")].into_iter().chain(readers.iter_mut().map(|it| (it, "@alice"))) {
        let chat = device.until_kind("chat").await;
        assert_eq!((&chat["room"], &chat["room_id"], &chat["user"]), (&json!(name), &json!(id), &json!("alice")));
        assert_eq!((&chat["message"], &chat["seq"]), (&json!("hello"), &ack["seq"]));
    }
    let activity = waiting.until_kind("room_activity").await;
    assert_eq!(
        (&activity["room"], &activity["unread"]),
        (&json!("@alice"), &json!(1)),
        "who has not joined it hears in short"
    );

    // What passes by has the same names.
    author.send(&json!({"type": "typing", "room": "@bob", "isTyping": true}));
    let typing = readers[0].until_kind("typing").await;
    assert_eq!((&typing["room"], &typing["user"]), (&json!("@alice"), &json!("alice")));
    readers[0].send(&json!({"type": "read", "room": "@alice", "seq": ack["seq"]}));
    let read = author.until_kind("read").await;
    assert_eq!((&read["room"], &read["user"], &read["seq"]), (&json!("@bob"), &json!("bob"), &ack["seq"]));
    let react = json!({"type": "react", "room": "@alice", "message_id": ack["message_id"], "emoji": "👍", "on": true});
    readers[1].send(&react);
    assert_eq!(author_too.until_kind("reaction").await["room"], "@bob");

    // History and resume say what was said live.
    let mut late = Socket::native(his, &bob).await;
    let answer = late.join("@alice").await;
    let history = answer.iter().find(|frame| kind(frame) == "history").expect("history");
    assert_eq!(texts(&history["messages"]), [("@alice", "hello")]);
    let presence = answer.iter().find(|frame| kind(frame) == "presence_state").expect("who is there");
    assert_eq!((&presence["room"], &presence["users"]), (&json!("@alice"), &json!(["alice", "bob"])));
    let mut resuming = Socket::native(hers, &alice).await;
    resuming.send(&json!({"type": "join", "room_id": id, "since": 0}));
    let replayed = resuming.until_kind("chat").await;
    assert_eq!((&replayed["room"], &replayed["message"]), (&json!("@bob"), &json!("hello")));
    assert_eq!(resuming.until_kind("synced").await["room"], "@bob");
    resuming.send(&json!({"type": "history_more", "room": "@bob", "before_id": 9_999_999}));
    assert_eq!(resuming.until_kind("history_more").await["room"], "@bob");
    resuming.send(&json!({"type": "leave", "room": "@bob"}));
    assert_eq!(resuming.until_kind("left").await["room"], "@bob");
}

#[tokio::test]
async fn a_pair_has_one_conversation_however_often_it_is_asked_for() {
    one_for_a_pair(Server::start().await).await;
}

pub(crate) async fn one_for_a_pair(server: Server) {
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let ask = async |by: &Account, body: Value| {
        let answer = server.post(by, "/api/v1/direct", body).await;
        assert!([200, 201].contains(&answer.status), "{}", answer.text);
        (answer.body["id"].as_i64().expect("a number"), answer.status)
    };
    let by_name = |name: &str| json!({"username": name});
    let answers = tokio::join!(
        ask(&alice, by_name("bob")),
        ask(&bob, by_name("alice")),
        ask(&alice, json!({"user_id": bob.id})),
        ask(&bob, json!({"user_id": alice.id})),
        ask(&bob, by_name("Alice")),
    );
    let answers = [answers.0, answers.1, answers.2, answers.3, answers.4];
    assert!(answers.iter().all(|(id, _)| *id == answers[0].0), "{answers:?}");
    assert_eq!(answers.iter().filter(|(_, status)| *status == 201).count(), 1, "{answers:?}");
    let members = server.get(&alice, &format!("/rooms/{}/members", answers[0].0)).await.ok(200);
    assert_eq!(members["total"], 2);
}

#[tokio::test]
async fn each_side_sees_its_own_list() {
    own_lists(Server::start().await).await;
}

pub(crate) async fn own_lists(server: Server) {
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.patch(&bob, "/users/me", json!({"full_name": "Bob B."})).await.ok(200);
    let id = open(&server, &alice, &bob).await;
    let list = async |by: &Account, query: &str| server.get(by, &format!("/api/v1/direct{query}")).await.ok(200);
    let mine = list(&alice, "").await;
    let room = &mine["items"][0];
    assert_eq!((&mine["total"], &room["id"], &room["name"]), (&json!(1), &json!(id), &json!("@bob")));
    assert_eq!(room["peer"], json!({"id": bob.id, "username": "bob", "full_name": "Bob B."}));
    assert_eq!((&room["kind"], &room["is_private"], &room["role"]), (&json!("direct"), &json!(true), &json!("member")));
    assert_eq!((&room["notify"], &room["mentions"], &room["topic"]), (&json!("all"), &json!(0), &Value::Null));
    assert_eq!(list(&bob, "").await["total"], 0, "nothing was said yet");

    let mut author = joined(&server, &alice, "@bob").await;
    author.send(&json!({"type": "chat", "room": "@bob", "message": "hello", "id": client_id(1)}));
    author.until_kind("ack").await;
    let his = list(&bob, "").await;
    assert_eq!((&his["items"][0]["name"], &his["items"][0]["unread"]), (&json!("@alice"), &json!(1)));
    assert_eq!(server.get(&bob, &format!("/rooms/{id}")).await.ok(200), his["items"][0], "alone as in the list");
    assert_eq!(server.get(&bob, &format!("/rooms/{id}/presence")).await.ok(200)["room"], "@alice");
    assert_eq!(
        (list(&bob, "?q=ALI").await["total"].clone(), list(&bob, "?q=bob").await["total"].clone()),
        (json!(1), json!(0))
    );
    assert_eq!(list(&alice, "?q=b.").await["total"], 1, "by full name");

    // FastRoom's list of rooms has none of them.
    for query in ["", "?mine=true", "?q=bob"] {
        assert_eq!(server.get(&alice, &format!("/rooms/{query}")).await.ok(200)["total"], 0, "{query}");
    }
    let note = open(&server, &alice, &alice).await;
    let mut own = joined(&server, &alice, "@alice").await;
    own.send(&json!({"type": "chat", "room": "@alice", "message": "buy milk"}));
    let chat = own.until_kind("chat").await;
    assert_eq!((&chat["room"], &chat["room_id"]), (&json!("@alice"), &json!(note)));
    let mine = list(&alice, "").await;
    let names: Vec<_> = mine["items"].as_array().expect("items").iter().map(|room| room["name"].clone()).collect();
    assert_eq!(names, ["@alice", "@bob"], "the newest message first");
}

#[tokio::test]
async fn for_strangers_there_is_nothing() {
    strangers(Server::start().await).await;
}

pub(crate) async fn strangers(server: Server) {
    let (alice, bob, eve) = (server.account("alice").await, server.account("bob").await, server.account("eve").await);
    let id = open(&server, &alice, &bob).await;
    let mut author = joined(&server, &alice, "@bob").await;
    author.send(&json!({"type": "chat", "room": "@bob", "message": "secret", "id": client_id(1)}));
    let message = author.until_kind("ack").await["message_id"].clone();
    let room = format!("/api/v1/rooms/{id}");
    let bob_there = format!("{room}/members/{}", bob.id);
    let (one, toggles) = (format!("{room}/messages/{message}"), json!({"on": true}));
    for (method, path, body) in [
        (Method::GET, room.clone(), None),
        (Method::PATCH, room.clone(), Some(json!({"topic": "x"}))),
        (Method::DELETE, room.clone(), None),
        (Method::GET, format!("{room}/members"), None),
        (Method::POST, format!("{room}/members"), Some(json!({"username": "eve"}))),
        (Method::POST, format!("{room}/join"), None),
        (Method::DELETE, format!("{room}/leave"), None),
        (Method::GET, format!("{room}/presence"), None),
        (Method::GET, format!("{room}/messages"), None),
        (Method::PATCH, one.clone(), Some(json!({"content": "x"}))),
        (Method::DELETE, one.clone(), None),
        (Method::POST, format!("{bob_there}/ban"), Some(toggles.clone())),
        (Method::POST, format!("{bob_there}/mute"), Some(toggles.clone())),
        (Method::POST, format!("{bob_there}/moderator"), Some(toggles)),
    ] {
        let answer = server.call(&eve, method.clone(), &path, body).await;
        assert_eq!((answer.status, &answer.body["detail"]), (404, &json!("room not found")), "{method} {path}");
    }
    let mut stranger = Socket::native(&server, &eve).await;
    stranger.expect("system").await;
    stranger.send(&json!({"type": "join", "room_id": id}));
    assert_eq!(stranger.expect("error").await["code"], "room_not_found");
    for frame in [
        json!({"type": "chat", "room_id": id, "message": "me too"}),
        json!({"type": "typing", "room_id": id, "isTyping": true}),
        json!({"type": "history_more", "room_id": id, "before_id": 999}),
        json!({"type": "chat", "room": "@bob", "message": "not begun"}),
    ] {
        stranger.send(&frame);
        let error = stranger.expect("error").await;
        assert!(["not_joined", "room_missing"].contains(&error["code"].as_str().unwrap_or_default()), "{error}");
    }
    for frame in
        [json!({"type": "read", "room_id": id, "seq": 1}), json!({"type": "delivered", "room_id": id, "seq": 1})]
    {
        stranger.send(&frame);
        assert_eq!(stranger.expect("error").await["code"], "room_missing", "{frame}");
    }
    assert!(author.fence().await.iter().all(|frame| kind(frame) != "typing" && kind(frame) != "read"));
    assert_eq!(server.get(&eve, "/api/v1/direct").await.ok(200)["total"], 0);
}

#[tokio::test]
async fn its_members_cannot_make_another_room_of_it() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    server.account("carol").await;
    let id = open(&server, &alice, &bob).await;
    let bob_there = format!("/rooms/{id}/members/{}", bob.id);
    for (method, path, body) in [
        (Method::PATCH, format!("/rooms/{id}"), json!({"name": "ours"})),
        (Method::PATCH, format!("/rooms/{id}"), json!({"is_private": false})),
        (Method::DELETE, format!("/rooms/{id}"), Value::Null),
        (Method::POST, format!("/rooms/{id}/members"), json!({"username": "carol"})),
        (Method::POST, format!("/rooms/{id}/join"), Value::Null),
        (Method::DELETE, format!("/rooms/{id}/leave"), Value::Null),
        (Method::POST, format!("{bob_there}/ban"), json!({"on": true})),
        (Method::POST, format!("{bob_there}/moderator"), json!({"on": true})),
    ] {
        let answer = server.call(&alice, method.clone(), &path, Some(body).filter(|body| !body.is_null())).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (403, &json!("direct_room")),
            "{method} {path}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn names_of_users_and_of_rooms_do_not_collide() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    for name in ["@bob", " @bob", "@"] {
        assert_eq!(server.post(&alice, "/rooms/", json!({"name": name})).await.status, 422, "{name:?}");
    }
    let room = server.room(&alice, "ours", false).await;
    assert_eq!(server.patch(&alice, &format!("/rooms/{room}"), json!({"name": "@bob"})).await.status, 422);
    let mut socket = Socket::native(&server, &alice).await;
    socket.expect("system").await;
    for (name, code) in [("@nobody", "user_not_found"), ("@", "room_not_found"), ("@!", "room_not_found")] {
        socket.send(&json!({"type": "join", "room": name}));
        assert_eq!(socket.expect("error").await["code"], code, "{name}");
    }
    for body in
        [json!({}), json!({"username": "alice", "user_id": 1}), json!({"user_id": "x"}), json!({"who": "alice"})]
    {
        assert_eq!(server.post(&alice, "/api/v1/direct", body.clone()).await.status, 422, "{body}");
    }
    for body in
        [json!({"username": "nobody"}), json!({"user_id": 999_999}), json!({"user_id": -1}), json!({"username": ""})]
    {
        server.post(&alice, "/api/v1/direct", body).await.refused(404, "user not found");
    }
}

#[tokio::test]
async fn a_room_is_made_with_its_members() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let mut waiting = Socket::native(&server, &bob).await;
    waiting.expect("system").await;
    let body = json!({"name": "team", "is_private": true, "members": ["bob", "nobody"]});
    server.post(&alice, "/rooms/", body).await.refused(404, "user not found");
    assert_eq!(server.get(&alice, "/rooms/?mine=true").await.ok(200)["total"], 0);
    let body = json!({"name": "team", "is_private": true, "members": ["bob", "Bob", "alice"]});
    let room = server.post(&alice, "/rooms/", body).await.ok(201);
    assert_eq!((&room["member_count"], &room["role"], &room["peer"]), (&json!(2), &json!("owner"), &Value::Null));
    let added = waiting.expect("room_added").await;
    assert_eq!((&added["room"], &added["room_id"]), (&json!("team"), &room["id"]));
    let many: Vec<String> = (0..101).map(|n| format!("user{n}")).collect();
    assert_eq!(server.post(&alice, "/rooms/", json!({"name": "crowd", "members": many})).await.status, 422);
}
