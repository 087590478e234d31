//! Who balances loads is told where not to send anybody.

use std::time::{Duration, Instant};

use actix_web::test::{TestRequest, init_service};
use actix_web::web::Data;
use hallway_test_support::fakes::FakeStore;

use super::support::{call, parts_over};
use crate::server;

#[actix_web::test]
async fn a_database_that_does_not_answer_makes_it_unready_soon() {
    let store = FakeStore::default();
    let (state, sockets) = parts_over(store.clone(), &[]);
    let service = init_service(server::app(state, sockets)).await;
    let ready = || TestRequest::get().uri("/readyz");
    let answer = call(&service, ready()).await;
    assert_eq!((answer.status, &answer.body), (200, &serde_json::json!({"status": "ready", "bus": "ok"})));
    store.hang();
    let begin = Instant::now();
    let answer = call(&service, ready()).await;
    assert_eq!((answer.status, &answer.body["code"]), (503, &"not_ready".into()), "{}", answer.body);
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!(call(&service, TestRequest::get().uri("/health")).await.status, 200, "the process itself is well");
}

#[actix_web::test]
async fn a_server_that_stops_is_unready_and_lets_no_socket_in() {
    let (state, sockets) = parts_over(FakeStore::default(), &[]);
    let service = init_service(server::app(state, Data::clone(&sockets))).await;
    sockets.shutdown(Duration::ZERO, Duration::from_secs(1)).await;
    let answer = call(&service, TestRequest::get().uri("/readyz")).await;
    assert_eq!((answer.status, &answer.body["detail"]), (503, &"stopping".into()));
    let answer = call(&service, TestRequest::get().uri("/ws")).await;
    assert_eq!((answer.status, &answer.body["code"]), (503, &"stopping".into()));
    assert!(answer.headers.contains_key("retry-after"), "{:?}", answer.headers);
    assert_eq!(call(&service, TestRequest::get().uri("/health")).await.status, 200);
}
