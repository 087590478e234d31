//! Roles and sanctions as verbs that may be repeated.

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{Impose, SetSanction};
use hallway_domain::{Order, RoomId, SanctionKind, UserId};
use hallway_protocol::rest::{KickBody, Member, OwnerBody, Page, Sanction, SanctionBody};
use time::Duration;

use super::extract::{Body, MemberPath, OptionalBody, RoomPath, Signed};
use super::fields::Fields;
use super::members::{end, reason};
use super::{dto, on};
use crate::problem::Problem;
use crate::state::AppState;

const MAX_LIMIT: u32 = 200;

pub(crate) fn configure(config: &mut ServiceConfig) {
    let (get, put, delete) = (Method::GET, Method::PUT, Method::DELETE);
    config
        .service(on("/rooms/{room_id}/bans", [(get.clone(), web::to(bans))]))
        .service(on("/rooms/{room_id}/bans/{user_id}", [(put.clone(), web::to(ban)), (delete.clone(), web::to(unban))]))
        .service(on("/rooms/{room_id}/mutes", [(get, web::to(mutes))]))
        .service(on(
            "/rooms/{room_id}/mutes/{user_id}",
            [(put.clone(), web::to(mute)), (delete.clone(), web::to(unmute))],
        ))
        .service(on(
            "/rooms/{room_id}/moderators/{user_id}",
            [(put.clone(), web::to(promote)), (delete.clone(), web::to(demote))],
        ))
        .service(on("/rooms/{room_id}/members/{user_id}", [(delete, web::to(kick))]))
        .service(on("/rooms/{room_id}/owner", [(put, web::to(hand_over))]));
}

type Put = Signed<(MemberPath, OptionalBody<SanctionBody>)>;

