//! Mentions, pins, marks that go back, who has seen what, and what one wants to be told of.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Account, Server, Socket, kind};

async fn in_room(server: &Server, account: &Account) -> Socket {
    let mut socket = Socket::native(server, account).await;
    socket.join("general").await;
    socket
}

async fn chat(socket: &mut Socket, text: &str) -> Value {
    socket.send(&json!({"type": "chat", "room": "general", "message": text}));
    socket.until(|frame| kind(frame) == "chat" && frame["message"] == text).await
}

/// The next word on what is unread, as `(unread, mentions)`.
async fn unread(socket: &mut Socket, expected: &str) -> (i64, i64) {
    let frame = socket.until_kind(expected).await;
    (frame["unread"].as_i64().expect("a number"), frame["mentions"].as_i64().expect("a number"))
}

fn client_id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

struct Talk {
    server: Server,
    alice: Account,
    bob: Account,
    room: i64,
}

async fn talk() -> Talk {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    server.post(&bob, &format!("/rooms/{room}/join"), json!({})).await.ok(201);
    Talk { server, alice, bob, room }
}

#[tokio::test]
async fn who_is_mentioned_hears_of_it_where_the_room_is_not_open() {
    let Talk { server, alice, bob, room } = talk().await;
    let mut away = Socket::native(&server, &bob).await;
    away.expect("system").await;
    away.fence().await;
    let mut author = in_room(&server, &alice).await;
    let plain = chat(&mut author, "mail bob@example.org, or `@bob`").await;
    assert_eq!((&plain["mentions"], &plain["mentions_here"]), (&Value::Null, &Value::Null), "{plain}");
    assert_eq!(unread(&mut away, "room_activity").await, (1, 0));
    let meant = chat(&mut author, "@bob and @nobody: look").await;
    assert_eq!(meant["mentions"], json!(["bob"]));
    assert_eq!(unread(&mut away, "room_activity").await, (2, 1));
    let all = chat(&mut author, "@here").await;
    assert_eq!(all["mentions_here"], true);
    assert_eq!(unread(&mut away, "room_activity").await, (3, 2));
    let listed = server.get(&bob, &format!("/rooms/{room}")).await.ok(200);
    assert_eq!((&listed["unread"], &listed["mentions"]), (&json!(3), &json!(2)));

    // What was counted is taken back.
    let edit = json!({"type": "edit", "room": "general", "message_id": meant["message_id"], "message": "never mind"});
    author.send(&edit);
    let updated = author.until_kind("message_updated").await;
    assert_eq!(updated["mentions"], Value::Null, "{updated}");
    assert_eq!(unread(&mut away, "room_activity").await, (3, 1));
    author.send(&json!({"type": "delete", "room": "general", "message_id": all["message_id"]}));
    assert_eq!(unread(&mut away, "room_activity").await, (2, 0));
    // Another device reads a part.
    server.post(&bob, &format!("/rooms/{room}/read"), json!({"seq": plain["seq"]})).await.ok(200);
    assert_eq!(unread(&mut away, "room_activity").await, (1, 0));

    let history = server.get(&bob, &format!("/rooms/{room}/messages")).await.ok(200);
    assert_eq!((&history["items"][0]["mentions"], &history["items"][0]["pinned"]), (&json!([]), &json!(false)));
    let mut reader = in_room(&server, &bob).await;
    let by_bob = chat(&mut reader, "@here @alice").await;
    assert_eq!((&by_bob["mentions"], &by_bob["mentions_here"]), (&json!(["alice"]), &Value::Null), "not a moderator");
}

