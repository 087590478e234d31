//! Sanctions, roles and links as verbs that may be repeated.

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::support::{Answer, call, joined_id, sign_up, signed, start};

async fn ask<S, B>(service: &S, (method, path): (Method, &str), token: &str, body: Value) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let request = signed(TestRequest::with_uri(path).method(method), token);
    call(service, if body.is_null() { request } else { request.set_json(body) }).await
}

#[actix_web::test]
async fn sanctions_are_set_listed_changed_and_lifted() {
    let service = start(&[]).await;
    let (ann, bob) = (sign_up(&service, "ann").await, sign_up(&service, "bob").await);
    let made = ask(&service, (Method::POST, "/rooms/"), &ann, json!({"name": "den"})).await;
    let room = format!("/api/v1/rooms/{}", made.body["id"]);
    ask(&service, (Method::POST, &format!("{room}/join")), &bob, Value::Null).await;
    let id = joined_id(&service, &bob).await;
    for (list, flag, until) in [("bans", "is_banned", "banned_until"), ("mutes", "is_muted", "muted_until")] {
        let one = format!("{room}/{list}/{id}");
        let put = async |body| ask(&service, (Method::PUT, &one), &ann, body).await;
        let first = put(Value::Null).await;
        assert_eq!((first.status, &first.body[flag], &first.body[until]), (200, &json!(true), &Value::Null), "{list}");
        let again = put(json!({"reason": "loud", "seconds": 60, "purge_hours": 1})).await;
        assert_eq!((again.status, again.body[until].is_string()), (200, true), "{list}: {}", again.body);
        let found = ask(&service, (Method::GET, &format!("{room}/{list}")), &ann, Value::Null).await;
        let item = &found.body["items"][0];
        assert_eq!((&found.body["total"], &item["username"]), (&json!(1), &json!("bob")), "{list}: one row");
        assert_eq!((&item["reason"], &item["by"]), (&json!("loud"), &json!("ann")), "{list}");
        for body in [json!({"seconds": 0}), json!({"purge_hours": 0}), json!({"purge_hours": 169}), json!({"on": true})]
        {
            let wrong = put(body.clone()).await;
            assert_eq!(wrong.status, 422, "{list} {body}: {}", wrong.body);
        }
        let denied = ask(&service, (Method::PUT, &one), &bob, Value::Null).await;
        assert_eq!(denied.status, 403, "{list}: {}", denied.body);
        for _ in 0..2 {
            assert_eq!(ask(&service, (Method::DELETE, &one), &ann, Value::Null).await.status, 204, "{list}");
        }
        let none = ask(&service, (Method::GET, &format!("{room}/{list}")), &ann, Value::Null).await;
        assert_eq!(none.body["total"], 0, "{list}");
        let denied = ask(&service, (Method::GET, &format!("{room}/{list}")), &bob, Value::Null).await;
        assert_eq!((denied.status, &denied.body["code"]), (403, &json!("not_moderator")), "{list}");
        let nobody = ask(&service, (Method::PUT, &format!("{room}/{list}/999999")), &ann, Value::Null).await;
        assert_eq!((nobody.status, &nobody.body["code"]), (404, &json!("member_not_found")), "{list}");
    }
}

