//! Finding messages over REST.

use actix_web::test::{TestRequest, init_service};
use hallway_application::SendMessage;
use hallway_domain::{Body, RoomId};
use serde_json::{Value, json};

use super::support::{call, parts, sign_up, signed};
use crate::server;

#[actix_web::test]
async fn finds_marks_and_pages() {
    let (state, sockets) = parts(&[("HALLWAY_LIMITS__RATES", "off")]);
    let service = init_service(server::app(state.clone(), sockets)).await;
    let (alice, bob) = (sign_up(&service, "alice").await, sign_up(&service, "bob").await);
    let make = async |name: &str, private: bool| {
        let body = json!({"name": name, "is_private": private});
        let made = call(&service, signed(TestRequest::post().uri("/rooms/").set_json(body), &alice)).await;
        RoomId(made.body["id"].as_i64().expect("an id"))
    };
    let (den, secret) = (make("the den", false).await, make("secret", true).await);
    let author = state.app.accounts().authenticate(&alice).await.expect("signed in").actor;
    for (room, text) in
        [(den, "🚀 Café one"), (den, "café two 上海"), (secret, "cafe hidden"), (den, "see https://cafe.example")]
    {
        let body = Body::parse(text.to_owned(), 100).expect("a body");
        let message = SendMessage { room, body, client_id: None, reply_to: None, attachments: Vec::new() };
        state.app.messages().send(&author, message).await.expect("sent");
    }
    let get = async |query: &str, token: &str| {
        call(&service, signed(TestRequest::get().uri(&format!("/api/v1/search/messages?{query}")), token)).await
    };
    let contents = |body: &Value| -> Vec<String> {
        let items = body["items"].as_array().expect("a list").iter();
        items.map(|item| item["message"]["content"].as_str().expect("a text").to_owned()).collect()
    };

    let all = get("q=CAFE", &alice).await;
    assert_eq!(all.status, 200, "{}", all.body);
    assert_eq!(contents(&all.body), ["see https://cafe.example", "cafe hidden", "café two 上海", "🚀 Café one"]);
    assert_eq!(all.body["items"][3]["highlights"], json!([[3, 7]]));
    assert_eq!(all.body["items"][3]["snippet"], json!("🚀 Café one"));
    assert_eq!(all.body["items"][1]["room"], json!({"id": secret.0, "name": "secret", "kind": "private"}));
    assert_eq!(all.body["next_cursor"], Value::Null);
    assert_eq!(contents(&get("q=CAFE", &bob).await.body).len(), 3, "bob may not read the private room");

    let first = get("q=cafe&limit=2", &alice).await.body;
    let cursor = first["next_cursor"].as_str().expect("a cursor").to_owned();
    let rest = get(&format!("q=cafe&limit=2&cursor={cursor}"), &alice).await.body;
    assert_eq!(contents(&rest), ["café two 上海", "🚀 Café one"]);

    assert_eq!(contents(&get("q=%E4%B8%8A%E6%B5%B7", &bob).await.body), ["café two 上海"]);
    assert_eq!(contents(&get("q=has%3Alink+in%3A%22the+den%22", &bob).await.body), ["see https://cafe.example"]);
    assert_eq!(contents(&get(&format!("room_id={}&from=alice&has=link", den.0), &bob).await.body).len(), 1);
    assert_eq!(contents(&get("from=bob", &alice).await.body).len(), 0);
}

#[actix_web::test]
async fn refuses_what_cannot_be_meant() {
    let (state, sockets) = parts(&[]);
    let service = init_service(server::app(state, sockets)).await;
    let (alice, bob) = (sign_up(&service, "alice").await, sign_up(&service, "bob").await);
    let body = json!({"name": "secret", "is_private": true});
    call(&service, signed(TestRequest::post().uri("/rooms/").set_json(body), &alice)).await;
    let get = async |query: &str| {
        call(&service, signed(TestRequest::get().uri(&format!("/api/v1/search/messages?{query}")), &bob)).await
    };
    for query in [
        "",
        "q=",
        "q=%20%E2%80%8B",
        "q=from%3Anobody_here",
        "q=has%3Acheese",
        "has=link,cheese",
        "before=yesterday",
        "q=%22open",
        "in=nowhere",
        "q=x&limit=51",
        "q=x&limit=0",
        "q=x&cursor=abc",
        "q=x&room_id=y",
        "q=%00",
    ] {
        let answer = get(query).await;
        assert_eq!((answer.status, &answer.body["code"]), (422, &json!("invalid")), "{query}: {}", answer.body);
    }
    let (hidden, none) = (get("in=secret").await, get("in=nowhere").await);
    assert_eq!(hidden.body["detail"], none.body["detail"], "a hidden room is as none");
    assert_eq!(get("q=x&room_id=987654").await.status, 404);
    let mut limited = false;
    for _ in 0..40 {
        limited |= get("q=x").await.status == 429;
    }
    assert!(limited, "searches have a rate");
    let unsigned = call(&service, TestRequest::get().uri("/api/v1/search/messages?q=x")).await;
    assert_eq!(unsigned.status, 401);
}
