//! What FastSock did wrong and Hallway must not: messages and sockets. One test for each row that is not elsewhere.
//!
//! S1 and S12 are in `fastsock_nodes`, which have two; accounts and files in `holes_fastsock_accounts`. S17 is the affair of a web client but for its token in the address, which is looked for here.

use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::fastsock_client::{Person, Sock, To, call, event, get, room};
use crate::support::{Server, Socket};

async fn three(server: &Server) -> (Person, Person, Person) {
    (Person::new(server, "ann").await, Person::new(server, "bob").await, Person::new(server, "ivy").await)
}

/// What somebody saw beside presence, after everything that was sent to them before has come.
async fn gossip(sock: &mut Sock) -> Vec<Value> {
    sock.fence().await;
    let quiet =
        |frame: &&Value| !matches!(event(frame), "presence.update" | "user.created") && frame["error"].is_null();
    sock.0.seen.iter().filter(quiet).cloned().collect()
}

pub(crate) async fn thirty_sockets(server: Server) {
    let mut socks = Vec::new();
    let mut people = Vec::new();
    for number in 0..3 {
        people.push(Person::new(&server, &format!("p{number}")).await);
    }
    for number in 0..30 {
        socks.push(people[number % 3].connect(&server).await);
    }
    for sock in &mut socks {
        sock.fence().await;
    }
    assert_eq!(get(&server, &people[0], "/users/").await.as_array().expect("a list").len(), 3);
}

#[tokio::test]
async fn s2_sockets_hold_no_database_connection() {
    thirty_sockets(Server::start_with(&[("HALLWAY_DATABASE__MAX_CONNECTIONS", "2")]).await).await;
}

#[tokio::test]
async fn s3_receipts_edits_deletes_and_reactions_are_told_to_those_who_have_the_message() {
    let server = Server::start().await;
    let (ann, bob, ivy) = three(&server).await;
    let (mut of_ann, mut of_bob, mut of_ivy) =
        (ann.connect(&server).await, bob.connect(&server).await, ivy.connect(&server).await);
    let team = room(&server, &ann, "Team", &[&bob]).await;
    for to in [To::User(bob.id), To::Room(team)] {
        let id = of_ann.send_to(to, "secret").await;
        of_bob.send("message.delivered", json!({"message_id": id, "sender_id": ann.id}));
        of_bob.send("message.read", json!({"message_id": id, "sender_id": ann.id, "room_id": null}));
        of_bob.send("message.reaction", json!({"message_id": id, "emoji": "👍"}));
        of_ann.until_fits("message.reaction", |data| data["message_id"] == id).await;
        let path = format!("/chat/messages/{id}");
        call(&server, Some(&ann), Method::PUT, &path, Some(json!({"content": "top secret"}))).await.ok(200);
        call(&server, Some(&ann), Method::DELETE, &path, None).await.ok(200);
        of_bob.until_fits("message.delete", |data| data["id"] == id).await;
        // One receipt of each sort, to the sender too.
        of_ann.fence().await;
        for name in ["message.delivery_receipt", "message.read_receipt"] {
            let told = of_ann.seen(name).into_iter().filter(|data| data["message_id"] == id).count();
            assert_eq!(told, 1, "{name}");
        }
    }
    assert_eq!(gossip(&mut of_ivy).await, [Value::Null; 0]);
}

#[tokio::test]
async fn s3_a_message_for_two_places_or_none_goes_nowhere() {
    let server = Server::start().await;
    let (ann, bob, _) = three(&server).await;
    let mut sock = ann.connect(&server).await;
    let team = room(&server, &ann, "Team", &[&bob]).await;
    for (receiver, room) in [(json!(bob.id), json!(team)), (Value::Null, Value::Null)] {
        let data = json!({"content": "x", "receiver_id": receiver, "room_id": room, "message_type": "text"});
        sock.send("message.send", data);
        let error = sock.until("message.error").await;
        assert_eq!((&error["context_event"], &error["code"]), (&json!("message.send"), &json!("invalid_frame")));
    }
    assert_eq!(get(&server, &ann, &format!("/chat/history/room/{team}")).await, json!([]));
    assert_eq!(get(&server, &ann, &format!("/chat/history/user/{}", bob.id)).await, json!([]));
}