#[actix_web::test]
async fn roles_and_memberships_are_set_as_often_as_one_likes() {
    let service = start(&[]).await;
    let (ann, bob) = (sign_up(&service, "ann").await, sign_up(&service, "bob").await);
    let made = ask(&service, (Method::POST, "/rooms/"), &ann, json!({"name": "den", "is_private": true})).await;
    let room = format!("/api/v1/rooms/{}", made.body["id"]);
    let id = joined_id(&service, &bob).await;
    ask(&service, (Method::POST, &format!("{room}/members")), &ann, json!({"username": "bob"})).await;
    let moderator = format!("{room}/moderators/{id}");
    for _ in 0..2 {
        let made = ask(&service, (Method::PUT, &moderator), &ann, Value::Null).await;
        assert_eq!((made.status, &made.body["role"]), (200, &json!("moderator")));
    }
    for _ in 0..2 {
        assert_eq!(ask(&service, (Method::DELETE, &moderator), &ann, Value::Null).await.status, 204);
    }
    let owner = format!("{room}/owner");
    let denied = ask(&service, (Method::PUT, &owner), &bob, json!({"user_id": id})).await;
    assert_eq!((denied.status, &denied.body["code"]), (403, &json!("not_moderator")));
    let given = ask(&service, (Method::PUT, &owner), &ann, json!({"user_id": id})).await;
    assert_eq!((given.status, &given.body["role"]), (200, &json!("owner")));
    let own = joined_id(&service, &ann).await;
    let member = format!("{room}/members/{own}");
    let reason = json!({"reason": "enough"});
    for _ in 0..2 {
        assert_eq!(ask(&service, (Method::DELETE, &member), &bob, reason.clone()).await.status, 204);
    }
    assert_eq!(ask(&service, (Method::GET, &room), &ann, Value::Null).await.status, 404, "there is no such room");
    let patch = json!({"posting": "moderators", "slow_mode_seconds": 30, "archived": true});
    let changed = ask(&service, (Method::PATCH, &room), &bob, patch).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!((&changed.body["posting"], &changed.body["slow_mode_seconds"]), (&json!("moderators"), &json!(30)));
    assert!(changed.body["archived_at"].is_string());
    for wrong in [json!({"slow_mode_seconds": 21_601}), json!({"slow_mode_seconds": -1}), json!({"posting": "nobody"})]
    {
        let refused = ask(&service, (Method::PATCH, &room), &bob, wrong.clone()).await;
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.body);
    }
}

#[actix_web::test]
async fn a_link_says_no_more_than_it_must() {
    let service = start(&[]).await;
    let (ann, bob) = (sign_up(&service, "ann").await, sign_up(&service, "bob").await);
    let made = json!({"name": "den", "is_private": true, "topic": "secret plans"});
    let made = ask(&service, (Method::POST, "/rooms/"), &ann, made).await;
    let room = format!("/api/v1/rooms/{}", made.body["id"]);
    let invites = format!("{room}/invites");
    assert_eq!(ask(&service, (Method::POST, &invites), &bob, Value::Null).await.status, 404);
    let link = ask(&service, (Method::POST, &invites), &ann, json!({"seconds": 3600, "max_uses": 1})).await;
    assert_eq!(link.status, 201, "{}", link.body);
    let path = format!("/api/v1/invites/{}", link.body["code"].as_str().expect("a code"));
    let seen = ask(&service, (Method::GET, &path), &bob, Value::Null).await;
    let expected = json!({
        "room_id": made.body["id"], "room": "den", "member_count": 1,
        "expires_at": link.body["expires_at"], "is_member": false,
    });
    assert_eq!((seen.status, &seen.body), (200, &expected));
    let unsigned = call(&service, TestRequest::get().uri(&path)).await;
    assert_eq!(unsigned.status, 401);
    let came = ask(&service, (Method::POST, &path), &bob, Value::Null).await;
    assert_eq!((came.status, &came.body["role"]), (200, &json!("member")), "{}", came.body);
    assert_eq!(ask(&service, (Method::GET, &path), &ann, Value::Null).await.status, 404, "used up");
    let listed = ask(&service, (Method::GET, &invites), &ann, Value::Null).await;
    assert_eq!(listed.body["total"], 0);
    let link = ask(&service, (Method::POST, &invites), &ann, Value::Null).await;
    let listed = ask(&service, (Method::GET, &invites), &ann, Value::Null).await;
    assert_eq!((&listed.body["total"], &listed.body["items"][0]["code"]), (&json!(1), &Value::Null));
    let id = joined_id(&service, &bob).await;
    ask(&service, (Method::PUT, &format!("{room}/bans/{id}")), &ann, Value::Null).await;
    let path = format!("/api/v1/invites/{}", link.body["code"].as_str().expect("a code"));
    for method in [Method::GET, Method::POST] {
        let refused = ask(&service, (method, &path), &bob, Value::Null).await;
        assert_eq!((refused.status, &refused.body["code"]), (403, &json!("banned")));
    }
    let one = format!("{invites}/{}", link.body["id"]);
    assert_eq!(ask(&service, (Method::DELETE, &one), &bob, Value::Null).await.status, 403);
    for _ in 0..2 {
        assert_eq!(ask(&service, (Method::DELETE, &one), &ann, Value::Null).await.status, 204);
    }
    for (body, code) in
        [(json!({"max_uses": 0}), 422), (json!({"seconds": 31_536_001}), 422), (json!({"code": "x"}), 422)]
    {
        assert_eq!(ask(&service, (Method::POST, &invites), &ann, body.clone()).await.status, code, "{body}");
    }
}
