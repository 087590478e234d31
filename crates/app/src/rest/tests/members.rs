//! Who gets into a room.

use actix_web::test::TestRequest;
use serde_json::json;

use super::support::{call, joined_id, sign_up, signed, start};

#[actix_web::test]
async fn a_private_room_is_not_joined_not_even_by_its_members() {
    let service = start(&[]).await;
    let (alice, bob) = (sign_up(&service, "alice").await, sign_up(&service, "bob").await);
    let room = json!({"name": "secret", "is_private": true});
    let room = call(&service, signed(TestRequest::post().uri("/rooms/").set_json(room), &alice)).await;
    let path = format!("/rooms/{}/join", room.body["id"]);
    for token in [&alice, &bob] {
        let answer = call(&service, signed(TestRequest::post().uri(&path), token)).await;
        assert_eq!((answer.status, &answer.body["detail"]), (403, &json!("room is private")));
        assert_eq!(answer.body["code"], "room_is_private");
    }
    let members = format!("/rooms/{}/members", room.body["id"]);
    let members = call(&service, signed(TestRequest::get().uri(&members), &alice)).await;
    assert_eq!(members.body["total"], 1, "{}", members.body);
    assert_eq!(members.body["items"][0]["user_id"], joined_id(&service, &alice).await);
}
