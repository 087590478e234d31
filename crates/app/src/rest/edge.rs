//! Around every request: an id, a line in the log, a measurement, and an answer even where a handler panics.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use futures_util::FutureExt as _;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::client;
use crate::problem::{Problem, REQUEST_ID};
use crate::state::AppState;

/// What a handler came to; the outer error is a panic.
type Outcome<T> = std::thread::Result<Result<T, Error>>;

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The middleware. It never sees a query string or a body, so neither can get into the log.
pub(crate) async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let state = request.app_data::<web::Data<AppState>>().cloned().ok_or_else(Problem::internal)?;
    let id = request_id(request.headers()).unwrap_or_else(|| state.ids.uuid_v7().to_string());
    let (method, path) = (request.method().clone(), shown(request.path()));
    let client = client::address(request.request(), &state.config.server.trusted_proxies);
    let span = tracing::info_span!("request", id);
    let call = REQUEST_ID.scope(id.clone(), AssertUnwindSafe(next.call(request)).catch_unwind());
    let call = call.instrument(span.clone());
    let outcome = if method.is_safe() { call.await } else { see_through(&state.tasks, call).await };
    let answer = outcome.unwrap_or_else(|panic| {
        let _entered = span.enter();
        tracing::error!(panic = panic_text(panic.as_ref()), "a handler panicked");
        Err(Problem::internal().into())
    });
    let id_value = HeaderValue::from_str(&id).ok();
    let (status, route, answer) = match answer {
        Ok(mut response) => {
            if let Some(value) = id_value {
                response.headers_mut().insert(X_REQUEST_ID.clone(), value);
            }
            harden(response.headers_mut());
            let route = response.request().match_pattern().unwrap_or_else(|| "other".to_owned());
            (response.status(), route, Ok(response))
        }
        Err(error) => {
            let mut response = REQUEST_ID.sync_scope(id, || error.as_response_error().error_response());
            if let Some(value) = id_value {
                response.headers_mut().insert(X_REQUEST_ID.clone(), value);
            }
            harden(response.headers_mut());
            (response.status(), "other".to_owned(), Err(InternalError::from_response(error, response).into()))
        }
    };
    measure(method.as_str(), &route, status, began);
    let _entered = span.enter();
    let client = client.map(|address| address.to_string()).unwrap_or_default();
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    if is_quiet(&route) {
        tracing::debug!(%method, path, status = status.as_u16(), ms, client, "answered");
    } else {
        tracing::info!(%method, path, status = status.as_u16(), ms, client, "answered");
    }
    answer
}

/// The path as the log shows it: whoever knows the name of an upload may have it.
fn shown(path: &str) -> String {
    const UPLOADS: &str = "/static/uploads/";
    if path.starts_with(UPLOADS) { format!("{UPLOADS}..") } else { path.to_owned() }
}

/// Carries out what changes something to its end. The HTTP layer drops a handler whose client resets the connection,
/// which may be after the commit and before the others are told: a banned user would keep the room.
async fn see_through<T: 'static>(tasks: &TaskTracker, call: impl Future<Output = Outcome<T>> + 'static) -> Outcome<T> {
    // A panic is caught within; what is left is a runtime that ends.
    tasks.spawn_local(call).await.unwrap_or_else(|_| Ok(Err(Problem::internal().into())))
}

/// Answers are what they say they are, and nobody keeps them who was not told to.
fn harden(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// A name that the client gave to its request, if it is one that a log can hold.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(&X_REQUEST_ID)?.to_str().ok()?;
    let fits = (1..=64).contains(&text.len());
    (fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))).then(|| text.to_owned())
}

/// Asked every few seconds by machines.
fn is_quiet(route: &str) -> bool {
    matches!(route, "/health" | "/api/v1/health" | "/readyz" | "/metrics")
}

fn measure(method: &str, route: &str, status: StatusCode, began: Instant) {
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.as_str().to_owned())];
    metrics::counter!("hallway_http_requests_total", &labels).increment(1);
    metrics::histogram!("hallway_http_request_seconds", "route" => route.to_owned()).record(began.elapsed());
}

/// What the metrics of this module mean.
pub(crate) fn describe_metrics() {
    metrics::describe_counter!("hallway_http_requests_total", "Requests answered, by method, route and status");
    metrics::describe_histogram!("hallway_http_request_seconds", metrics::Unit::Seconds, "Time to answer a request");
    metrics::describe_counter!("hallway_writer_batches_total", "Transactions that stored messages");
    metrics::describe_counter!("hallway_writer_messages_total", "Messages stored by them");
    metrics::describe_gauge!("hallway_connections", "Live WebSocket connections of this node");
    metrics::describe_gauge!("hallway_bus_up", "Whether the bus between the nodes answers: 1 or 0");
    metrics::describe_counter!("hallway_limits_alone_total", "Rates counted by this node alone");
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown")
}