#[tokio::test]
async fn s4_a_room_is_for_its_members() {
    let server = Server::start().await;
    let (ann, bob, ivy) = three(&server).await;
    let team = room(&server, &ann, "Team", &[&bob]).await;
    let mut of_bob = bob.connect(&server).await;
    let mut of_ivy = ivy.connect(&server).await;
    ann.connect(&server).await.send_to(To::Room(team), "among us").await;
    of_bob.until("message.receive").await;

    assert_eq!(get(&server, &ivy, &format!("/chat/history/room/{team}")).await, json!([]));
    of_ivy.say(To::Room(team), "let me in");
    assert_eq!(of_ivy.until("message.error").await["code"], "room_not_found");
    // A public room may be read by everybody, but only members write, and see it here.
    let owner = server.account("owner").await;
    let public = server.room(&owner, "public", false).await;
    of_ivy.say(To::Room(public), "hello");
    assert_eq!(of_ivy.until("message.error").await["code"], "not_a_member");
    call(&server, Some(&ivy), Method::GET, &format!("/chat/history/room/{public}"), None)
        .await
        .refused(403, "not a member");
    of_bob.fence().await;
    assert_eq!(of_bob.texts(), ["among us"]);
    assert_eq!(of_ivy.texts(), [""; 0]);
}

#[tokio::test]
async fn s5_receipts_are_for_members_about_messages_of_others() {
    let server = Server::start().await;
    let (ann, bob, ivy) = three(&server).await;
    let (mut of_ann, mut of_bob) = (ann.connect(&server).await, bob.connect(&server).await);
    let mut of_ivy = ivy.connect(&server).await;
    let id = of_ann.send_to(To::User(bob.id), "hello").await;
    of_bob.until("message.receive").await;
    for sock in [&of_ivy, &of_ann] {
        for name in ["message.read", "message.delivered"] {
            sock.send(name, json!({"message_id": id, "sender_id": ann.id, "room_id": null}));
        }
        sock.send("message.reaction", json!({"message_id": 999_999, "emoji": "👍"}));
    }
    of_ivy.send("message.reaction", json!({"message_id": id, "emoji": "👍"}));
    for _ in 0..2 {
        assert_eq!(of_ivy.until("message.error").await["code"], "message_not_found");
    }
    of_ann.fence().await;
    of_bob.fence().await;
    for sock in [&of_ann, &of_bob] {
        for name in ["message.read_receipt", "message.delivery_receipt", "message.reaction"] {
            assert_eq!(sock.seen(name), [&Value::Null; 0], "{name}");
        }
    }
    let history = get(&server, &ann, &format!("/chat/history/user/{}", bob.id)).await;
    assert_eq!(history[0]["is_read"], false);
    assert_eq!(get(&server, &bob, "/chat/unread").await["users"], json!({ann.id.to_string(): 1}));
}

#[tokio::test]
async fn s6_every_tab_gets_everything_and_closing_one_is_not_leaving() {
    let server = Server::start_with(&[("HALLWAY_PRESENCE__GRACE_MS", "100")]).await;
    let (ann, bob, _) = three(&server).await;
    let mut of_ann = ann.connect(&server).await;
    let (old, mut new) = (bob.connect(&server).await, bob.connect(&server).await);
    of_ann.send_to(To::User(bob.id), "one").await;
    drop(old);
    new.until("message.receive").await;
    of_ann.send_to(To::User(bob.id), "two").await;
    new.send("typing.start", json!({"receiver_id": ann.id}));
    of_ann.until("typing.start").await;
    new.fence().await;
    assert_eq!(new.texts(), ["one", "two"]);
    drop(new);
    // Only now, with the last one gone.
    let gone = of_ann.until_fits("presence.update", |data| data["status"] == "offline").await;
    assert_eq!(gone["user_id"], bob.id);
    assert_eq!(of_ann.texts().len(), 2, "offline came after both messages");
}

