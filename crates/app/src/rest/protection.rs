//! The door of a room.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use hallway_domain::{self as domain, RoomRules};
use hallway_protocol::rest::{Protection, ProtectionPatch};

use super::extract::{Body, RoomPath, Signed};
use super::on;
use crate::problem::Problem;
use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(on(
        "/rooms/{room_id}/protection",
        [(Method::GET, web::get().to(get)), (Method::PATCH, web::patch().to(update))],
    ));
}

/// Who may not come in by themselves
///
/// For moderators.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/protection",
    operation_id = "get_protection", tag = "review", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    responses(
        (status = 200, body = Protection),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn get(
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let rules = state.app.review().protection(&caller.actor, room).await?;
    Ok(HttpResponse::Ok().json(protection(rules)))
}

/// Change who may not come in by themselves
///
/// For moderators. It holds for joining and for links; whom a moderator adds comes in. Administrators always do, and
/// members stay. Refused ones get `room_locked`, `account_too_new`, or `joining_too_fast` with `Retry-After`.
#[utoipa::path(
    patch, path = "/api/v1/rooms/{room_id}/protection",
    operation_id = "update_protection", tag = "review", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body = ProtectionPatch,
    responses(
        (status = 200, body = Protection),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn update(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), Body(body))): Signed<(RoomPath, Body<ProtectionPatch>)>,
) -> Result<HttpResponse, Problem> {
    let ProtectionPatch { locked_down, join_per_minute, min_account_age_seconds } = body;
    let patch = domain::ProtectionPatch { locked_down, join_per_minute, min_account_age_seconds };
    let rules = state.app.review().protect(&caller.actor, room, patch).await?;
    Ok(HttpResponse::Ok().json(protection(rules)))
}

const fn protection(rules: RoomRules) -> Protection {
    let RoomRules { locked_down, join_per_minute, min_account_age_seconds, .. } = rules;
    Protection { locked_down, join_per_minute, min_account_age_seconds }
}
