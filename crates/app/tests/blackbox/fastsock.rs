//! Everything that FastSock's web client does, on one server.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fastsock_client::{PASSWORD, Person, To, call, event, eventually_gets, get, log_in, room, sign_up};
use crate::fastsock_flow;
use crate::support::{Answer, Server, Socket, kind};

#[tokio::test]
async fn the_whole_of_it_standalone() {
    let server = Server::start().await;
    fastsock_flow::whole(&server, &server).await;
}

#[tokio::test]
async fn signing_up_and_in_answers_as_recorded() {
    let server = Server::start().await;
    let ann = sign_up(&server, "Ann.Lee+chat@Example.org", Some("Ann Lee")).await.ok(200);
    assert_eq!(
        ann,
        json!({"email": "ann.lee+chat@example.org", "full_name": "Ann Lee", "is_active": true, "id": ann["id"]})
    );
    sign_up(&server, "ann.lee+CHAT@example.ORG", None)
        .await
        .refused(400, "The user with this username already exists in the system");
    let unnamed = sign_up(&server, "ann.lee_chat@other.example", None).await.ok(200);
    assert_eq!(unnamed["full_name"], "ann.lee_chat_2", "the name is made unique");

    let login = log_in(&server, "ANN.lee+chat@example.org", PASSWORD).await.ok(200);
    assert_eq!(login.as_object().expect("an object").len(), 2, "{login}");
    assert_eq!(login["token_type"], "bearer");
    log_in(&server, "ann.lee+chat@example.org", "wrong password").await.refused(400, "Incorrect email or password");
    log_in(&server, "nobody@example.org", PASSWORD).await.refused(400, "Incorrect email or password");
    assert_eq!(log_in(&server, "ann.lee_chat", PASSWORD).await.status, 200, "the username is as good");
    let form =
        Answer::of(server.http.post(server.url("/api/v1/auth/login/access-token")).form(&[("username", "x")])).await;
    assert_eq!((form.status, form.body["detail"][0]["loc"].clone()), (422, json!(["body", "password"])));
    // The same account by the other door.
    let pair = [("username", "ann.lee+chat@example.org"), ("password", PASSWORD)];
    assert_eq!(Answer::of(server.http.post(server.url("/token")).form(&pair)).await.status, 200);
}

#[tokio::test]
async fn users_have_a_name_and_nobody_elses_address() {
    let server = Server::start().await;
    // An account of the other API has neither address nor full name.
    let bob = server.account("bob").await;
    let ann = Person::new(&server, "ann").await;
    assert_eq!(
        get(&server, &ann, "/users/me").await,
        json!({"email": "ann@example.org", "full_name": "ann X.", "is_active": true, "id": ann.id})
    );
    let users = get(&server, &ann, "/users/").await;
    assert_eq!(
        users,
        json!([
            {"email": "", "full_name": "bob", "is_active": true, "id": bob.id},
            {"email": "ann@example.org", "full_name": "ann X.", "is_active": true, "id": ann.id},
        ])
    );
    let redirect = call(&server, Some(&ann), Method::GET, "/users", None).await;
    assert_eq!((redirect.status, redirect.header("location")), (307, Some("/api/v1/users/")));
    // Other tokens get the other answer on the same path.
    let native = server.get(&bob, "/api/v1/users/").await.ok(200);
    assert_eq!((&native[0]["username"], &native[0]["full_name"]), (&json!("bob"), &Value::Null));
}

#[tokio::test]
async fn both_dialects_are_one_conversation() {
    let server = Server::start().await;
    let (ann, bob) = (Person::new(&server, "ann").await, server.account("bob").await);
    let mut sock = ann.connect(&server).await;
    let mut native = Socket::native(&server, &bob).await;
    native.until_kind("system").await;
    native.send(&json!({"type": "join", "room": "@ann"}));
    native.until_kind("synced").await;
    native.send(&json!({"type": "chat", "room": "@ann", "message": "from bob", "id": uuid()}));
    let received = sock.until("message.receive").await;
    assert_eq!((&received["sender_id"], &received["receiver_id"]), (&json!(bob.id), &json!(ann.id)));
    assert_eq!((&received["room_id"], &received["content"]), (&Value::Null, &json!("from bob")));

    let id = sock.send_to(To::User(bob.id), "from ann").await;
    let chat = native.until(|frame| kind(frame) == "chat" && frame["message_id"] == id).await;
    assert_eq!((&chat["room"], &chat["user"], &chat["message"]), (&json!("@ann"), &json!("ann"), &json!("from ann")));

    // What the native client has read, the other one sees as receipts of each message.
    native.send(&json!({"type": "read", "room": "@ann", "seq": chat["seq"]}));
    let receipt = sock.until("message.read_receipt").await;
    assert_eq!(
        (&receipt["message_id"], &receipt["receiver_id"], &receipt["reader_id"]),
        (&json!(id), &json!(ann.id), &json!(bob.id))
    );
    native.send(&json!({"type": "react", "room": "@ann", "message_id": id, "emoji": "👍", "on": true}));
    let reaction = sock.until("message.reaction").await;
    assert_eq!(reaction, json!({"message_id": id, "reactions": {"👍": [bob.id.to_string()]}}));
    native.send(&json!({"type": "typing", "room": "@ann", "isTyping": true}));
    let typing = sock.until("typing.start").await;
    assert_eq!(typing, json!({"sender_id": bob.id, "receiver_id": ann.id}));
    let history = get(&server, &ann, &format!("/chat/history/user/{}", bob.id)).await;
    let texts: Vec<&Value> = history.as_array().expect("a list").iter().map(|item| &item["content"]).collect();
    assert_eq!(texts, ["from bob", "from ann"]);
}

