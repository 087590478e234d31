//! Requests to `/ws` that open no socket.

use actix_web::test::TestRequest;
use serde_json::json;

use super::support::{call, start};

#[actix_web::test]
async fn a_handshake_that_is_none_is_answered_with_a_problem() {
    let service = start(&[]).await;
    let all = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let without = |name: &str| all.into_iter().filter(|(other, _)| *other != name).collect::<Vec<_>>();
    let with = |name: &'static str, value: &'static str| [without(name), vec![(name, value)]].concat();
    for (headers, status, code) in [
        (vec![], 400, "bad_handshake"),
        (without("connection"), 400, "bad_handshake"),
        (without("upgrade"), 400, "bad_handshake"),
        (without("sec-websocket-version"), 400, "bad_handshake"),
        (without("sec-websocket-key"), 400, "bad_handshake"),
        (with("sec-websocket-key", "short"), 400, "bad_handshake"),
        (with("sec-websocket-version", "8"), 426, "unsupported_version"),
    ] {
        for path in ["/ws", "/api/v1/ws"] {
            let request = TestRequest::get().uri(path);
            let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
            let answer = call(&service, request).await;
            assert_eq!((answer.status, &answer.body["code"]), (status, &json!(code)), "{headers:?}: {}", answer.body);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.body["status"], status);
            assert!(!answer.body["detail"].as_str().unwrap_or_default().is_empty(), "{}", answer.body);
            assert_eq!(answer.body["request_id"], answer.headers["x-request-id"].as_str());
            if status == 426 {
                let told = (answer.headers["upgrade"].as_str(), answer.headers["sec-websocket-version"].as_str());
                assert_eq!(told, ("websocket", "13"));
            }
        }
    }
}
