//! What rooms look like, to whom.

use actix_web::test::{TestRequest, init_service};
use hallway_application::SendMessage;
use hallway_domain::{Body, RoomId};
use serde_json::{Value, json};

use super::support::{call, parts, sign_up, signed};
use crate::server;

#[actix_web::test]
async fn every_answer_shows_a_room_alike() {
    let (state, sockets) = parts(&[]);
    let service = init_service(server::app(state.clone(), sockets)).await;
    let (alice, bob) = (sign_up(&service, "alice").await, sign_up(&service, "bob").await);
    let made =
        call(&service, signed(TestRequest::post().uri("/rooms/").set_json(json!({"name": "den"})), &alice)).await;
    assert_eq!(made.body["last_message_at"], Value::Null);
    let id = made.body["id"].as_i64().expect("an id");
    let path = format!("/rooms/{id}");
    let get = async |path: &str, token: &str| call(&service, signed(TestRequest::get().uri(path), token)).await;
    assert_eq!(get(&path, &alice).await.body, made.body, "what is made is what is read");

    call(&service, signed(TestRequest::post().uri(&format!("{path}/join")), &bob)).await;
    let author = state.app.accounts().authenticate(&alice).await.expect("signed in").actor;
    let body = Body::parse("hello".to_owned(), 100).expect("a body");
    let message = SendMessage { room: RoomId(id), body, client_id: None, reply_to: None, attachments: Vec::new() };
    state.app.messages().send(&author, message).await.expect("sent");

    let sent_at = get(&format!("{path}/messages"), &bob).await.body["items"][0]["created_at"].clone();
    assert!(sent_at.is_string());
    let listed = get("/rooms/?mine=true", &bob).await.body["items"][0].clone();
    for (field, value) in [
        ("role", json!("member")),
        ("member_count", json!(2)),
        ("unread", json!(1)),
        ("last_seq", json!(3)),
        ("last_message_at", sent_at),
    ] {
        assert_eq!(listed[field], value, "{field}");
    }
    assert_eq!(get(&path, &bob).await.body, listed);
    assert_eq!(get("/rooms/by-name/den", &bob).await.body, listed);

    let patch = TestRequest::patch().uri(&path).set_json(json!({"is_private": true}));
    let changed = call(&service, signed(patch, &alice)).await;
    assert_eq!((changed.status, &changed.body["is_private"]), (200, &json!(true)));
    assert_eq!(changed.body, get(&path, &alice).await.body);
    let carol = sign_up(&service, "carol").await;
    for path in [path.as_str(), "/rooms/by-name/den"] {
        let hidden = get(path, &carol).await;
        assert_eq!((hidden.status, &hidden.body["detail"]), (404, &json!("room not found")), "{path}");
    }
}
