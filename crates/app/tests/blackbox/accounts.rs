//! Passwords, administration, blocks: what clients see, on the real server.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::fastsock_nodes::Nodes;
use crate::support::{Account, Answer, PASSWORD, Server, Socket};

const NEW: &str = "another good one";

async fn sign_in(server: &Server, username: &str, password: &str) -> Answer {
    Answer::of(server.http.post(server.url("/token")).form(&[("username", username), ("password", password)])).await
}

/// From another address than the tests have.
async fn sign_in_from(server: &Server, address: &str, username: &str, password: &str) -> Answer {
    let request = server.http.post(server.url("/token")).header("x-forwarded-for", address);
    Answer::of(request.form(&[("username", username), ("password", password)])).await
}

async fn change(server: &Server, account: &Account, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new});
    server.post(account, "/api/v1/users/me/password", body).await
}

async fn closed_within_a_second(socket: &mut Socket, since: Instant, code: u16) {
    assert_eq!(socket.close_code().await, code);
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
}

#[tokio::test]
async fn sec_a3_another_password_closes_all_other_sockets_and_ends_their_tokens() {
    let server = Server::start().await;
    let here = server.account("alice").await;
    let elsewhere = server.sign_in("alice").await;
    let mut kept = Socket::native(&server, &here).await;
    let mut closed = Socket::native(&server, &elsewhere).await;
    closed.until_kind("system").await;
    change(&server, &here, "wrong password", NEW).await.refused(403, "Incorrect password");
    change(&server, &here, PASSWORD, "short").await.refused(422, "password too short");
    let start = Instant::now();
    assert_eq!(change(&server, &here, PASSWORD, NEW).await.ok(200), json!({"revoked": 1}));
    closed_within_a_second(&mut closed, start, 4410).await;
    kept.fence().await;
    assert_eq!(server.get(&elsewhere, "/users/me").await.status, 401);
    let refresh = server.http.post(server.url("/refresh")).json(&json!({"refresh_token": elsewhere.refresh}));
    assert_eq!(Answer::of(refresh).await.status, 401);
    server.get(&here, "/users/me").await.ok(200);
    sign_in(&server, "alice", PASSWORD).await.refused(401, "Incorrect username or password");
    sign_in(&server, "alice", NEW).await.ok(200);
}

