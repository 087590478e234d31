//! Bodies of the wrong shape, in FastRoom's form of a refusal.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::support::{call, sign_up, signed, start};

#[actix_web::test]
async fn a_body_of_the_wrong_types_is_told_which_field_in_the_words_of_json() {
    let service = start(&[]).await;
    let token = sign_up(&service, "alice").await;
    let room = TestRequest::post().uri("/rooms/").set_json(json!({"name": "one"}));
    let room = call(&service, signed(room, &token)).await;
    let mute = format!("/rooms/{}/members/1/mute", room.body["id"]);
    let words = |kind: &str| match kind {
        "string_type" => "Input should be a valid string",
        "bool_type" => "Input should be a valid boolean",
        "int_type" => "Input should be a valid integer",
        "greater_than_equal" => "Input should be greater than or equal to 0",
        "missing" => "Field required",
        "extra_forbidden" => "Extra inputs are not permitted",
        _ => "Input should be given once",
    };
    for (path, body, field, kind) in [
        ("/rooms/", r#"{"name": 5}"#, "name", "string_type"),
        ("/rooms/", r#"{"name": null}"#, "name", "string_type"),
        ("/rooms/", r#"{"name": {"a": 1}}"#, "name", "string_type"),
        ("/rooms/", r#"{"name": "a", "topic": ["b"]}"#, "topic", "string_type"),
        ("/rooms/", r#"{"name": "a", "is_private": "yes"}"#, "is_private", "bool_type"),
        ("/rooms/", r#"{"is_private": "expected u64 at line 1"}"#, "is_private", "bool_type"),
        ("/rooms/", r#"{"is_private": true}"#, "name", "missing"),
        ("/rooms/", r#"{"name": "a", "no`pe": 1}"#, "no`pe", "extra_forbidden"),
        ("/rooms/", r#"{"name": "a", "name": "b"}"#, "name", "value_error"),
        (&mute, r#"{"seconds": "soon"}"#, "seconds", "int_type"),
        (&mute, r#"{"seconds": 1.5}"#, "seconds", "int_type"),
        (&mute, r#"{"seconds": 1e99}"#, "seconds", "int_type"),
        (&mute, r#"{"seconds": -5}"#, "seconds", "greater_than_equal"),
        (&mute, r#"{"on": 1}"#, "on", "bool_type"),
        ("/logout", r#"{"refresh_token": 7}"#, "refresh_token", "string_type"),
        ("/register", r#"{"username": "bob", "password": ["hunter2"]}"#, "password", "string_type"),
    ] {
        let request = TestRequest::post().uri(path).insert_header(("content-type", "application/json"));
        let answer = call(&service, signed(request.set_payload(body), &token)).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.body);
        let expected = json!([{"type": kind, "loc": ["body", field], "msg": words(kind), "input": Value::Null}]);
        assert_eq!(answer.body["detail"], expected, "{body}");
    }
    for body in ["{", r#"{"name": "a"} x"#, r#"{"name": "\ud800"}"#, "nil"] {
        let request = TestRequest::post().uri("/rooms/").insert_header(("content-type", "application/json"));
        let answer = call(&service, signed(request.set_payload(body), &token)).await;
        let expected = json!([{
            "type": "json_invalid", "loc": ["body"], "msg": "JSON decode error", "input": Value::Null,
        }]);
        assert_eq!((answer.status, &answer.body["detail"]), (422, &expected), "{body}");
    }
}