#[tokio::test]
async fn pins_are_told_listed_and_gone_with_their_message() {
    let Talk { server, alice, bob, room } = talk().await;
    let mut author = in_room(&server, &alice).await;
    let mut reader = in_room(&server, &bob).await;
    let first = chat(&mut author, "first").await["message_id"].clone();
    let second = chat(&mut author, "second").await["message_id"].clone();
    let pin = |id: &Value, on: bool, number| json!({"type": "pin", "room": "general", "message_id": id, "on": on, "id": client_id(number)});
    reader.send(&pin(&first, true, 1));
    let error = reader.until_kind("error").await;
    assert_eq!((&error["code"], &error["id"]), (&json!("not_moderator"), &json!(client_id(1))));
    author.send(&pin(&first, true, 2));
    let ack = author.until_kind("ack").await;
    let pinned = reader.until_kind("pinned").await;
    let told = (&pinned["message_id"], &pinned["user"], &pinned["on"], &pinned["seq"]);
    assert_eq!(told, (&first, &json!("alice"), &json!(true), &ack["seq"]));

    let path = format!("/api/v1/rooms/{room}/pins");
    for _ in 0..2 {
        server.call(&alice, Method::PUT, &format!("{path}/{second}"), None).await.ok(204);
    }
    server.call(&bob, Method::PUT, &format!("{path}/{second}"), None).await.refused(403, "not moderator");
    server.call(&alice, Method::PUT, &format!("{path}/999999"), None).await.refused(404, "message not found");
    let pins = server.get(&bob, &path).await.ok(200);
    let listed: Vec<_> = pins["items"].as_array().expect("a list").iter().map(|pin| &pin["message"]["id"]).collect();
    assert_eq!((listed, &pins["total"]), (vec![&second, &first], &json!(2)), "the newest pin first");
    assert_eq!(
        (&pins["items"][0]["pinned_by"], &pins["items"][0]["message"]["pinned"]),
        (&json!("alice"), &json!(true))
    );
    let frames = reader.join("general").await;
    let history = frames.iter().find(|frame| kind(frame) == "history").expect("a history");
    assert_eq!(history["messages"][0]["pinned"], true);

    server.delete(&alice, &format!("{path}/{second}")).await.ok(204);
    server.delete(&alice, &format!("{path}/{second}")).await.ok(204);
    assert_eq!(reader.until(|frame| frame["on"] == false).await["message_id"], second);
    author.send(&json!({"type": "delete", "room": "general", "message_id": first}));
    reader.until_kind("message_deleted").await;
    assert_eq!(server.get(&bob, &path).await.ok(200)["total"], 0);
}

#[tokio::test]
async fn a_room_marked_as_unread_is_so_on_ones_own_devices_alone() {
    let Talk { server, alice, bob, room } = talk().await;
    let mut author = in_room(&server, &alice).await;
    let mut open = in_room(&server, &bob).await;
    let mut away = Socket::native(&server, &bob).await;
    away.expect("system").await;
    away.fence().await;
    let first = chat(&mut author, "first").await;
    let second = chat(&mut author, "@bob").await;
    open.send(&json!({"type": "read", "room": "general", "seq": second["seq"]}));
    author.until(|frame| kind(frame) == "read" && frame["user"] == "bob").await;
    away.until(|frame| kind(frame) == "room_activity" && frame["unread"] == 0).await;

    let again =
        json!({"type": "mark_unread", "room": "general", "message_id": first["message_id"], "id": client_id(1)});
    open.send(&again);
    let ack = open.until_kind("ack").await;
    assert_eq!((&ack["id"], &ack["duplicate"], &ack["seq"]), (&json!(client_id(1)), &json!(false), &Value::Null));
    let before = first["seq"].as_i64().expect("a number") - 1;
    for device in [&mut open, &mut away] {
        let told = match device.seen_of("marked_unread").first() {
            Some(told) => (*told).clone(),
            None => device.until_kind("marked_unread").await,
        };
        assert_eq!((&told["seq"], &told["unread"], &told["mentions"]), (&json!(before), &json!(2), &json!(1)));
    }
    author.fence().await;
    assert!(author.seen_of("marked_unread").is_empty(), "it is nobody else's affair");
    let joined = open.join("general").await;
    let joined = joined.iter().find(|frame| kind(frame) == "joined").expect("joined");
    assert_eq!((&joined["read_seq"], &joined["unread"], &joined["mentions"]), (&json!(before), &json!(2), &json!(1)));

    let path = format!("/api/v1/rooms/{room}");
    let answer = server.post(&bob, &format!("{path}/read"), json!({})).await.ok(200);
    assert_eq!((&answer["unread"], &answer["mentions"]), (&json!(0), &json!(0)));
    assert_eq!(unread(&mut away, "room_activity").await, (0, 0));
    let body = json!({"message_id": second["message_id"]});
    let answer = server.post(&bob, &format!("{path}/unread"), body).await.ok(200);
    assert_eq!((&answer["read_seq"], &answer["unread"], &answer["mentions"]), (&first["seq"], &json!(1), &json!(1)));
    assert_eq!(unread(&mut away, "marked_unread").await, (1, 1));
    server
        .post(&bob, &format!("{path}/unread"), json!({"message_id": 999_999}))
        .await
        .refused(404, "message not found");
    server.post(&bob, &format!("{path}/unread"), json!({})).await.ok(422);
    let eve = server.account("eve").await;
    server.post(&eve, &format!("{path}/read"), json!({})).await.refused(403, "not a member");
}

