//! The routes over a store in memory: what is the same whatever the database.

mod bodies;
mod handshake;
mod hangup;
mod members;
mod moderation;
mod readiness;
mod review;
mod rooms;
mod search;
mod support;

use actix_web::App;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use actix_web::web;
use serde_json::{Value, json};

use support::{call, joined_id, parts, sign_up, signed, start};

/// The paths that FastRoom's clients know without a prefix. What came later is under `/api/v1` alone.
const FASTROOM: [&str; 17] = [
    "/health",
    "/register",
    "/token",
    "/refresh",
    "/logout",
    "/users/",
    "/users/me",
    "/users/{username}",
    "/rooms/",
    "/rooms/{room_id}",
    "/rooms/by-name/{name}",
    "/rooms/{room_id}/members",
    "/rooms/{room_id}/join",
    "/rooms/{room_id}/leave",
    "/rooms/{room_id}/messages",
    "/rooms/{room_id}/messages/{message_id}",
    "/rooms/{room_id}/presence",
];

#[actix_web::test]
async fn every_documented_route_exists_at_both_places_and_asks_who_calls() {
    let service = start(&[("HALLWAY_AUTH__FAILED_REFRESH_DELAY_MS", "0")]).await;
    let document = serde_json::to_value(crate::rest::openapi()).expect("JSON");
    let mut routes = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let concrete =
            path.replace("{session_id}", "018f0000-0000-7000-8000-000000000000").replace("{username}", "alice");
        let concrete = concrete.replace("{name}", "general").replace("{room_id}", "1");
        let concrete = concrete.replace("{message_id}", "1").replace("{user_id}", "1").replace("{attachment_id}", "1");
        // Files are there for whoever has their address, and for nobody else.
        let by_address = path.contains("{attachment_id}") || path.starts_with("/static/uploads/");
        let at_root = concrete.strip_prefix("/api/v1").filter(|_| FASTROOM.contains(&path["/api/v1".len()..].as_ref()));
        let places = [Some(concrete.as_str()), at_root];
        for (method, operation) in operations.as_object().expect("operations") {
            for place in places.into_iter().flatten() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
                let answer = call(&service, TestRequest::default().method(method.clone()).uri(place)).await;
                routes += 1;
                if operation["security"].is_array() {
                    assert_eq!(
                        (answer.status, &answer.body["detail"]),
                        (401, &json!("Not authenticated")),
                        "{method} {place}"
                    );
                    assert_eq!(answer.headers["www-authenticate"], "Bearer");
                } else if by_address {
                    assert_eq!(answer.status, 404, "{method} {place}");
                } else {
                    assert!(![401, 404, 405, 500].contains(&answer.status), "{method} {place}: {}", answer.status);
                }
                let documented = operation["responses"].get(answer.status.to_string());
                assert!(documented.is_some(), "{method} {place} answered {}, which is not documented", answer.status);
            }
        }
    }
    assert!(routes > 90, "only {routes} routes were tried");
}

#[actix_web::test]
async fn operations_have_names_of_their_own() {
    let document = serde_json::to_value(crate::rest::openapi()).expect("JSON");
    let mut seen = std::collections::BTreeSet::new();
    for operations in document["paths"].as_object().expect("paths").values() {
        for operation in operations.as_object().expect("operations").values() {
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            assert!(seen.insert(id.clone()), "{id} twice");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                assert!(!response["description"].as_str().unwrap_or_default().is_empty(), "{id} {status}");
            }
        }
    }
}

