//! Reports, the audit log, filters and the door of a room over HTTP.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::support::{Answer, call, joined_id, sign_up, signed, start};

macro_rules! send {
    ($service:expr, $token:expr, $method:ident $path:expr) => {
        call($service, signed(TestRequest::$method().uri($path.as_ref() as &str), $token)).await
    };
    ($service:expr, $token:expr, $method:ident $path:expr, $body:expr) => {
        call($service, signed(TestRequest::$method().uri($path.as_ref() as &str).set_json($body), $token)).await
    };
}

fn refused(answer: &Answer) -> (u16, &Value) {
    (answer.status, &answer.body["code"])
}

#[actix_web::test]
async fn a_report_is_made_listed_and_decided() {
    let service = start(&[]).await;
    let root = sign_up(&service, "root").await;
    let (alice, bob) = (sign_up(&service, "alice").await, sign_up(&service, "bob").await);
    let bob_id = joined_id(&service, &bob).await;
    let room = send!(&service, &alice, post "/rooms/", json!({"name": "one"})).body["id"].clone();
    assert_eq!(send!(&service, &bob, post format!("/rooms/{room}/join")).status, 201);

    let body = json!({"user_id": bob_id, "room_id": room, "reason": "spam"});
    let reports = "/api/v1/reports".to_owned();
    let made = send!(&service, &alice, post reports, body.clone());
    assert_eq!((made.status, &made.body["created"]), (201, &json!(true)), "{}", made.body);
    let again = send!(&service, &alice, post reports, body);
    assert_eq!((again.status, &again.body), (200, &json!({"id": made.body["id"], "created": false})));
    for bad in [
        json!({"reason": "nothing"}),
        json!({"message_id": 1, "user_id": bob_id, "reason": "both"}),
        json!({"user_id": bob_id, "reason": " "}),
        json!({"user_id": bob_id, "reason": "x", "state": "resolved"}),
    ] {
        assert_eq!(send!(&service, &alice, post reports, bad.clone()).status, 422, "{bad}");
    }
    let missing = send!(&service, &alice, post reports, json!({"message_id": 999_999, "reason": "x"}));
    assert_eq!(refused(&missing), (404, &json!("message_not_found")));

    let queue = format!("/api/v1/rooms/{room}/reports");
    assert_eq!(refused(&send!(&service, &bob, get queue)), (403, &json!("not_moderator")));
    let open = send!(&service, &alice, get format!("{queue}?state=open"));
    assert_eq!(open.body["next_cursor"], Value::Null);
    let first = &open.body["items"][0];
    assert_eq!(
        (&first["is_open"], &first["reason"], &first["target"]["username"]),
        (&json!(true), &json!("spam"), &json!("bob"))
    );
    assert_eq!(first["reporter"]["username"], "alice");
    assert_eq!(send!(&service, &alice, get format!("{queue}?state=half")).status, 422);
    let all = "/api/v1/admin/reports".to_owned();
    assert_eq!(refused(&send!(&service, &alice, get all)), (403, &json!("not_administrator")));
    assert_eq!(send!(&service, &root, get all).body["items"].as_array().map(Vec::len), Some(1));

    let resolve = format!("{queue}/{}/resolve", made.body["id"]);
    assert_eq!(send!(&service, &alice, post resolve, json!({"action": "shout"})).status, 422);
    let decided =
        send!(&service, &alice, post resolve, json!({"action": "mute", "seconds": 60, "reason": "calm down"}));
    assert_eq!((decided.status, &decided.body["resolution"]), (200, &json!("muted")), "{}", decided.body);
    assert_eq!(decided.body["resolved_by"]["username"], "alice");
    let other = send!(&service, &alice, post resolve, json!({"action": "dismiss"}));
    assert_eq!(refused(&other), (409, &json!("report_resolved")));
    assert_eq!(send!(&service, &alice, get format!("{queue}?state=open")).body["items"], json!([]));
    let members = send!(&service, &alice, get format!("/rooms/{room}/members"));
    let muted = members.body["items"].as_array().into_iter().flatten().find(|member| member["user_id"] == bob_id);
    assert_eq!(muted.map(|member| member["is_muted"].clone()), Some(json!(true)));

    let audit = format!("/api/v1/rooms/{room}/audit");
    assert_eq!(refused(&send!(&service, &bob, get audit)), (403, &json!("not_moderator")));
    let lines = send!(&service, &alice, get format!("{audit}?target={bob_id}&limit=1"));
    assert_eq!(lines.body["items"][0]["action"], "resolve_report");
    assert_eq!(lines.body["items"][0]["details"]["decision"], "mute");
    let cursor = lines.body["next_cursor"].as_str().expect("there is more").to_owned();
    let rest = send!(&service, &alice, get format!("{audit}?target={bob_id}&limit=1&cursor={cursor}"));
    let line = &rest.body["items"][0];
    assert_eq!(
        (&line["action"], &line["reason"], &line["actor"]),
        (&json!("mute"), &json!("calm down"), &json!("alice"))
    );
    assert_eq!(refused(&send!(&service, &bob, get "/api/v1/admin/audit")), (403, &json!("not_administrator")));
    let logins = send!(&service, &root, get "/api/v1/admin/audit?action=login");
    assert_eq!(logins.body["items"].as_array().map(Vec::len), Some(3));
}