#[tokio::test]
async fn s7_no_frame_leaves_a_socket_unread() {
    let server = Server::start().await;
    let (ann, bob, _) = three(&server).await;
    let mut sock = ann.connect(&server).await;
    let frames = [
        "[]",
        "null",
        "\"x\"",
        "1",
        "{",
        "",
        "{\"event\":1,\"data\":{}}",
        "{\"data\":{}}",
        "[\"message.send\",{}]",
        "{\"event\":\"message.send\"}",
        "{\"event\":\"message.send\",\"data\":[]}",
        "{\"event\":\"message.send\",\"data\":\"x\"}",
        "{\"event\":\"message.send\",\"data\":{\"content\":7,\"receiver_id\":1}}",
        "{\"event\":\"message.send\",\"data\":{\"content\":\"x\",\"receiver_id\":\"1\"}}",
        "{\"event\":\"message.send\",\"data\":{\"content\":\"x\",\"receiver_id\":999999}}",
        "{\"event\":\"message.send\",\"data\":{\"content\":\"x\",\"room_id\":999999}}",
        "{\"event\":\"message.send\",\"data\":{\"content\":\"x\",\"receiver_id\":99999999999999999999}}",
        "{\"event\":\"message.send\",\"data\":{\"content\":\"x\",\"receiver_id\":-1}}",
        "{\"event\":\"message.send\",\"data\":{\"content\":\"a\\u0000b\",\"receiver_id\":1}}",
        "{\"event\":\"message.send\",\"data\":{\"content\":\"x\",\"receiver_id\":1,\"message_type\":\"system\"}}",
        "{\"event\":\"message.send\",\"data\":{\"content\":\"  \",\"receiver_id\":1}}",
        "{\"event\":\"message.read\",\"data\":{}}",
        "{\"event\":\"message.read\",\"data\":{\"message_id\":\"1\"}}",
        "{\"event\":\"message.read\",\"data\":{\"room_id\":999999}}",
        "{\"event\":\"message.delivered\",\"data\":null}",
        "{\"event\":\"message.reaction\",\"data\":{\"message_id\":1,\"emoji\":\"plain\"}}",
        "{\"event\":\"typing.start\",\"data\":{\"receiver_id\":999999}}",
        "{\"event\":\"nothing.known\",\"data\":{}}",
        "{\"event\":\"call.ice\",\"data\":{\"call_id\":\"x\"}}",
        "{\"event\":\"call.hangup\",\"data\":7}",
    ];
    for frame in frames {
        sock.0.send_text(frame);
    }
    sock.0.send_message(Message::binary(vec![0, 1, 2]));
    sock.send_to(To::User(bob.id), "still there").await;
    let errors = sock.seen("call.error");
    assert_eq!(errors, [&Value::Null; 0], "stray calls get no answer");
}

#[tokio::test]
async fn s9_a_read_message_stays_read() {
    let server = Server::start().await;
    let (ann, bob, _) = three(&server).await;
    let (mut of_ann, mut of_bob) = (ann.connect(&server).await, bob.connect(&server).await);
    let id = of_ann.send_to(To::User(bob.id), "hello").await;
    of_bob.until("message.receive").await;
    // The order of the web client.
    of_bob.send("message.read", json!({"message_id": id, "sender_id": ann.id, "room_id": null}));
    of_bob.send("message.delivered", json!({"message_id": id, "sender_id": ann.id}));
    of_bob.fence().await;
    of_ann.until("message.read_receipt").await;
    of_ann.fence().await;
    assert_eq!(of_ann.seen("message.delivery_receipt"), [&Value::Null; 0]);
    let history = get(&server, &ann, &format!("/chat/history/user/{}", bob.id)).await;
    assert_eq!(history[0]["is_read"], true);
}

