//! REST at FastRoom's own paths, as its table says.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Server, Socket};

#[tokio::test]
async fn registering_and_signing_in_work_as_fastrooms_client_does_it() {
    let server = Server::start().await;
    server.anonymous(Method::GET, "/health").await.ok(200);
    let register =
        async |query: &[(&str, &str)]| Answer::of(server.http.post(server.url("/register")).query(query)).await;
    let user =
        register(&[("username", "Al Ice"), ("password", "long enough"), ("email", "a@example.org")]).await.ok(201);
    assert_eq!((&user["username"], &user["email"]), (&json!("al_ice"), &json!("a@example.org")));
    assert_eq!((&user["full_name"], &user["disabled"]), (&Value::Null, &json!(false)));
    register(&[("username", "al_ice"), ("password", "long enough")]).await.refused(409, "username already exists");
    register(&[("username", "other"), ("password", "long enough"), ("email", "A@example.org")])
        .await
        .refused(409, "username or email already exists");
    for bad in ["ab", "no/slash", "", &"x".repeat(33)] {
        register(&[("username", bad), ("password", "long enough")]).await.refused(422, "username length invalid");
    }
    register(&[("username", "short"), ("password", "12345")]).await.refused(422, "password too short");
    assert_eq!(register(&[("username", "nobody")]).await.status, 422);

    let token = async |form: &[(&str, &str)]| Answer::of(server.http.post(server.url("/token")).form(form)).await;
    let pair = token(&[("username", "al_ice"), ("password", "long enough"), ("grant_type", "password")]).await.ok(200);
    assert_eq!(pair["token_type"], "bearer");
    for (username, password) in [("al_ice", "wrong password"), ("nobody", "long enough")] {
        let wrong = token(&[("username", username), ("password", password)]).await;
        assert!(wrong.header("www-authenticate").is_some());
        wrong.refused(401, "Incorrect username or password");
    }

    let refresh = async |path: &str, token: &Value| {
        Answer::of(server.http.post(server.url(path)).json(&json!({"refresh_token": token}))).await
    };
    let next = refresh("/refresh", &pair["refresh_token"]).await.ok(200);
    assert_ne!(next["refresh_token"], pair["refresh_token"], "rotated");
    refresh("/refresh", &json!("garbage")).await.refused(401, "Invalid refresh token");
    refresh("/logout", &json!("garbage")).await.ok(204);
    refresh("/logout", &next["refresh_token"]).await.ok(204);
    refresh("/refresh", &next["refresh_token"]).await.refused(401, "Invalid refresh token");
}

#[tokio::test]
async fn whoever_has_no_good_token_gets_401_with_the_recorded_text() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    for path in ["/users/me", "/users/", "/rooms/", "/rooms/1", "/rooms/1/members", "/rooms/1/messages"] {
        let answer = server.anonymous(Method::GET, path).await;
        assert!(answer.header("www-authenticate").is_some(), "{path}");
        answer.refused(401, "Not authenticated");
    }
    let with = async |token: &str| Answer::of(server.http.get(server.url("/users/me")).bearer_auth(token)).await;
    with("garbage").await.refused(401, "Invalid token: token decode error");
    with(&alice.refresh).await.refused(401, "Invalid token type");
}

#[tokio::test]
async fn users_are_listed_and_found() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let bob = server.account("bob").await;
    let me = server.get(&bob, "/users/me").await.ok(200);
    assert_eq!(me["username"], "bob");
    let list = server.get(&alice, "/users/?limit=1&offset=1").await.ok(200);
    assert_eq!(list.as_array().map(|users| users[0]["username"].clone()), Some(json!("bob")), "a bare list");
    let newest = server.get(&alice, "/users/?order=desc").await.ok(200);
    assert_eq!(newest[0]["username"], "bob");
    assert_eq!(server.get(&alice, "/users/bob").await.ok(200)["username"], "bob");
    server.get(&alice, "/users/nobody").await.refused(404, "user not found");
    assert_eq!(server.get(&alice, "/users/?limit=201").await.status, 422);
    let redirect = server.get(&alice, "/users").await;
    assert_eq!(redirect.status, 307);
    assert!(redirect.header("location").is_some_and(|to| to.ends_with("/users/")));
}

