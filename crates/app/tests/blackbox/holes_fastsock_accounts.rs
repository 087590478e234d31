//! What FastSock did wrong and Hallway must not: accounts, sessions, files, starting.

use std::process::Command;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::fastsock_client::{PASSWORD, Person, To, call, log_in, sign_up};
use crate::support::{Answer, Server, Socket};

#[tokio::test]
async fn missing_and_bad_tokens_are_401_with_a_way_out() {
    let server = Server::start().await;
    for path in ["/users/me", "/users/", "/chat/rooms", "/chat/unread", "/chat/history/user/1", "/chat/history/room/1"]
    {
        let answer = call(&server, None, Method::GET, path, None).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{path}");
        let stranger = Person { id: 0, email: String::new(), token: "x.y.z".to_owned() };
        let answer = call(&server, Some(&stranger), Method::GET, path, None).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{path}");
    }
    for query in ["", "?token=", "?token=x.y.z"] {
        let refused = Socket::connect(&server, &format!("/api/v1/ws/chat{query}"), &[]).await;
        assert_eq!(refused.err().map(|refused| refused.status), Some(401), "{query:?}");
    }
}

#[tokio::test]
async fn s8_images_are_messages() {
    // On PostgreSQL; the whole flow sends them on SQLite and on two nodes as well.
    let server = Server::start_on_postgres(&[]).await;
    let ann = Person::new(&server, "ann").await;
    let mut sock = ann.connect(&server).await;
    sock.say_as(To::User(ann.id), "https://elsewhere.example/x.png", "image", json!(null));
    let received = sock.until("message.receive").await;
    assert_eq!(received["content"], "https://elsewhere.example/x.png");
    assert_eq!(received["message_type"], "text", "images of other hosts are links");
    sock.send_to(To::User(ann.id), "and the socket lives").await;
}

#[tokio::test]
async fn s14_uploads_need_an_account_and_are_never_pages() {
    let server = Server::start().await;
    let ann = Person::new(&server, "ann").await;
    let html = || {
        let part = Part::bytes(b"<script>alert(1)</script>".to_vec()).file_name("x.html");
        Form::new().part("file", part.mime_str("text/html").expect("a type"))
    };
    let upload = |token: &str| {
        let request = server.http.post(server.url("/api/v1/utils/upload")).multipart(html());
        if token.is_empty() { request } else { request.bearer_auth(token) }
    };
    assert_eq!(Answer::of(upload("")).await.status, 401);
    let stored = Answer::of(upload(&ann.token)).await.ok(200);
    let shown = server.http.get(stored["url"].as_str().expect("text")).send().await.expect("an answer");
    let header = |name: &str| shown.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    assert!(!header("content-type").starts_with("text/html"), "{}", header("content-type"));
    assert!(header("content-disposition").starts_with("attachment"));
    assert_eq!(header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn s15_the_end_of_a_session_ends_its_socket_and_its_token_at_once() {
    let server = Server::start().await;
    let ann = Person::new(&server, "ann").await;
    let mut sock = ann.connect(&server).await;
    let other = log_in(&server, &ann.email, PASSWORD).await.ok(200);
    let other = Person { token: other["access_token"].as_str().expect("text").to_owned(), ..ann.clone() };
    call(&server, Some(&other), Method::DELETE, "/users/me/sessions", None).await.ok(200);
    assert_eq!(sock.close_code().await, 4410);
    assert_eq!(call(&server, Some(&ann), Method::GET, "/users/me", None).await.status, 401);
    assert_eq!(call(&server, Some(&other), Method::GET, "/users/me", None).await.status, 200);
    let path = format!("/api/v1/ws/chat?token={}", ann.token);
    assert_eq!(Socket::connect(&server, &path, &[]).await.err().map(|refused| refused.status), Some(401));
}

#[tokio::test]
async fn s16_addresses_in_any_case_are_one_and_passwords_are_real() {
    let server = Server::start().await;
    sign_up(&server, "Ann@Example.org", None).await.ok(200);
    sign_up(&server, "ann@example.ORG", None)
        .await
        .refused(400, "The user with this username already exists in the system");
    for (password, status) in [("x", 422), ("short", 422), ("p".repeat(2000).as_str(), 422)] {
        let body = json!({"email": "bob@example.org", "password": password});
        let answer = call(&server, None, Method::POST, "/auth/signup", Some(body)).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.body["detail"].is_string(), "{}", answer.text);
    }
    let long = "long enough and well beyond seventy-two bytes of a password, which nobody cuts off at any place";
    let body = json!({"email": "cem@example.org", "password": long});
    call(&server, None, Method::POST, "/auth/signup", Some(body)).await.ok(200);
    log_in(&server, "cem@example.org", &long[..80]).await.refused(400, "Incorrect email or password");
    log_in(&server, "CEM@example.org", long).await.ok(200);
    let body = json!({"email": "no address", "password": PASSWORD});
    assert_eq!(call(&server, None, Method::POST, "/auth/signup", Some(body)).await.status, 422);
}

#[tokio::test]
async fn s16_rates_are_counted_by_address_behind_a_proxy() {
    let server = Server::start_with(&[
        ("HALLWAY_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ("HALLWAY_LIMITS__REGISTER_BURST", "2"),
        ("HALLWAY_LIMITS__REGISTER_PER_MINUTE", "0.01"),
    ])
    .await;
    let from = async |address: &str, name: &str| {
        let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        let request = server.http.post(server.url("/api/v1/auth/signup")).header("x-forwarded-for", address);
        Answer::of(request.json(&body)).await.status
    };
    assert_eq!((from("203.0.113.1", "a").await, from("203.0.113.1", "b").await), (200, 200));
    assert_eq!(from("203.0.113.1", "c").await, 429);
    assert_eq!(from("203.0.113.2", "d").await, 200, "somebody else is not held up");
}

#[test]
fn s18_it_says_what_it_can_do() {
    let said =
        Command::new(env!("CARGO_BIN_EXE_hallway")).env_clear().arg("openapi").output().expect("the binary starts");
    assert!(said.status.success());
    let document: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
    for path in ["/api/v1/auth/signup", "/api/v1/auth/login/access-token", "/api/v1/chat/rooms", "/api/v1/chat/unread"]
    {
        assert!(document["paths"][path].is_object(), "{path}");
    }
}