#[tokio::test]
async fn s10_a_newcomer_sees_who_is_there_and_a_crash_is_seen() {
    let server = Server::start_with(&[
        ("HALLWAY_WS__HEARTBEAT_SECONDS", "1"),
        ("HALLWAY_WS__HEARTBEAT_TTL_MS", "3000"),
        ("HALLWAY_PRESENCE__GRACE_MS", "100"),
    ])
    .await;
    let (ann, bob, ivy) = three(&server).await;
    room(&server, &ann, "Team", &[&bob]).await;
    let mut of_ann = ann.connect(&server).await;
    let mut of_ivy = ivy.connect(&server).await;
    let mut of_bob = bob.connect(&server).await;
    let seen = of_bob.until("presence.update").await;
    assert_eq!(seen, json!({"user_id": ann.id, "status": "online"}));
    of_ann.until_fits("presence.update", |data| data["user_id"] == bob.id).await;
    // One machine loses its power: nothing comes from it, not even the end of the connection.
    drop(of_bob);
    of_ann.until_fits("presence.update", |data| data["status"] == "offline").await;
    let tcp = tokio::net::TcpStream::connect(&server.address).await.expect("the server listens");
    let address = format!("ws://{}/api/v1/ws/chat?token={}", server.address, bob.token);
    let frozen = tokio_tungstenite::client_async(address, tcp).await.expect("the handshake succeeds");
    of_ann.until_fits("presence.update", |data| data["status"] == "online" && data["user_id"] == bob.id).await;
    let gone = of_ann.until_fits("presence.update", |data| data["user_id"] == bob.id).await;
    assert_eq!(gone["status"], "offline");
    drop(frozen);
    of_ivy.fence().await;
    assert_eq!(of_ivy.seen("presence.update").len(), 1, "who shares nothing hears of nobody");
}

#[tokio::test]
async fn s11_opening_a_room_clears_what_is_unread() {
    let server = Server::start().await;
    let (ann, bob, _) = three(&server).await;
    let team = room(&server, &ann, "Team", &[&bob]).await;
    let (mut of_ann, mut of_bob) = (ann.connect(&server).await, bob.connect(&server).await);
    for text in ["one", "two"] {
        of_ann.send_to(To::Room(team), text).await;
    }
    assert_eq!(get(&server, &bob, "/chat/unread").await["rooms"], json!({team.to_string(): 2}));
    of_bob.send("message.read", json!({"room_id": team}));
    of_bob.fence().await;
    assert_eq!(get(&server, &bob, "/chat/unread").await["rooms"], json!({}));
    // Both are told as read, the older one first.
    of_ann.until("message.read_receipt").await;
    of_ann.until("message.read_receipt").await;
    let ids: Vec<i64> =
        of_ann.seen("message.read_receipt").iter().map(|data| data["message_id"].as_i64().expect("id")).collect();
    assert!(ids.len() == 2 && ids[0] < ids[1], "{ids:?}");
}

#[tokio::test]
async fn s13_calls_end_in_one_clear_answer_and_stray_frames_in_none() {
    let server = Server::start().await;
    let (ann, bob, _) = three(&server).await;
    let mut of_bob = bob.connect(&server).await;
    let mut sock = ann.connect(&server).await;
    let offer = json!({"call_id": "c1", "to_user_id": bob.id, "sdp_offer": {"type": "offer", "sdp": "v=0"},
                       "media": {"audio": true, "video": true}});
    sock.send("call.invite", offer);
    for name in ["call.ice", "call.hangup", "call.reject", "call.anything"] {
        sock.send(name, json!({"call_id": "c1", "to_user_id": bob.id}));
    }
    let error = sock.until("call.error").await;
    assert_eq!(
        error,
        json!({"message": "Not allowed to call this user", "context_event": "call.invite", "call_id": "c1",
               "code": "call_not_allowed"})
    );
    sock.fence().await;
    assert_eq!(sock.seen("call.error").len(), 1);
    assert_eq!(gossip(&mut of_bob).await, [Value::Null; 0]);
}

#[tokio::test]
async fn s17_no_token_is_logged() {
    let server = Server::start_with(&[("HALLWAY_LOG__LEVEL", "debug")]).await;
    let ann = Person::new(&server, "ann").await;
    let mut sock = ann.connect(&server).await;
    sock.send_to(To::User(ann.id), "a text that is nobody's affair").await;
    assert!(Socket::connect(&server, "/api/v1/ws/chat?token=eyJhbGciOiJIUzI1NiJ9.bad.token", &[]).await.is_err());
    let log = server.printed();
    assert!(log.contains("/api/v1/users/") || log.contains("answered"), "{log}");
    for secret in [ann.token.as_str(), "bad.token", "nobody's affair", crate::fastsock_client::PASSWORD] {
        assert!(!log.contains(secret), "{secret}");
    }
}