#[tokio::test]
async fn small_rooms_tell_who_has_seen_a_message_and_large_ones_do_not() {
    let server = Server::start_with(&[("HALLWAY_LIMITS__SEEN_BY_MEMBERS", "2")]).await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut author = in_room(&server, &alice).await;
    let reader = in_room(&server, &bob).await;
    let sent = chat(&mut author, "hello").await;
    let seen = format!("/api/v1/rooms/{room}/messages/{}/seen", sent["message_id"]);
    let of_bob = |read: bool, delivered: bool| json!({"items": [{"user_id": bob.id, "username": "bob", "read": read, "delivered": delivered}]});
    assert_eq!(server.get(&alice, &seen).await.ok(200), of_bob(false, false));
    reader.send(&json!({"type": "delivered", "room": "general", "seq": sent["seq"]}));
    author.until_kind("delivered").await;
    assert_eq!(server.get(&alice, &seen).await.ok(200), of_bob(false, true));
    reader.send(&json!({"type": "read", "room": "general", "seq": sent["seq"]}));
    author.until_kind("read").await;
    assert_eq!(server.get(&alice, &seen).await.ok(200), of_bob(true, true));
    let joined = author.join("general").await;
    let joined = joined.iter().find(|frame| kind(frame) == "joined").expect("joined");
    let mark = joined["marks"].as_array().expect("a list").iter().find(|mark| mark["user"] == "bob").expect("bob's");
    assert_eq!(
        (&mark["user_id"], &mark["read_seq"], &mark["delivered_seq"]),
        (&json!(bob.id), &sent["seq"], &sent["seq"])
    );

    let eve = server.account("eve").await;
    let frames = in_room(&server, &eve).await.seen;
    let joined = frames.iter().find(|frame| kind(frame) == "joined").expect("joined");
    assert_eq!(joined["marks"], Value::Null);
    server.get(&alice, &seen).await.refused(409, "room has too many members");
}

#[tokio::test]
async fn what_to_be_told_of_is_chosen_for_all_of_ones_devices() {
    let Talk { server, alice, bob, room } = talk().await;
    let mut own = Socket::native(&server, &bob).await;
    own.expect("system").await;
    own.fence().await;
    let mut other = in_room(&server, &alice).await;
    let path = format!("/api/v1/rooms/{room}");
    assert_eq!(server.get(&bob, &path).await.ok(200)["notify"], "all");
    let choose = async |account: &Account, level: &str| {
        server.call(account, Method::PUT, &format!("{path}/notifications"), Some(json!({"level": level}))).await
    };
    choose(&bob, "mentions").await.ok(204);
    let told = own.until_kind("notify_changed").await;
    assert_eq!((&told["room"], &told["level"]), (&json!("general"), &json!("mentions")));
    assert_eq!(server.get(&bob, &path).await.ok(200)["notify"], "mentions");
    assert_eq!(server.get(&alice, &path).await.ok(200)["notify"], "all");
    other.fence().await;
    assert!(other.seen_of("notify_changed").is_empty());
    choose(&bob, "loud").await.ok(422);
    let eve = server.account("eve").await;
    choose(&eve, "all").await.refused(403, "not a member");
}