#[tokio::test]
async fn a_native_client_sees_who_is_online_of_those_it_talks_to() {
    let server = Server::start_with(&[("HALLWAY_PRESENCE__GRACE_MS", "100")]).await;
    let (ann, bob) = (Person::new(&server, "ann").await, server.account("bob").await);
    let mut sock = ann.connect(&server).await;
    sock.send_to(To::User(bob.id), "hello").await;
    let mut native = Socket::native(&server, &bob).await;
    let state = native.until_kind("online_state").await;
    assert_eq!(state["users"], json!(["ann"]));
    let seen = sock.until_fits("presence.update", |data| data["user_id"] == bob.id).await;
    assert_eq!(seen["status"], "online");
    drop(sock);
    let gone = native.until_kind("online").await;
    assert_eq!((&gone["user"], &gone["user_id"], &gone["online"]), (&json!("ann"), &json!(ann.id), &json!(false)));
}

#[tokio::test]
async fn rooms_of_a_taken_name_and_their_members() {
    let server = Server::start().await;
    let (ann, bob) = (Person::new(&server, "ann").await, Person::new(&server, "bob").await);
    let first = room(&server, &ann, "Team", &[&bob, &bob, &ann]).await;
    let second =
        call(&server, Some(&bob), Method::POST, "/chat/rooms", Some(json!({"name": "Team", "member_ids": []})));
    let second = second.await.ok(200);
    assert_eq!(second["name"], "Team (2)");
    assert_eq!(get(&server, &ann, "/chat/rooms").await, json!([{"id": first, "name": "Team", "is_group": true}]));
    let rooms = get(&server, &bob, "/chat/rooms").await;
    assert_eq!(rooms.as_array().expect("a list").len(), 2);
    let unknown = json!({"name": "Other", "member_ids": [999_999]});
    call(&server, Some(&ann), Method::POST, "/chat/rooms", Some(unknown)).await.refused(404, "user not found");
    assert_eq!(get(&server, &ann, "/chat/rooms").await.as_array().expect("a list").len(), 1, "nothing was made");
}

#[tokio::test]
async fn pages_of_other_ports_of_this_machine_may_use_all_of_it() {
    let server = Server::start().await;
    for origin in ["http://localhost:5173", "http://localhost:3000", "http://127.0.0.1:5173"] {
        for (method, path) in
            [("PUT", "/api/v1/chat/messages/1"), ("POST", "/api/v1/utils/upload"), ("GET", "/api/v1/users/")]
        {
            let preflight = server.http.request(Method::OPTIONS, server.url(path));
            let preflight = preflight.header("origin", origin).header("access-control-request-method", method);
            let answer = Answer::of(preflight.header("access-control-request-headers", "authorization")).await;
            assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(origin)), "{path}");
        }
    }
    let ann = Person::new(&server, "ann").await;
    let path = format!("/api/v1/ws/chat?token={}", ann.token);
    assert!(Socket::connect(&server, &path, &[("origin", "http://localhost:5173")]).await.is_ok());
}

#[tokio::test]
async fn a_first_message_reaches_every_socket_of_both_once() {
    let server = Server::start().await;
    let (ann, bob) = (Person::new(&server, "ann").await, Person::new(&server, "bob").await);
    let mut socks = [
        ann.connect(&server).await,
        ann.connect(&server).await,
        bob.connect(&server).await,
        bob.connect(&server).await,
    ];
    for text in ["one", "two", "three"] {
        socks[0].say(To::User(bob.id), text);
    }
    for sock in &mut socks {
        while sock.texts().len() < 3 {
            sock.until("message.receive").await;
        }
        sock.fence().await;
        assert_eq!(sock.texts(), ["one", "two", "three"]);
    }
    assert_eq!((socks[0].seen("message.ack").len(), socks[1].seen("message.ack").len()), (3, 0));
    let order: Vec<&str> = (socks[0].0.seen.iter()).map(event).filter(|name| name.starts_with("message.")).collect();
    assert_eq!(order, ["message.ack", "message.receive"].repeat(3));
}

#[tokio::test]
async fn a_note_to_oneself_comes_back_once() {
    let server = Server::start().await;
    let ann = Person::new(&server, "ann").await;
    let mut sock = ann.connect(&server).await;
    sock.send_to(To::User(ann.id), "remember").await;
    sock.fence().await;
    assert_eq!(sock.texts(), ["remember"]);
    let history =
        eventually_gets(&server, &ann, &format!("/chat/history/user/{}", ann.id), |page| page[0].is_object()).await;
    assert_eq!((&history[0]["sender_id"], &history[0]["receiver_id"]), (&json!(ann.id), &json!(ann.id)));
}

fn uuid() -> String {
    "01890a5d-ac96-774b-bcce-b302099a8057".to_owned()
}
