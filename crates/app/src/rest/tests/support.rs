//! A server without a network, over a store in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service, read_body, try_call_service};
use actix_web::web::Data;
use hallway_adapter_local::{LocalBus, LocalPresence, LocalRateLimiter, LocalTickets};
use hallway_application::{Application, Ports};
use hallway_domain::ambient::{Clock, Ids};
use hallway_domain::ports::Store;
use hallway_hub::{Hub, HubDeps, HubSink};
use hallway_test_support::fakes::{FakeClock, FakeHasher, FakeIds, FakeStore, FakeTokens};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{self, Overrides};
use crate::state::AppState;
use crate::ws::Sockets;
use crate::{server, settings};

/// The server without a network.
pub(super) async fn start(
    environment: &[(&str, &str)],
) -> impl Service<actix_http::Request, Response = ServiceResponse<impl MessageBody>, Error = actix_web::Error> {
    let (state, sockets) = parts(environment);
    init_service(server::app(state, sockets)).await
}

pub(super) fn parts(environment: &[(&str, &str)]) -> (Data<AppState>, Data<Sockets>) {
    let environment: BTreeMap<_, _> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let config = Arc::new(config::load(&Overrides::default(), &environment).expect("valid").config);
    let store: Arc<dyn Store> = Arc::new(FakeStore::default());
    let clock: Arc<dyn Clock> = Arc::new(FakeClock::default());
    let ids: Arc<dyn Ids> = Arc::new(FakeIds::default());
    let tasks = TaskTracker::new();
    let sockets = settings::sockets(&config, "test".to_owned());
    let bus = LocalBus::new();
    let hub = Hub::new(HubDeps {
        store: Arc::clone(&store),
        bus: Arc::<LocalBus>::clone(&bus),
        encoder: Arc::new(sockets.encoder),
        clock: Arc::clone(&clock),
        tasks: tasks.clone(),
        settings: settings::hub(&config),
    });
    bus.attach(Arc::new(HubSink(Arc::downgrade(&hub))));
    let ports = Ports {
        store: Arc::clone(&store),
        bus,
        presence: Arc::new(LocalPresence::new()),
        limiter: Arc::new(LocalRateLimiter::default()),
        tickets: Arc::new(LocalTickets::default()),
        hasher: Arc::new(FakeHasher::default()),
        tokens: Arc::new(FakeTokens),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
    };
    let (app, writer) = Application::new(ports, settings::application(&config));
    tasks.spawn(writer.run());
    let sockets = Sockets::new(app.clone(), Arc::clone(&hub), Arc::clone(&clock), Arc::clone(&ids), sockets);
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let stopping = CancellationToken::new();
    let state = AppState { app, hub, store, clock, ids, config, stopping, metrics };
    (Data::new(state), Data::new(sockets))
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
    let request = request.peer_addr("127.0.0.1:4000".parse().expect("an address"));
    let named = |headers: &actix_web::http::header::HeaderMap| {
        let text = |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    };
    let parsed = |bytes: &[u8]| {
        serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
    };
    match try_call_service(service, request.to_request()).await {
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