/// List bans in force
///
/// For moderators, in the order in which they were imposed.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/bans",
    operation_id = "list_bans", tag = "members", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses(
        (status = 200, body = Page<Sanction>),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn bans(
    request: HttpRequest,
    state: Data<AppState>,
    room: Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    list(&request, &state, room, SanctionKind::Ban).await
}

/// List mutes in force
///
/// For moderators, in the order in which they were imposed.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/mutes",
    operation_id = "list_mutes", tag = "members", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses(
        (status = 200, body = Page<Sanction>),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn mutes(
    request: HttpRequest,
    state: Data<AppState>,
    room: Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    list(&request, &state, room, SanctionKind::Mute).await
}

async fn list(
    request: &HttpRequest,
    state: &AppState,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
    kind: SanctionKind,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let page = fields.page(50, MAX_LIMIT, Order::Ascending);
    fields.finish()?;
    let sanctions = state.app.moderation().sanctions(&caller.actor, room, kind, page).await?;
    Ok(HttpResponse::Ok().json(dto::page(sanctions, page, dto::sanction)))
}

/// Ban somebody
///
/// For moderators; also who is not a member (any more). Takes the room away from the user's sockets at once and survives
/// leaving and every way back in. Banning again sets another end and reason.
#[utoipa::path(
    put, path = "/api/v1/rooms/{room_id}/bans/{user_id}",
    operation_id = "ban_user", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    request_body(content = Option<SanctionBody>),
    responses(
        (status = 200, body = Member),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn ban(state: Data<AppState>, put: Put) -> Result<HttpResponse, Problem> {
    impose(&state, put, SanctionKind::Ban).await
}

/// Lift a ban
///
/// For moderators. Lifting what does not hold is fine.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/bans/{user_id}",
    operation_id = "unban_user", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    responses(
        (status = 204, description = "Not banned"),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn unban(state: Data<AppState>, path: Signed<MemberPath>) -> Result<HttpResponse, Problem> {
    lift(&state, path, SanctionKind::Ban).await
}

/// Mute somebody
///
/// For moderators; also who is not a member (any more). Muting again sets another end and reason.
#[utoipa::path(
    put, path = "/api/v1/rooms/{room_id}/mutes/{user_id}",
    operation_id = "mute_user", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    request_body(content = Option<SanctionBody>),
    responses(
        (status = 200, body = Member),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn mute(state: Data<AppState>, put: Put) -> Result<HttpResponse, Problem> {
    impose(&state, put, SanctionKind::Mute).await
}

/// Lift a mute
///
/// For moderators. Lifting what does not hold is fine.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/mutes/{user_id}",
    operation_id = "unmute_user", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    responses(
        (status = 204, description = "Not muted"),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn unmute(state: Data<AppState>, path: Signed<MemberPath>) -> Result<HttpResponse, Problem> {
    lift(&state, path, SanctionKind::Mute).await
}

async fn impose(state: &AppState, put: Put, kind: SanctionKind) -> Result<HttpResponse, Problem> {
    let Signed(caller, (MemberPath(room, user), OptionalBody(body))) = put;
    let body = body.unwrap_or_default();
    let impose = Impose {
        kind,
        reason: reason(body.reason)?,
        expires_at: body.seconds.map(|seconds| end(seconds, state.clock.now())).transpose()?,
        purge: body.purge_hours.map(|hours| Duration::hours(i64::from(hours))),
    };
    let member = state.app.moderation().impose(&caller.actor, room, user, impose).await?;
    Ok(HttpResponse::Ok().json(dto::member(member)))
}

async fn lift(
    state: &AppState,
    Signed(caller, MemberPath(room, user)): Signed<MemberPath>,
    kind: SanctionKind,
) -> Result<HttpResponse, Problem> {
    let off = SetSanction { kind, on: Some(false), reason: None, expires_at: None };
    state.app.moderation().set_sanction(&caller.actor, room, user, off).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make a member a moderator
///
/// For moderators. Who is one already, or the owner, stays that.
#[utoipa::path(
    put, path = "/api/v1/rooms/{room_id}/moderators/{user_id}",
    operation_id = "add_moderator", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    responses(
        (status = 200, body = Member),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn promote(
    state: Data<AppState>,
    Signed(caller, MemberPath(room, user)): Signed<MemberPath>,
) -> Result<HttpResponse, Problem> {
    let member = state.app.moderation().set_moderator(&caller.actor, room, user, Some(true)).await?;
    Ok(HttpResponse::Ok().json(dto::member(member)))
}

/// Make a moderator a member again
///
/// For whoever is of a higher rank, and for moderators themselves. Repeating it is fine.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/moderators/{user_id}",
    operation_id = "remove_moderator", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    responses(
        (status = 204, description = "No moderator"),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn demote(
    state: Data<AppState>,
    Signed(caller, MemberPath(room, user)): Signed<MemberPath>,
) -> Result<HttpResponse, Problem> {
    state.app.moderation().set_moderator(&caller.actor, room, user, Some(false)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Put a member out
///
/// For moderators. Takes the room away from the member's sockets at once. Into a public room they may come back: that is
/// what bans are for. Repeating it is fine.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/members/{user_id}",
    operation_id = "kick_member", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    request_body(content = Option<KickBody>),
    responses(
        (status = 204, description = "No member"),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn kick(
    state: Data<AppState>,
    Signed(caller, (MemberPath(room, user), OptionalBody(body))): Signed<(MemberPath, OptionalBody<KickBody>)>,
) -> Result<HttpResponse, Problem> {
    let why = reason(body.and_then(|body| body.reason))?;
    state.app.moderation().kick(&caller.actor, room, user, why).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Hand the room over
///
/// For the owner, who stays as a moderator. The new owner's mute and ban end.
#[utoipa::path(
    put, path = "/api/v1/rooms/{room_id}/owner",
    operation_id = "hand_over_room", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body = OwnerBody,
    responses(
        (status = 200, body = Member),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn hand_over(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), Body(body))): Signed<(RoomPath, Body<OwnerBody>)>,
) -> Result<HttpResponse, Problem> {
    let (room, target): (RoomId, UserId) = (room, UserId(body.user_id));
    let member = state.app.moderation().hand_over(&caller.actor, room, target).await?;
    Ok(HttpResponse::Ok().json(dto::member(member)))
}
