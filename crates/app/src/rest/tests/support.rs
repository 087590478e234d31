//! A server without a network, over a store in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{HOST, HeaderMap, HeaderValue};
use actix_web::test::{TestRequest, init_service, read_body, try_call_service};
use actix_web::web::Data;
use hallway_test_support::fakes::{FakeClock, FakeHasher, FakeIds, FakeStore, FakeTokens};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};

use crate::config::{self, Overrides};
use crate::server;
use crate::state::AppState;
use crate::wiring::{self, Outside};
use crate::ws::Sockets;

/// The server without a network.
pub(super) async fn start(
    environment: &[(&str, &str)],
) -> impl Service<actix_http::Request, Response = ServiceResponse<impl MessageBody>, Error = actix_web::Error> {
    let (state, sockets) = parts(environment);
    init_service(server::app(state, sockets)).await
}

pub(super) fn parts(environment: &[(&str, &str)]) -> (Data<AppState>, Data<Sockets>) {
    parts_over(FakeStore::default(), environment)
}

pub(super) fn parts_over(store: FakeStore, environment: &[(&str, &str)]) -> (Data<AppState>, Data<Sockets>) {
    let environment: BTreeMap<_, _> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let config = Arc::new(config::load(&Overrides::default(), &environment).expect("valid").config);
    let outside = Outside {
        store: Arc::new(store),
        hasher: Arc::new(FakeHasher::default()),
        tokens: Arc::new(FakeTokens),
        clock: Arc::new(FakeClock::default()),
        ids: Arc::new(FakeIds::default()),
        files: None,
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        redis: None,
    };
    let wired = wiring::assemble(config, outside);
    (wired.state, wired.sockets)
}

/// An answer, read whole.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
}

pub(super) async fn call<S, B>(service: &S, request: TestRequest) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let mut request = request.peer_addr("127.0.0.1:4000".parse().expect("an address")).to_request();
    if !request.headers_mut().contains_key(HOST) {
        request.headers_mut().insert(HOST, HeaderValue::from_static("127.0.0.1:8000"));
    }
    let named = |headers: &HeaderMap| {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    };
    let parsed = |bytes: &[u8]| {
        serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
    };
    match try_call_service(service, request).await {
        Ok(response) => {
            let (status, headers) = (response.status().as_u16(), named(response.headers()));
            Answer { status, headers, body: parsed(&read_body(response).await) }
        }
        Err(error) => {
            let response = error.error_response();
            let (status, headers) = (response.status().as_u16(), named(response.headers()));
            let bytes = actix_web::body::to_bytes(response.into_body()).await.expect("a whole body");
            Answer { status, headers, body: parsed(&bytes) }
        }
    }
}

pub(super) async fn sign_up<S, B>(service: &S, name: &str) -> String
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let account = json!({"username": name, "password": "a long enough one"});
    let answer = call(service, TestRequest::post().uri("/register").set_json(account)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let form = [("username", name), ("password", "a long enough one")];
    let answer = call(service, TestRequest::post().uri("/token").set_form(form)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["access_token"].as_str().expect("a token").to_owned()
}

pub(super) fn signed(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header(("authorization", format!("Bearer {token}")))
}

pub(super) async fn joined_id<S, B>(service: &S, token: &str) -> i64
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let me = call(service, signed(TestRequest::get().uri("/users/me"), token)).await;
    me.body["id"].as_i64().expect("an id")
}