#[tokio::test]
async fn rooms_are_made_found_changed_and_removed() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let room = server.post(&alice, "/rooms/", json!({"name": "general"})).await.ok(201);
    assert_eq!((&room["name"], &room["is_private"]), (&json!("general"), &json!(false)));
    let id = room["id"].as_i64().expect("a number");
    server.post(&bob, "/rooms/", json!({"name": "general"})).await.refused(409, "room name exists");
    let secret = server.room(&alice, "secret", true).await;

    let page = server.get(&bob, "/rooms/").await.ok(200);
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(1), &json!(50), &json!(0)));
    assert_eq!((&page["has_more"], &page["next_offset"]), (&json!(false), &Value::Null));
    assert_eq!(server.get(&alice, "/rooms/").await.ok(200)["total"], 2, "own private rooms are listed");
    let first = server.get(&alice, "/rooms/?limit=1").await.ok(200);
    assert_eq!((&first["has_more"], &first["next_offset"]), (&json!(true), &json!(1)));
    assert_eq!(first["items"][0]["name"], "secret", "the newest first");

    assert_eq!(server.get(&bob, &format!("/rooms/{id}")).await.ok(200)["name"], "general");
    assert_eq!(server.get(&bob, "/rooms/by-name/general").await.ok(200)["id"], id);
    server.get(&bob, "/rooms/999999").await.refused(404, "room not found");

    server.patch(&bob, &format!("/rooms/{id}"), json!({"name": "mine"})).await.refused(403, "not moderator");
    let renamed = server.patch(&alice, &format!("/rooms/{id}"), json!({"name": "lobby"})).await.ok(200);
    assert_eq!(renamed["name"], "lobby");
    server.patch(&alice, &format!("/rooms/{id}"), json!({})).await.ok(200);
    server.patch(&alice, &format!("/rooms/{id}"), json!({"name": "secret"})).await.refused(409, "room name exists");

    server.delete(&bob, &format!("/rooms/{id}")).await.refused(403, "not moderator");
    server.delete(&alice, &format!("/rooms/{secret}")).await.ok(204);
    server.get(&alice, &format!("/rooms/{secret}")).await.refused(404, "room not found");
}

#[tokio::test]
async fn members_join_leave_and_are_moderated() {
    let server = Server::start().await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let id = server.room(&alice, "general", false).await;
    let secret = server.room(&alice, "secret", true).await;
    let member = server.post(&bob, &format!("/rooms/{id}/join"), json!({})).await.ok(201);
    assert_eq!((&member["user_id"], &member["username"]), (&json!(bob.id), &json!("bob")));
    assert_eq!(
        (&member["is_moderator"], &member["is_banned"], &member["is_muted"]),
        (&json!(false), &json!(false), &json!(false))
    );
    server.post(&bob, &format!("/rooms/{id}/join"), json!({})).await.refused(409, "already member");
    for account in [&bob, &alice] {
        server.post(account, &format!("/rooms/{secret}/join"), json!({})).await.refused(403, "room is private");
    }
    let mut socket = Socket::plain(&server, &alice).await;
    // On a socket a member gets in.
    socket.join("secret").await;

    let members = server.get(&bob, &format!("/rooms/{id}/members")).await.ok(200);
    let names: Vec<_> = members["items"].as_array().expect("items").iter().map(|member| &member["username"]).collect();
    assert_eq!(names, ["alice", "bob"], "the longest first");
    assert_eq!((&members["limit"], &members["items"][0]["is_moderator"]), (&json!(100), &json!(true)));

    // Without a body these are toggles, as recorded.
    for (what, flag) in [("moderator", "is_moderator"), ("mute", "is_muted"), ("ban", "is_banned")] {
        let path = format!("/rooms/{id}/members/{}/{what}", bob.id);
        for on in [true, false] {
            let toggled = server.call(&alice, Method::POST, &path, None).await.ok(200);
            assert_eq!(toggled[flag], on, "{what}: {toggled}");
        }
        server.call(&bob, Method::POST, &path, None).await.refused(403, "not moderator");
        let nobody = format!("/rooms/{id}/members/999999/{what}");
        server.call(&alice, Method::POST, &nobody, None).await.refused(404, "member not found");
    }
    server.delete(&bob, &format!("/rooms/{id}/leave")).await.ok(204);
    server.delete(&bob, &format!("/rooms/{id}/leave")).await.refused(404, "membership not found");
}

#[tokio::test]
async fn the_same_routes_answer_under_api_v1() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let id = server.room(&alice, "general", false).await;
    for path in ["/health", "/users/me", "/users/", "/rooms/", &format!("/rooms/{id}"), &format!("/rooms/{id}/members")]
    {
        let (old, new) =
            (server.get(&alice, path).await.ok(200), server.get(&alice, &format!("/api/v1{path}")).await.ok(200));
        assert_eq!(old, new, "{path}");
    }
}