#[tokio::test]
async fn sec_a3_who_is_disabled_loses_sockets_and_rest_at_once_and_others_may_not_do_it() {
    let server = Server::start().await;
    disabling(&server, &server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_a3_and_so_it_is_on_every_node() {
    let nodes = Nodes::start().await;
    disabling(&nodes.one, &nodes.other).await;
}

async fn disabling(one: &Server, other: &Server) {
    let (root, bob) = (one.account("root").await, one.account("bob").await);
    let path = format!("/api/v1/admin/users/{}/disabled", bob.id);
    let mut sockets = [Socket::native(one, &bob).await, Socket::native(other, &bob).await];
    for socket in &mut sockets {
        socket.until_kind("system").await;
    }
    one.put(&bob, &format!("/api/v1/admin/users/{}/disabled", root.id)).await.refused(403, "administrators only");
    one.put(&root, &format!("/api/v1/admin/users/{}/disabled", root.id)).await.refused(403, "not permitted");
    one.put(&root, "/api/v1/admin/users/999999/disabled").await.refused(404, "user not found");
    let start = Instant::now();
    assert_eq!(one.put(&root, &path).await.ok(200)["disabled"], true);
    for socket in &mut sockets {
        closed_within_a_second(socket, start, 4403).await;
    }
    for node in [one, other] {
        let refused = node.get(&bob, "/users/me").await;
        assert!([400, 401].contains(&refused.status), "{}", refused.text);
        sign_in(node, "bob", PASSWORD).await.refused(400, "Inactive user");
    }
    assert_eq!(one.put(&root, &path).await.ok(200)["disabled"], true, "again is fine");
    let disabled = one.get(&root, "/api/v1/admin/users?disabled=true").await.ok(200);
    assert_eq!((&disabled["total"], &disabled["items"][0]["username"]), (&json!(1), &json!("bob")));
    one.get(&bob, "/api/v1/admin/users").await;
    assert_eq!(one.delete(&root, &path).await.ok(200)["disabled"], false);
    let bob = other.sign_in("bob").await;
    one.get(&bob, "/api/v1/admin/users").await.refused(403, "administrators only");
    let mut socket = Socket::native(other, &bob).await;
    socket.until_kind("system").await;
    let start = Instant::now();
    let sessions = format!("/api/v1/admin/users/{}/sessions", bob.id);
    assert!(one.delete(&root, &sessions).await.ok(200)["revoked"].as_i64() >= Some(1));
    closed_within_a_second(&mut socket, start, 4410).await;
}

#[tokio::test]
async fn sec_a8_wrong_passwords_wait_and_the_owner_elsewhere_does_not() {
    let server = Server::start_with(&[("HALLWAY_SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
    server.account("alice").await;
    for name in ["alice", "nobody"] {
        for _ in 0..10 {
            let answer = sign_in_from(&server, "203.0.113.7", name, "wrong password").await;
            answer.refused(401, "Incorrect username or password");
        }
        let answer = sign_in_from(&server, "203.0.113.7", name, PASSWORD).await;
        assert_eq!((answer.status, &answer.body["code"]), (429, &json!("rate_limited")));
        let wait: u64 = answer.header("retry-after").expect("Retry-After").parse().expect("seconds");
        assert!((1..=900).contains(&wait), "{wait}");
    }
    sign_in_from(&server, "198.51.100.1", "alice", PASSWORD).await.ok(200);
    for _ in 0..3 {
        for _ in 0..9 {
            sign_in_from(&server, "198.51.100.2", "alice", "wrong password").await;
        }
        sign_in_from(&server, "198.51.100.2", "alice", PASSWORD).await.ok(200);
    }
}

#[tokio::test]
async fn sec_a11_passwords_of_any_characters_count_whole_and_have_a_bound() {
    let server = Server::start().await;
    for (name, password) in [
        ("nul", "a\u{0}b and more".to_owned()),
        ("emoji", "\u{1F600}".repeat(64)),
        ("space", " leading and trailing ".to_owned()),
        ("long", "x1".repeat(512)),
    ] {
        let body = json!({"username": name, "password": password});
        Answer::of(server.http.post(server.url("/register")).json(&body)).await.ok(201);
        sign_in(&server, name, &password).await.ok(200);
        let mut cut = password.clone();
        cut.pop();
        sign_in(&server, name, &cut).await.refused(401, "Incorrect username or password");
    }
    for bytes in [1025, 60_000] {
        let answer = sign_in(&server, "nul", &"x".repeat(bytes)).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
    }
    assert_eq!(sign_in(&server, "nul", &"x".repeat(1_000_000)).await.status, 413);
}

#[tokio::test]
async fn a_block_ends_direct_messages_both_ways_and_does_not_say_so() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let cem = server.account("cem").await;
    server.post(&alice, "/api/v1/direct", json!({"username": "bob"})).await.ok(201);
    let mut author = Socket::native(&server, &alice).await;
    author.join("@bob").await;
    let mut reader = Socket::native(&server, &bob).await;
    reader.join("@alice").await;
    author.until_kind("presence_diff").await;
    let block = format!("/api/v1/users/{}/block", alice.id);
    for _ in 0..2 {
        server.put(&bob, &block).await.ok(204);
    }
    let chat = |text: &str| json!({"type": "chat", "room": "@bob", "message": text});
    author.send(&chat("psst"));
    let error = author.until_kind("error").await;
    assert_eq!((&error["code"], &error["message"]), (&json!("unreachable"), &json!("this user cannot be reached")));
    author.send(&json!({"type": "typing", "room": "@bob", "typing": true}));
    author.fence().await;
    let frames = reader.fence().await;
    assert!(frames.iter().all(|frame| !frame.to_string().contains("alice")), "{frames:?}");
    let blocks = server.get(&bob, "/api/v1/users/me/blocks").await.ok(200);
    assert_eq!((&blocks["total"], &blocks["items"][0]["username"]), (&json!(1), &json!("alice")));
    assert_eq!(server.get(&alice, "/api/v1/users/me/blocks").await.ok(200)["total"], 0);
    // A conversation that is not there yet is answered for as with nobody.
    server.put(&cem, &block).await.ok(204);
    server.post(&alice, "/api/v1/direct", json!({"username": "cem"})).await.refused(404, "user not found");
    server.post(&alice, "/api/v1/direct", json!({"username": "nobody"})).await.refused(404, "user not found");
    server.put(&bob, &format!("/api/v1/users/{}/block", bob.id)).await.refused(403, "not permitted");
    server.put(&bob, "/api/v1/users/999999/block").await.refused(404, "user not found");
    server.delete(&bob, &block).await.ok(204);
    author.send(&chat("hello again"));
    assert_eq!(reader.until_kind("chat").await["message"], "hello again");
}

#[tokio::test]
async fn nobody_does_any_of_it_without_signing_in_and_fields_are_refused() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    for (method, path) in [
        (Method::POST, "/api/v1/users/me/password"),
        (Method::GET, "/api/v1/users/me/export"),
        (Method::GET, "/api/v1/users/me/blocks"),
        (Method::PUT, "/api/v1/users/1/block"),
        (Method::DELETE, "/api/v1/users/1/block"),
        (Method::DELETE, "/api/v1/users/me"),
        (Method::GET, "/api/v1/admin/users"),
        (Method::PUT, "/api/v1/admin/users/1/disabled"),
        (Method::DELETE, "/api/v1/admin/users/1/disabled"),
        (Method::DELETE, "/api/v1/admin/users/1/sessions"),
        (Method::DELETE, "/api/v1/admin/users/1"),
    ] {
        assert_eq!(server.anonymous(method.clone(), path).await.status, 401, "{method} {path}");
    }
    for body in [
        json!({"current_password": PASSWORD}),
        json!({"current_password": PASSWORD, "new_password": NEW, "is_admin": true}),
        json!({"current_password": 7, "new_password": NEW}),
        Value::Null,
    ] {
        assert_eq!(server.post(&alice, "/api/v1/users/me/password", body).await.status, 422);
    }
    assert_eq!(server.put(&alice, "/api/v1/users/one/block").await.status, 422);
}

fn decoded(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text
        .bytes()
        .map(|c| if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 })
        .flat_map(|value| (0..5).rev().map(move |bit| (value >> bit) & 1))
        .collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |value, bit| (value << 1) | bit)).collect()
}