#[actix_web::test]
async fn a_room_from_making_to_removing() {
    let service = start(&[]).await;
    let (alice, bob) = (sign_up(&service, "alice").await, sign_up(&service, "bob").await);
    let body = json!({"name": "news / today", "is_private": false, "topic": "now"});
    let room = call(&service, signed(TestRequest::post().uri("/rooms/").set_json(&body), &alice)).await;
    assert_eq!((room.status, &room.body["role"], &room.body["topic"]), (201, &json!("owner"), &json!("now")));
    let id = room.body["id"].as_i64().expect("an id");
    let again = call(&service, signed(TestRequest::post().uri("/api/v1/rooms/").set_json(&body), &bob)).await;
    assert_eq!((again.status, &again.body["detail"]), (409, &json!("room name exists")));

    for path in ["/rooms/by-name/news%20%2F%20today", "/api/v1/rooms/by-name/news%20/%20today"] {
        let found = call(&service, signed(TestRequest::get().uri(path), &bob)).await;
        assert_eq!((found.status, &found.body["id"], &found.body["role"]), (200, &json!(id), &Value::Null), "{path}");
    }
    let joined = call(&service, signed(TestRequest::post().uri(&format!("/rooms/{id}/join")), &bob)).await;
    assert_eq!((joined.status, &joined.body["is_moderator"]), (201, &json!(false)));
    let joined = call(&service, signed(TestRequest::post().uri(&format!("/rooms/{id}/join")), &bob)).await;
    assert_eq!((joined.status, &joined.body["detail"]), (409, &json!("already member")));

    let members = call(&service, signed(TestRequest::get().uri(&format!("/rooms/{id}/members?limit=1")), &bob)).await;
    let page = &members.body;
    assert_eq!((&page["total"], &page["has_more"], &page["next_offset"]), (&json!(2), &json!(true), &json!(1)));
    let uid = joined_id(&service, &bob).await;
    let mute = json!({"on": true, "seconds": 60, "reason": "loud"});
    let path = format!("/rooms/{id}/members/{uid}/mute");
    let refused = call(&service, signed(TestRequest::post().uri(&path).set_json(&mute), &bob)).await;
    assert_eq!((refused.status, &refused.body["detail"]), (403, &json!("not moderator")));
    let muted = call(&service, signed(TestRequest::post().uri(&path).set_json(&mute), &alice)).await;
    assert_eq!((muted.status, &muted.body["is_muted"]), (200, &json!(true)), "{}", muted.body);
    assert!(muted.body["muted_until"].is_string());
    let lifted = call(&service, signed(TestRequest::post().uri(&path), &alice)).await;
    assert_eq!((lifted.status, &lifted.body["is_muted"]), (200, &json!(false)), "no body toggles");
    let path = format!("/rooms/{id}/members/{uid}/moderator");
    let odd = call(&service, signed(TestRequest::post().uri(&path).set_json(&mute), &alice)).await;
    assert_eq!(odd.status, 422);

    let presence = call(&service, signed(TestRequest::get().uri(&format!("/rooms/{id}/presence")), &bob)).await;
    assert_eq!(presence.body, json!({"room_id": id, "room": "news / today", "users": [], "count": 0}));
    let gone = call(&service, signed(TestRequest::delete().uri(&format!("/rooms/{id}")), &alice)).await;
    assert_eq!((gone.status, gone.body), (204, json!("")));
    let gone = call(&service, signed(TestRequest::get().uri(&format!("/rooms/{id}")), &alice)).await;
    assert_eq!((gone.status, &gone.body["detail"]), (404, &json!("room not found")));
}

