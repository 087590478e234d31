//! Reports: made by members, decided by moderators and administrators.

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{Decision, ReportScope, Reported};
use hallway_domain::{self as domain, InvalidText, MessageId, Remark, ReportId, RoomId, UserId};
use hallway_protocol::rest::{
    CursorPage, Person, Report, ReportAction, ReportCreate, ReportReceipt, ReportResolution, ReportResolve,
};

use super::extract::{Body, ReportPath, RoomPath, RoomReportPath, Signed};
use super::fields::{Fields, MAX_SAFE};
use super::members::end;
use super::on;
use crate::problem::Problem;
use crate::state::AppState;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 100;

pub(crate) fn configure(config: &mut ServiceConfig) {
    let (get, post) = (Method::GET, Method::POST);
    config
        .service(on("/reports", [(post.clone(), web::to(create))]))
        .service(on("/rooms/{room_id}/reports", [(get.clone(), web::to(of_room))]))
        .service(on("/rooms/{room_id}/reports/{report_id}/resolve", [(post.clone(), web::to(resolve))]))
        .service(on("/admin/reports", [(get, web::to(all))]))
        .service(on("/admin/reports/{report_id}/resolve", [(post, web::to(resolve_any))]));
}

/// The last part of a list that goes on at a cursor: `limit` and `cursor`.
pub(super) fn part(fields: &mut Fields) -> (Option<i64>, u32) {
    let limit = fields.integer("limit", 1, MAX_LIMIT.into()).and_then(|limit| limit.try_into().ok());
    (fields.integer("cursor", 1, MAX_SAFE), limit.unwrap_or(DEFAULT_LIMIT))
}

/// A part as the wire has it; a full one may go on.
pub(super) fn cursor_page<T, U>(
    items: Vec<T>,
    limit: u32,
    id: impl Fn(&T) -> i64,
    convert: impl FnMut(T) -> U,
) -> CursorPage<U> {
    let is_full = items.len() >= limit as usize;
    let next_cursor = items.last().filter(|_| is_full).map(|last| id(last).to_string());
    CursorPage { next_cursor, items: items.into_iter().map(convert).collect() }
}

pub(super) fn person(user: domain::UserRef) -> Person {
    Person { id: user.id.0, username: user.username.into_string() }
}

/// Report a message or a user
///
/// Moderators of the room see it, and administrators. Whom it is about never learns who has reported. Reporting the same
/// again while nobody has decided gives the first report back.
#[utoipa::path(
    post, path = "/api/v1/reports",
    operation_id = "report", tag = "review", security(("bearer" = [])),
    request_body = ReportCreate,
    responses(
        (status = 201, body = ReportReceipt),
        (status = 200, body = ReportReceipt, description = "Reported before"),
        (status = 403, description = "Oneself, `not a member` or `banned`"),
        (status = 404, description = "`message not found`, `user not found` or `room not found`"),
        (status = 409, description = "Too many open reports"),
    ),
)]
pub(crate) async fn create(
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<ReportCreate>>,
) -> Result<HttpResponse, Problem> {
    let reported = match (body.message_id, body.user_id, body.room_id) {
        (Some(message), None, None) => Reported::Message(MessageId(message)),
        (None, Some(user), room) => Reported::User(UserId(user), room.map(RoomId)),
        _ => return Err(InvalidText::new("message_id", "give message_id, or user_id with or without room_id").into()),
    };
    let reason = Remark::parse("reason", &body.reason)?;
    let made = state.app.review().report(&caller.actor, reported, reason).await?;
    let mut response = if made.new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(ReportReceipt { id: made.id.0, created: made.new }))
}

/// List the reports of a room
///
/// For its moderators, the newest first. Reports about oneself are not among them.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/reports",
    operation_id = "list_reports", tag = "review", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("state" = Option<String>, Query, description = "`open` or `resolved`; both without it"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100, description = "Default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the part before"),
    ),
    responses(
        (status = 200, body = CursorPage<Report>),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn of_room(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    list(&request, &state, &caller.actor, ReportScope::Room(room)).await
}

/// List all reports
///
/// For administrators, the newest first: of every room, of direct conversations, and of users wherever they are.
#[utoipa::path(
    get, path = "/api/v1/admin/reports",
    operation_id = "list_all_reports", tag = "review", security(("bearer" = [])),
    params(
        ("state" = Option<String>, Query, description = "`open` or `resolved`; both without it"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100, description = "Default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the part before"),
    ),
    responses((status = 200, body = CursorPage<Report>), (status = 403, description = "`administrators only`")),
)]
pub(crate) async fn all(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    list(&request, &state, &caller.actor, ReportScope::Server).await
}

