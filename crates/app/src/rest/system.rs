//! Whether the server lives, is ready, and how it does.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_protocol::rest::Health;

use super::client;
use crate::config::MetricsAccess;
use crate::problem::Problem;
use crate::state::AppState;

/// Whether the process answers
#[utoipa::path(get, path = "/api/v1/health",
    operation_id = "health", tag = "system", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok".to_owned() })
}

/// Whether requests can be served
///
/// The database answers, and the server is not about to stop.
#[utoipa::path(
    get, path = "/readyz",
    operation_id = "ready", tag = "system",
    responses((status = 200, body = Health), (status = 503, description = "Not ready")),
)]
pub(crate) async fn ready(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let unready = |detail: &str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail);
    if state.stopping.is_cancelled() {
        return Err(unready("stopping"));
    }
    if let Err(error) = state.store.ping().await {
        tracing::warn!(%error, "not ready");
        return Err(unready("database does not answer"));
    }
    Ok(HttpResponse::Ok().json(Health { status: "ready".to_owned() }))
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