#[actix_web::test]
async fn bad_input_is_told_so_and_never_fails_the_server() {
    let service = start(&[("HALLWAY_LIMITS__BODY_BYTES", "1024")]).await;
    let token = sign_up(&service, "alice").await;
    let get = |path: &str| signed(TestRequest::get().uri(path), &token);
    for (path, status) in [
        ("/rooms/x", 422),
        ("/rooms/-1", 404),
        ("/rooms/99999999999999999999999", 404),
        ("/rooms/9223372036854775807", 404),
        ("/rooms/1.5", 422),
        ("/rooms/%00", 422),
        ("/rooms/by-name/", 404),
        ("/rooms/by-name/a%00b", 404),
        ("/rooms/?limit=201", 422),
        ("/rooms/?q=a%00b", 422),
        ("/rooms/?mine=perhaps", 422),
        ("/rooms/?q=%ff&limit=1", 200),
        ("/users/?skip=1&limit=200", 200),
        ("/users/%00", 404),
        ("/users/me/sessions/x", 405),
        ("/nothing", 404),
        ("/api/v1/nothing", 404),
    ] {
        let answer = call(&service, get(path).insert_header(("accept", "application/json"))).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
    let rooms = |body: &str, kind: &'static str| {
        let request = TestRequest::post().uri("/rooms/").insert_header(("content-type", kind));
        signed(request.set_payload(body.to_owned()), &token)
    };
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(2000));
    for (body, kind, status) in [
        ("{", "application/json", 422),
        ("", "application/json", 422),
        ("[]", "application/json", 422),
        (" [\"a room\", false]", "application/json", 422),
        ("null", "application/json", 422),
        ("{\"name\": 5}", "application/json", 422),
        ("{\"name\": \"a\", \"name\": \"b\"}", "application/json", 422),
        ("{\"name\": \"a\", \"owner_id\": 1}", "application/json", 422),
        ("{\"name\": \"\"}", "application/json", 422),
        ("{\"name\": \"a\\u0000b\"}", "application/json", 422),
        ("{\"name\": \"\\ud800\"}", "application/json", 422),
        ("name=a", "application/x-www-form-urlencoded", 415),
        (large.as_str(), "application/json", 413),
        ("{\"name\": \"fine\"}", "application/json; charset=utf-8", 201),
    ] {
        let answer = call(&service, rooms(body, kind)).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
    let answer = call(&service, rooms("{}", "application/json")).await;
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.body["detail"][0]["loc"], json!(["body", "name"]));
    assert_eq!(answer.body["detail"][0]["type"], "missing");
}

#[actix_web::test]
async fn who_registers_badly_reads_the_recorded_texts() {
    let service = start(&[]).await;
    for (query, status, detail) in [
        ("username=al&password=long%20enough%20one", 422, json!("username length invalid")),
        ("username=alice&password=short", 422, json!("password too short")),
        ("username=alice&password=a%20long%20enough%20one&email=", 201, Value::Null),
        ("username=Alice&password=a%20long%20enough%20one", 409, json!("username already exists")),
    ] {
        let answer = call(&service, TestRequest::post().uri(&format!("/register?{query}"))).await;
        assert_eq!((answer.status, &answer.body["detail"]), (status, &detail), "{query}");
    }
    let answer = call(&service, TestRequest::post().uri("/register?username=bob")).await;
    assert_eq!((answer.status, &answer.body["detail"][0]["loc"]), (422, &json!(["query", "password"])));
    let form = [("username", "alice"), ("password", "wrong and long")];
    let answer = call(&service, TestRequest::post().uri("/token").set_form(form)).await;
    assert_eq!((answer.status, &answer.body["detail"]), (401, &json!("Incorrect username or password")));
    let answer = call(&service, TestRequest::post().uri("/logout").set_json(json!({"refresh_token": "x"}))).await;
    assert_eq!(answer.status, 204);
}

#[actix_web::test]
async fn a_failed_refresh_is_answered_late() {
    let service = start(&[("HALLWAY_AUTH__FAILED_REFRESH_DELAY_MS", "120")]).await;
    let began = std::time::Instant::now();
    let answer = call(&service, TestRequest::post().uri("/refresh").set_json(json!({"refresh_token": "x"}))).await;
    assert_eq!((answer.status, &answer.body["detail"]), (401, &json!("Invalid refresh token")));
    assert!(began.elapsed().as_millis() >= 120);
}

#[actix_web::test]
async fn methods_slashes_ids_and_headers() {
    let service = start(&[]).await;
    let answer = call(&service, TestRequest::put().uri("/rooms/1")).await;
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "GET, PATCH, DELETE"));
    for (path, location) in
        [("/rooms?limit=3", "/rooms/?limit=3"), ("/users", "/users/"), ("/api/v1/rooms", "/api/v1/rooms/")]
    {
        let answer = call(&service, TestRequest::post().uri(path)).await;
        assert_eq!((answer.status, answer.headers["location"].as_str()), (307, location));
    }
    let answer = call(&service, TestRequest::get().uri("/health").insert_header(("x-request-id", "trace-1.a"))).await;
    assert_eq!(answer.body, json!({"status": "ok"}));
    assert_eq!(answer.headers["x-request-id"], "trace-1.a");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let bad = TestRequest::get().uri("/rooms/1").insert_header(("x-request-id", "a b;c"));
    let answer = call(&service, bad).await;
    assert_ne!(answer.headers["x-request-id"], "a b;c");
    assert_eq!(answer.body["request_id"], answer.headers["x-request-id"].as_str());
}