#[actix_web::test]
async fn a_room_keeps_out_and_filters_as_its_moderators_say() {
    let service = start(&[]).await;
    let (alice, bob) = (sign_up(&service, "alice").await, sign_up(&service, "bob").await);
    let room = send!(&service, &alice, post "/rooms/", json!({"name": "one"})).body["id"].clone();
    let path = format!("/api/v1/rooms/{room}/protection");
    let off = json!({"locked_down": false, "join_per_minute": 0, "min_account_age_seconds": 0});
    assert_eq!(send!(&service, &alice, get path).body, off);
    assert_eq!(refused(&send!(&service, &bob, get path)), (403, &json!("not_moderator")));
    assert_eq!(send!(&service, &alice, patch path, json!({"join_per_minute": 10_001})).status, 422);
    assert_eq!(send!(&service, &alice, patch path, json!({"owner_id": 1})).status, 422);

    let join = format!("/rooms/{room}/join");
    let locked = send!(&service, &alice, patch path, json!({"locked_down": true}));
    assert_eq!((locked.status, &locked.body["locked_down"]), (200, &json!(true)));
    assert_eq!(refused(&send!(&service, &bob, post join)), (403, &json!("room_locked")));
    send!(&service, &alice, patch path, json!({"locked_down": false, "min_account_age_seconds": 3600}));
    assert_eq!(refused(&send!(&service, &bob, post join)), (403, &json!("account_too_new")));
    send!(&service, &alice, patch path, json!({"min_account_age_seconds": 0, "join_per_minute": 1}));
    let fast = send!(&service, &bob, post join);
    assert_eq!(refused(&fast), (429, &json!("joining_too_fast")));
    assert!(fast.headers.contains_key("retry-after"), "{:?}", fast.headers);
    send!(&service, &alice, patch path, json!({"join_per_minute": 0}));
    assert_eq!(send!(&service, &bob, post join).status, 201);

    let filters = format!("/api/v1/rooms/{room}/filters");
    let rule = send!(&service, &alice, post filters, json!({"pattern": "Spam*", "action": "block"}));
    assert_eq!((rule.status, &rule.body["pattern"]), (201, &json!("Spam*")), "{}", rule.body);
    let again = send!(&service, &alice, post filters, json!({"pattern": "Spam*", "action": "hold"}));
    assert_eq!(refused(&again), (409, &json!("filter_exists")));
    assert_eq!(send!(&service, &alice, post filters, json!({"pattern": "*", "action": "block"})).status, 422);
    assert_eq!(refused(&send!(&service, &bob, get filters)), (403, &json!("not_moderator")));
    assert_eq!(send!(&service, &alice, get filters).body["items"].as_array().map(Vec::len), Some(1));
    let one = format!("{filters}/{}", rule.body["id"]);
    assert_eq!(send!(&service, &alice, delete one).status, 204);
    assert_eq!(refused(&send!(&service, &alice, delete one)), (404, &json!("filter_not_found")));
    let held = format!("/api/v1/rooms/{room}/held");
    assert_eq!(send!(&service, &alice, get held).body, json!({"items": [], "next_cursor": null}));
    let nothing = send!(&service, &alice, post format!("{held}/999999/approve"));
    assert_eq!(refused(&nothing), (404, &json!("held_message_not_found")));
}

#[actix_web::test]
async fn whatever_changes_something_has_a_rate() {
    let service = start(&[("HALLWAY_LIMITS__WRITE_BURST", "2"), ("HALLWAY_LIMITS__WRITE_PER_SECOND", "0.01")]).await;
    let alice = sign_up(&service, "alice").await;
    let me = "/users/me".to_owned();
    for _ in 0..2 {
        assert_eq!(send!(&service, &alice, patch me, json!({"full_name": "Alice"})).status, 200);
    }
    let limited = send!(&service, &alice, patch me, json!({"full_name": "Alice"}));
    assert_eq!(refused(&limited), (429, &json!("rate_limited")));
    assert!(limited.headers.contains_key("retry-after"));
    assert_eq!(send!(&service, &alice, get me).status, 200, "reading goes on");
    let off = start(&[("HALLWAY_LIMITS__WRITE_BURST", "1"), ("HALLWAY_LIMITS__RATES", "off")]).await;
    let alice = sign_up(&off, "alice").await;
    for _ in 0..5 {
        assert_eq!(send!(&off, &alice, patch me, json!({"full_name": "Alice"})).status, 200);
    }
}
