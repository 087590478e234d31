//! Whether the server lives, is ready, and how it does.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_protocol::rest::Health;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::client;
use crate::config::MetricsAccess;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ws::Sockets;

/// How long others may take to show that they work.
const ANSWER: Duration = Duration::from_secs(1);

/// Whether the process answers
#[utoipa::path(get, path = "/api/v1/health",
    operation_id = "health", tag = "system", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok".to_owned() })
}

/// Whether requests can be served
///
/// The database and the bus answer, and the server is not about to stop.
#[utoipa::path(
    get, path = "/readyz",
    operation_id = "ready", tag = "system",
    responses((status = 200, body = Health), (status = 503, description = "Not ready")),
)]
pub(crate) async fn ready(state: Data<AppState>, sockets: Data<Sockets>) -> Result<HttpResponse, Problem> {
    let unready = |detail: &str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail);
    if sockets.is_stopping() {
        return Err(unready("stopping"));
    }
    let (database, bus) = tokio::join!(timeout(ANSWER, state.store.ping()), timeout(ANSWER, state.hub.check_bus()));
    if !answers("database", database) {
        return Err(unready("database does not answer"));
    }
    if !answers("bus", bus) {
        return Err(unready("bus does not answer"));
    }
    Ok(HttpResponse::Ok().json(Health { status: "ready".to_owned() }))
}

fn answers<E: std::fmt::Display>(what: &str, outcome: Result<Result<(), E>, Elapsed>) -> bool {
    let problem = match outcome {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::warn!(what, problem, "not ready");
    false
}

/// Prometheus metrics
///
/// Only for this machine unless `server.metrics` says otherwise.
#[utoipa::path(
    get, path = "/metrics",
    operation_id = "metrics", tag = "system",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 404, description = "Not for you"),
    ),
)]
pub(crate) async fn metrics(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let open = match state.config.server.metrics {
        MetricsAccess::Public => true,
        MetricsAccess::Loopback => client::is_local(&request),
        MetricsAccess::Off => false,
    };
    if !open {
        return Err(Problem::not_found());
    }
    #[expect(clippy::cast_precision_loss, reason = "connections are few against 2^52")]
    metrics::gauge!("hallway_connections").set(state.hub.connections() as f64);
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(state.metrics.render()))
}