#[actix_web::test]
async fn pages_of_other_origins_are_not_let_in() {
    let preflight = |origin: &str| {
        TestRequest::default()
            .method(Method::OPTIONS)
            .uri("/rooms/")
            .insert_header(("origin", origin.to_owned()))
            .insert_header(("access-control-request-method", "POST"))
            .insert_header(("access-control-request-headers", "authorization, content-type"))
    };
    let standalone = start(&[]).await;
    let answer = call(&standalone, preflight("http://localhost:5173")).await;
    assert_eq!(answer.headers["access-control-allow-origin"], "http://localhost:5173");
    assert_eq!(answer.headers["access-control-allow-credentials"], "true");
    let answer = call(&standalone, preflight("https://evil.example")).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    let listed = start(&[("HALLWAY_CORS__ORIGINS", "https://app.example"), ("HALLWAY_CORS__LOCALHOST", "off")]).await;
    let answer = call(&listed, preflight("https://app.example")).await;
    assert_eq!(answer.headers["access-control-allow-origin"], "https://app.example");
    let answer = call(&listed, preflight("http://localhost:5173")).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[actix_web::test]
async fn metrics_are_for_this_machine_and_the_api_page_is_served() {
    let service = start(&[]).await;
    assert_eq!(call(&service, TestRequest::get().uri("/metrics")).await.status, 200);
    let through_proxy = TestRequest::get().uri("/metrics").insert_header(("x-forwarded-for", "203.0.113.9"));
    assert_eq!(call(&service, through_proxy).await.status, 404);
    let rebound = || TestRequest::get().uri("/metrics").insert_header(("host", "evil.example:8000"));
    assert_eq!(call(&service, rebound()).await.status, 404);
    let public = start(&[("HALLWAY_SERVER__METRICS", "public")]).await;
    assert_eq!(call(&public, rebound()).await.status, 200);
    let off = start(&[("HALLWAY_SERVER__METRICS", "off"), ("HALLWAY_WEB__DOCS", "false")]).await;
    assert_eq!(call(&off, TestRequest::get().uri("/metrics")).await.status, 404);
    assert_eq!(call(&off, TestRequest::get().uri("/openapi.json")).await.status, 404);

    assert_eq!(call(&service, TestRequest::get().uri("/openapi.json")).await.body["info"]["title"], "Hallway");
    assert_eq!(call(&service, TestRequest::get().uri("/docs")).await.headers["location"], "/docs/");
    let page = call(&service, TestRequest::get().uri("/docs/")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.as_str().is_some_and(|page| page.contains("swagger")), "{}", page.body);
    assert!(!page.headers["content-security-policy"].contains("script-src 'unsafe-inline'"));
    let script = call(&service, TestRequest::get().uri("/docs/swagger-initializer.js")).await;
    assert!(script.body.as_str().is_some_and(|script| script.contains("/openapi.json")), "{}", script.body);
}

#[actix_web::test]
async fn a_panic_is_an_answer_and_the_next_request_is_served() {
    async fn broken() -> &'static str {
        panic!("a bug, on purpose");
    }
    let (state, _) = parts(&[]);
    let routes = App::new().app_data(state).wrap(from_fn(crate::rest::edge)).route("/broken", web::get().to(broken));
    let service = init_service(routes.route("/fine", web::get().to(crate::rest::system::health))).await;
    let answer = call(&service, TestRequest::get().uri("/broken")).await;
    assert_eq!((answer.status, &answer.body["code"]), (500, &json!("internal")));
    assert!(!answer.body.to_string().contains("on purpose"));
    assert_eq!(answer.body["request_id"], answer.headers["x-request-id"].as_str());
    assert_eq!(call(&service, TestRequest::get().uri("/fine")).await.status, 200);
}
