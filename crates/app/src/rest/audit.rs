//! The audit log.

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use hallway_domain::ports::{self, AuditFilter};
use hallway_domain::{AuditId, RoomId, UserId};
use hallway_protocol::rest::{AuditLine, CursorPage};

use super::extract::{RoomPath, Signed};
use super::fields::{Fields, MAX_SAFE};
use super::on;
use super::reports::{cursor_page, part};
use crate::problem::Problem;
use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(on("/rooms/{room_id}/audit", [(Method::GET, web::get().to(of_room))]))
        .service(on("/admin/audit", [(Method::GET, web::get().to(all))]));
}

struct Wanted {
    filter: AuditFilter,
    before: Option<AuditId>,
    limit: u32,
}

fn wanted(request: &HttpRequest) -> Result<Wanted, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let (cursor, limit) = part(&mut fields);
    let before = fields.integer("before", 1, MAX_SAFE).or(cursor).map(AuditId);
    let mut user = |name| fields.integer(name, 1, MAX_SAFE).map(UserId);
    let (actor, target) = (user("actor"), user("target"));
    let room = fields.integer("room", 1, MAX_SAFE).map(RoomId);
    let action = fields.text("action").filter(|action| !action.is_empty());
    fields.finish()?;
    Ok(Wanted { filter: AuditFilter { room, actor, target, action }, before, limit })
}

/// What was done in a room
///
/// For its moderators, the newest first.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/audit",
    operation_id = "room_audit", tag = "review", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("actor" = Option<i64>, Query, minimum = 1, description = "Only what this user did"),
        ("target" = Option<i64>, Query, minimum = 1, description = "Only what was done to this user"),
        ("action" = Option<String>, Query, description = "Only this, such as `ban`"),
        ("before" = Option<i64>, Query, minimum = 1, description = "Only lines before this one; `cursor` is the same"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100, description = "Default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the part before"),
    ),
    responses(
        (status = 200, body = CursorPage<AuditLine>),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn of_room(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let Wanted { filter, before, limit } = wanted(&request)?;
    let lines = state.app.review().room_audit(&caller.actor, room, filter, (before, limit)).await?;
    Ok(HttpResponse::Ok().json(cursor_page(lines, limit, |line| line.id.0, audit_line)))
}

/// What was done on the server
///
/// For administrators, the newest first: sign-ins, sessions and accounts too.
#[utoipa::path(
    get, path = "/api/v1/admin/audit",
    operation_id = "server_audit", tag = "review", security(("bearer" = [])),
    params(
        ("room" = Option<i64>, Query, minimum = 1, description = "Only of this room"),
        ("actor" = Option<i64>, Query, minimum = 1, description = "Only what this user did"),
        ("target" = Option<i64>, Query, minimum = 1, description = "Only what was done to this user"),
        ("action" = Option<String>, Query, description = "Only this, such as `ban`"),
        ("before" = Option<i64>, Query, minimum = 1, description = "Only lines before this one; `cursor` is the same"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100, description = "Default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the part before"),
    ),
    responses((status = 200, body = CursorPage<AuditLine>), (status = 403, description = "`administrators only`")),
)]
pub(crate) async fn all(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let Wanted { filter, before, limit } = wanted(&request)?;
    let lines = state.app.review().server_audit(&caller.actor, &filter, (before, limit)).await?;
    Ok(HttpResponse::Ok().json(cursor_page(lines, limit, |line| line.id.0, audit_line)))
}

fn audit_line(line: ports::AuditLine) -> AuditLine {
    AuditLine {
        id: line.id.0,
        at: line.at.into(),
        action: line.action,
        room_id: line.room.map(|id| id.0),
        actor_id: line.actor.map(|id| id.0),
        actor: line.actor_name.map(|user| user.username.into_string()),
        target_id: line.target.map(|id| id.0),
        target: line.target_name.map(|user| user.username.into_string()),
        reason: line.reason,
        details: line.details.into_iter().collect(),
    }
}
