//! Whether the server lives, is ready, and how it does.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_protocol::rest::{Health, Readiness};
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
/// The database answers, and the server is not about to stop. That the bus between the nodes answers is told, and no
/// condition: without it a node serves its own people at once and the others' through the database, and if its absence
/// made nodes unready they would all be so at the same time.
#[utoipa::path(
    get, path = "/readyz",
    operation_id = "ready", tag = "system",
    responses((status = 200, body = Readiness), (status = 503, description = "Not ready")),
)]
pub(crate) async fn ready(state: Data<AppState>, sockets: Data<Sockets>) -> Result<HttpResponse, Problem> {
    let unready = |detail: &str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail);
    if sockets.is_stopping() {
        return Err(unready("stopping"));
    }
    let (database, bus) = tokio::join!(timeout(ANSWER, state.store.ping()), bus_answers(&state));
    if let Some(problem) = problem(database) {
        tracing::warn!(problem, "not ready: the database does not answer");
        return Err(unready("database does not answer"));
    }
    let (status, bus) = if bus { ("ready", "ok") } else { ("degraded", "away") };
    Ok(HttpResponse::Ok().json(Readiness { status: status.to_owned(), bus: bus.to_owned() }))
}

/// Also as the metric `hallway_bus_up`. The bus itself logs its coming and going.
async fn bus_answers(state: &AppState) -> bool {
    let problem = problem(timeout(ANSWER, state.hub.check_bus()).await);
    if let Some(problem) = &problem {
        tracing::debug!(problem, "degraded: the bus does not answer");
    }
    metrics::gauge!("hallway_bus_up").set(if problem.is_none() { 1.0 } else { 0.0 });
    problem.is_none()
}

fn problem<E: std::fmt::Display>(outcome: Result<Result<(), E>, Elapsed>) -> Option<String> {
    match outcome {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(late) => Some(late.to_string()),
    }
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
    bus_answers(&state).await;
    #[expect(clippy::cast_precision_loss, reason = "connections are few against 2^52")]
    metrics::gauge!("hallway_connections").set(state.hub.connections() as f64);
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(state.metrics.render()))
}
