//! Who may open a socket, how, and for how long.

use std::time::{Duration, Instant};

use hallway_adapter_auth::JwtTokens;
use hallway_domain::ports::Tokens;
use reqwest::Method;
use secrecy::SecretSlice;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::support::{Account, Server, SlowSocket, Socket, eventually, kind};

const SECRET: &str = "a secret of the tests, long enough for HS256";

/// The account with a token that ends soon: shorter than any that the server gives out.
fn short_lived(account: &Account, seconds: i64) -> Account {
    let tokens = JwtTokens::new(&SecretSlice::from(SECRET.as_bytes().to_vec()));
    let mut claims =
        tokens.verify_access(&account.access, OffsetDateTime::UNIX_EPOCH).expect("one of the server's own");
    // The server's own clock, as whole seconds.
    let now = claims.issued_at;
    claims.expires_at = now + Duration::from_secs(u64::try_from(seconds).expect("positive"));
    Account { access: tokens.sign_access(&claims), ..account.clone() }
}

#[tokio::test]
async fn every_way_to_bring_a_token_works_and_a_ticket_works_once() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let bearer = format!("Bearer {}", alice.access);
    let protocols = format!("hallway.v1, bearer.{}", alice.access);
    let ticket = server.post(&alice, "/api/v1/ws/ticket", json!({})).await.ok(201);
    let with_ticket = format!("/ws?ticket={}", ticket["ticket"].as_str().expect("text"));
    for (path, headers) in [
        ("/ws", vec![("authorization", bearer.as_str())]),
        ("/ws", vec![("sec-websocket-protocol", protocols.as_str())]),
        (&format!("/ws?access_token={}", alice.access), vec![]),
        (with_ticket.as_str(), vec![]),
    ] {
        let mut socket = Socket::connect(&server, path, &headers).await.expect("the handshake succeeds");
        assert_eq!(socket.expect("system").await["message"], "connected as alice");
    }
    let again = Socket::connect(&server, &with_ticket, &[]).await.err().expect("used up");
    assert_eq!(again.status, 401);

    let mut first_frame = Socket::connect(&server, "/ws", &[]).await.expect("the handshake succeeds");
    first_frame.send(&json!({"type": "auth", "token": alice.access}));
    assert_eq!(first_frame.expect("system").await["message"], "connected as alice");
}

#[tokio::test]
async fn a_bad_token_is_refused_before_the_upgrade() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    for path in [
        "/ws?access_token=garbage".to_owned(),
        "/ws?access_token=".to_owned(),
        format!("/ws?access_token={}", alice.refresh),
        "/ws?ticket=garbage".to_owned(),
    ] {
        let refused = Socket::connect(&server, &path, &[]).await.err().expect("refused");
        assert_eq!(refused.status, 401, "{}", refused.body);
    }
    // The first that is present counts, also when a later one is good.
    let path = format!("/ws?access_token={}", alice.access);
    let refused = Socket::connect(&server, &path, &[("authorization", "Bearer garbage")]).await.err().expect("refused");
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn legacy_scripts_may_have_their_4400_after_the_handshake() {
    let server = Server::start_with(&[("HALLWAY_WS__LEGACY_4400", "true")]).await;
    let alice = server.account("alice").await;
    for token in ["garbage", &alice.refresh] {
        let path = format!("/ws?access_token={token}");
        let mut socket = Socket::connect(&server, &path, &[]).await.expect("accepted");
        assert_eq!(socket.close_code().await, 4400);
        assert_eq!(socket.seen, Vec::<Value>::new(), "nothing but the close, as recorded");
    }
    let mut first_frame = Socket::connect(&server, "/ws", &[]).await.expect("accepted");
    first_frame.send(&json!({"type": "auth", "token": "garbage"}));
    assert_eq!(first_frame.close_code().await, 4400);
    assert_eq!(first_frame.seen_of("error")[0]["message"], "unauthorized");
}

#[tokio::test]
async fn the_query_token_can_be_switched_off() {
    let server =
        Server::start_with(&[("HALLWAY_WS__ALLOW_QUERY_TOKEN", "false"), ("HALLWAY_WS__AUTH_SECONDS", "1")]).await;
    let alice = server.account("alice").await;
    let path = format!("/ws?access_token={}", alice.access);
    let mut socket = Socket::connect(&server, &path, &[]).await.expect("a connection that has yet to say who it is");
    assert_eq!(socket.close_code().await, 4400);
}

