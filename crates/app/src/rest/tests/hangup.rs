//! Clients that do not wait for their answer.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Service as _;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Data;
use actix_web::{App, HttpResponse, web};
use futures_util::poll;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::support::parts;
use crate::rest::edge;

/// A handler that waits in its middle, as for a commit.
#[derive(Default)]
struct Stages {
    begun: Notify,
    go_on: Notify,
    ended: Notify,
}

async fn handler(stages: Data<Stages>) -> HttpResponse {
    stages.begun.notify_one();
    stages.go_on.notified().await;
    stages.ended.notify_one();
    HttpResponse::Ok().finish()
}

/// Whether the handler ends although its client has gone.
async fn ends(method: Method) -> bool {
    let (state, _sockets) = parts(&[]);
    let stages = Data::from(Arc::new(Stages::default()));
    let app = App::new().app_data(state).app_data(Data::clone(&stages)).wrap(from_fn(edge));
    let service = init_service(app.route("/", web::to(handler))).await;
    let request = TestRequest::default().method(method).peer_addr("127.0.0.1:4000".parse().expect("an address"));
    let mut call = Box::pin(service.call(request.to_request()));
    assert!(poll!(&mut call).is_pending());
    timeout(Duration::from_secs(5), stages.begun.notified()).await.expect("it has begun");
    // What the HTTP layer does when the client resets the connection.
    drop(call);
    stages.go_on.notify_one();
    timeout(Duration::from_secs(1), stages.ended.notified()).await.is_ok()
}

#[actix_web::test]
async fn what_was_begun_is_done_even_when_the_client_hangs_up() {
    for method in [Method::POST, Method::PATCH, Method::DELETE] {
        assert!(ends(method.clone()).await, "{method}");
    }
    assert!(!ends(Method::GET).await, "nobody reads on for a client that has gone");
}