/// What an authenticator shows, some steps from now.
fn shown(secret: &str, steps: i64) -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let step = i64::try_from(seconds).expect("fits") / 30 + steps;
    format!(
        "{:06}",
        hallway_domain::ports::OneTimeCodes::code(&hallway_adapter_auth::TotpCodes, &decoded(secret), step)
    )
}

#[tokio::test]
async fn a_second_factor_is_asked_for_by_every_way_to_sign_in() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let token = async |code: Option<&str>| {
        let mut form = vec![("username", "alice"), ("password", PASSWORD)];
        form.extend(code.map(|code| ("totp", code)));
        Answer::of(server.http.post(server.url("/token")).form(&form)).await
    };
    server.post(&alice, "/api/v1/users/me/totp", json!({"password": "wrong"})).await.refused(403, "Incorrect password");
    let made = server.post(&alice, "/api/v1/users/me/totp", json!({"password": PASSWORD})).await.ok(200);
    let secret = made["secret"].as_str().expect("text").to_owned();
    assert_eq!(made["uri"], format!("otpauth://totp/Hallway:alice?secret={secret}&issuer=Hallway"));
    server.post(&alice, "/api/v1/users/me/totp/confirm", json!({"code": "x"})).await.refused(403, "Incorrect code");
    let confirmed = json!({"code": shown(&secret, -1)});
    let confirmed = server.post(&alice, "/api/v1/users/me/totp/confirm", confirmed).await.ok(200);
    let recovery = confirmed["recovery_codes"][0].as_str().expect("text").to_owned();
    let needed = token(None).await;
    assert_eq!((needed.status, &needed.body["code"]), (401, &json!("totp_required")));
    token(Some("000")).await.refused(401, "Incorrect code");
    let form = [("username", "alice"), ("password", PASSWORD)];
    let other = server.http.post(server.url("/api/v1/auth/login/access-token")).form(&form);
    assert_eq!(Answer::of(other).await.body["code"], json!("totp_required"));
    token(Some(&shown(&secret, 1))).await.ok(200);
    token(Some(&recovery)).await.ok(200);
    token(Some(&recovery)).await.refused(401, "Incorrect code");
    let state = server.get(&alice, "/api/v1/users/me/totp").await.ok(200);
    assert_eq!(state, json!({"enabled": true, "recovery_codes_left": 9}));
    assert!(!server.printed().contains(&secret) && !server.printed().contains(&recovery));
    let (text, ok) = server.run(&["user", "remove-totp", "alice"], "").await;
    assert!(ok && text.contains("no longer a second factor"), "{text}");
    token(None).await.ok(200);
}