#[tokio::test]
async fn whoever_does_not_say_who_it_is_in_time_is_closed() {
    let server = Server::start_with(&[("HALLWAY_WS__AUTH_SECONDS", "1")]).await;
    for (headers, code) in [(&[][..], 4400), (&[("sec-websocket-protocol", "hallway.v1")][..], 4401)] {
        let mut silent = Socket::connect(&server, "/ws", headers).await.expect("the handshake succeeds");
        let start = Instant::now();
        assert_eq!(silent.close_code().await, code);
        assert!(start.elapsed() < Duration::from_secs(3));
        assert_eq!(silent.seen_of("error")[0]["code"], "unauthorized");
        assert_eq!(silent.seen.len(), 1, "nothing else is told");
        for first in [json!({"type": "join", "room": "general"}), json!({"type": "auth", "token": "garbage"})] {
            let mut wrong = Socket::connect(&server, "/ws", headers).await.expect("the handshake succeeds");
            wrong.send(&first);
            assert_eq!(wrong.close_code().await, code);
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let server = Server::start_with(&[("HALLWAY_CORS__LOCALHOST", "off")]).await;
    let alice = server.account("alice").await;
    let path = format!("/ws?access_token={}", alice.access);
    let own = format!("http://{}", server.address);
    assert!(Socket::connect(&server, &path, &[("origin", &own)]).await.is_ok());
    for origin in ["https://evil.example", "null", "http://localhost:5173", "http://127.0.0.1:1"] {
        let refused = Socket::connect(&server, &path, &[("origin", origin)]).await.err().expect("refused");
        assert_eq!(refused.status, 403, "{origin}");
    }
    let standalone = Server::start().await;
    let bob = standalone.account("bob").await;
    let path = format!("/ws?access_token={}", bob.access);
    let dev_server = [("origin", "http://localhost:5173")];
    assert!(Socket::connect(&standalone, &path, &dev_server).await.is_ok());
}

#[tokio::test]
async fn a_users_connections_are_bounded() {
    let server = Server::start_with(&[("HALLWAY_LIMITS__CONNECTIONS_PER_USER", "3")]).await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(Socket::native(&server, &alice).await);
    }
    let path = format!("/ws?access_token={}", alice.access);
    let refused = Socket::connect(&server, &path, &[]).await.err().expect("refused");
    assert_eq!(refused.status, 429);
    assert!(refused.retry_after.is_some());
    Socket::native(&server, &bob).await.expect("system").await;
    drop(open.pop());
    eventually("a place becomes free", || async { Socket::connect(&server, &path, &[]).await.ok().map(drop) }).await;
}

#[tokio::test]
async fn f16_a_socket_ends_with_its_token_unless_it_brings_another() {
    let server = Server::start_with(&[("HALLWAY_AUTH__SECRET", SECRET)]).await;
    let alice = server.account("alice").await;
    let soon = short_lived(&alice, 4);
    let mut native = Socket::native(&server, &soon).await;
    let mut renewed = Socket::native(&server, &soon).await;
    let mut plain = Socket::plain(&server, &soon).await;
    for socket in [&mut native, &mut renewed] {
        let warning = socket.until_kind("auth_expiring").await;
        assert!(warning["expires_at"].is_string(), "{warning}");
    }
    renewed.send(&json!({"type": "auth", "token": alice.access}));
    renewed.until_kind("auth_ok").await;
    assert_eq!(native.close_code().await, 4402);
    assert_eq!(plain.close_code().await, 4402);
    assert!(plain.seen_of("auth_expiring").is_empty());
    renewed.fence().await;
    let refused = Socket::connect(&server, &format!("/ws?access_token={}", soon.access), &[]).await;
    assert_eq!(refused.err().expect("over").status, 401);
}

#[tokio::test]
async fn a_live_connection_takes_no_token_of_another_session() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let mut socket = Socket::native(&server, &alice).await;
    for token in [&bob.access, &server.sign_in("alice").await.access, &alice.refresh, &"garbage".to_owned()] {
        socket.send(&json!({"type": "auth", "token": token}));
        socket.until_kind("error").await;
    }
    socket.fence().await;
}

#[tokio::test]
async fn revoking_a_session_closes_its_sockets_within_a_second() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let other = server.sign_in("alice").await;
    let mut here = Socket::native(&server, &alice).await;
    let mut there = Socket::native(&server, &other).await;
    there.until_kind("system").await;
    let sessions = server.get(&alice, "/api/v1/users/me/sessions").await.ok(200);
    let sessions = sessions["items"].as_array().expect("items");
    assert_eq!(sessions.len(), 2);
    let theirs = sessions.iter().find(|session| session["current"] == false).expect("the other");
    let start = Instant::now();
    let path = format!("/api/v1/users/me/sessions/{}", theirs["id"].as_str().expect("text"));
    server.call(&alice, Method::DELETE, &path, None).await.ok(204);
    assert_eq!(there.close_code().await, 4410);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(server.get(&other, "/users/me").await.status, 401);
    here.fence().await;
}

#[tokio::test]
async fn no_frame_of_a_room_comes_after_the_answer_to_a_ban() {
    let server = Server::start_unlimited().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.room(&alice, "general", false).await;
    let mut owner = Socket::native(&server, &alice).await;
    owner.join("general").await;
    let mut banned = Socket::native(&server, &bob).await;
    banned.join("general").await;
    for number in 0..300 {
        owner.send(&json!({"type": "chat", "room": "general", "message": format!("before {number}")}));
    }
    banned.until_kind("chat").await;
    server.moderate(&alice, room, &bob, "ban", true).await;
    for number in 0..100 {
        owner.send(&json!({"type": "chat", "room": "general", "message": format!("after {number}")}));
    }
    owner.until(|frame| frame["message"] == "after 99").await;
    banned.fence().await;
    assert!(banned.seen.iter().all(|frame| !frame["message"].as_str().is_some_and(|text| text.starts_with("after"))));
    let removed = banned.seen.iter().position(|frame| kind(frame) == "room_removed").expect("the loss is told");
    let late: Vec<_> = banned.seen[removed + 1..].iter().filter(|frame| frame["room_id"] == room).collect();
    assert!(late.is_empty(), "after the loss: {late:#?}");
}

#[tokio::test]
async fn a_connection_that_is_silent_is_closed_and_one_that_answers_pings_is_not() {
    let server = Server::start_with(&[("WS_HEARTBEAT_INTERVAL", "1"), ("WS_HEARTBEAT_TTL_MS", "2500")]).await;
    let alice = server.account("alice").await;
    let mut answering = Socket::native(&server, &alice).await;
    let mut silent = SlowSocket::open(&server, &alice).await;
    let start = Instant::now();
    let code = silent.raw_close_code().await;
    assert_eq!(code, Some(4003), "after {:?}", start.elapsed());
    assert!((Duration::from_secs(2)..Duration::from_secs(6)).contains(&start.elapsed()), "{:?}", start.elapsed());
    answering.fence().await;
}