async fn list(
    request: &HttpRequest,
    state: &AppState,
    actor: &domain::Actor,
    scope: ReportScope,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let (cursor, limit) = part(&mut fields);
    let open = fields.word("state", &["open", "resolved"]).map(|word| word == "open");
    fields.finish()?;
    let reports = state.app.review().reports(actor, scope, open, (cursor.map(ReportId), limit)).await?;
    Ok(HttpResponse::Ok().json(cursor_page(reports, limit, |view| view.report.id.0, report)))
}

/// Decide about a report
///
/// Does what `action` says, as if done by hand, and ends all open reports of the same message or user. It may be
/// repeated; another decision than the first is a conflict.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/reports/{report_id}/resolve",
    operation_id = "resolve_report", tag = "review", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("report_id" = i64, Path)),
    request_body = ReportResolve,
    responses(
        (status = 200, body = Report),
        (status = 403, description = "`not moderator`, or `not permitted` against a higher rank"),
        (status = 404, description = "`room not found` or `report not found`"),
        (status = 409, description = "`report was decided otherwise`"),
    ),
)]
pub(crate) async fn resolve(
    state: Data<AppState>,
    Signed(caller, (RoomReportPath(room, report), Body(body))): Signed<(RoomReportPath, Body<ReportResolve>)>,
) -> Result<HttpResponse, Problem> {
    decide(&state, &caller.actor, (ReportScope::Room(room), report), body).await
}

/// Decide about any report
///
/// For administrators. To delete a message, mute or ban they must moderate the room, as everybody.
#[utoipa::path(
    post, path = "/api/v1/admin/reports/{report_id}/resolve",
    operation_id = "resolve_any_report", tag = "review", security(("bearer" = [])),
    params(("report_id" = i64, Path)),
    request_body = ReportResolve,
    responses(
        (status = 200, body = Report),
        (status = 403, description = "`administrators only`, or not a moderator of the room"),
        (status = 404, description = "`report not found`, or the room is not there for the caller"),
        (status = 409, description = "`report was decided otherwise`"),
    ),
)]
pub(crate) async fn resolve_any(
    state: Data<AppState>,
    Signed(caller, (ReportPath(report), Body(body))): Signed<(ReportPath, Body<ReportResolve>)>,
) -> Result<HttpResponse, Problem> {
    decide(&state, &caller.actor, (ReportScope::Server, report), body).await
}

async fn decide(
    state: &AppState,
    actor: &domain::Actor,
    target: (ReportScope, ReportId),
    body: ReportResolve,
) -> Result<HttpResponse, Problem> {
    let until = body.seconds.map(|seconds| end(seconds, state.clock.now())).transpose()?;
    let decision = match body.action {
        ReportAction::Dismiss => Decision::Dismiss,
        ReportAction::DeleteMessage => Decision::DeleteMessage,
        ReportAction::Mute => Decision::Mute(until),
        ReportAction::Ban => Decision::Ban(until),
    };
    let note = body.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    let note = note.map(|note| Remark::parse("reason", note)).transpose()?;
    let view = state.app.review().resolve(actor, target, decision, note).await?;
    Ok(HttpResponse::Ok().json(report(view)))
}

fn report(view: domain::ReportView) -> Report {
    let domain::ReportView { report, room_name, reporter, target, resolved_by } = view;
    let resolution = report.resolved.as_ref().map(|resolved| match resolved.resolution {
        domain::Resolution::Dismissed => ReportResolution::Dismissed,
        domain::Resolution::MessageDeleted => ReportResolution::MessageDeleted,
        domain::Resolution::Muted => ReportResolution::Muted,
        domain::Resolution::Banned => ReportResolution::Banned,
    });
    Report {
        id: report.id.0,
        is_open: report.resolved.is_none(),
        room_id: report.room.map(|id| id.0),
        room: room_name.map(domain::RoomName::into_string),
        message_id: report.message.map(|id| id.0),
        quote: report.quote,
        target: target.map(person),
        reporter: reporter.map(person),
        reason: report.reason,
        created_at: report.created_at.into(),
        resolution,
        resolved_at: report.resolved.as_ref().map(|resolved| resolved.at.into()),
        resolved_by: resolved_by.map(person),
        note: report.resolved.and_then(|resolved| resolved.note),
    }
}
