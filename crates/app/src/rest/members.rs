//! Memberships, roles and sanctions.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{Conflict, Error, Missing, SetSanction};
use hallway_domain::policy::Denied;
use hallway_domain::{InvalidText, Order, RoomKind, SanctionKind, Timestamp, Username};
use hallway_protocol::rest::{AddMember, Member, ModeratorBody, Page, ToggleBody};
use time::Duration;

use super::dto;
use super::extract::{Body, MemberPath, OptionalBody, RoomPath, Signed};
use super::fields::Fields;
use crate::problem::Problem;
use crate::state::AppState;

const MAX_LIMIT: u32 = 500;
/// Longest that a sanction may be set to last: ten years. One without an end has no length.
const MAX_SECONDS: u64 = 315_360_000;
const REASON_CHARS: usize = 500;

/// List members
///
/// The longest members first.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/members",
    operation_id = "list_members", tag = "members", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500, description = "Default 100"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses(
        (status = 200, body = Page<Member>),
        (status = 403, description = "`banned`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let page = fields.page(100, MAX_LIMIT, Order::Ascending);
    fields.finish()?;
    let members = state.app.rooms().members(&caller.actor, room, page).await?;
    Ok(HttpResponse::Ok().json(dto::page(members, page, dto::member)))
}

/// Make somebody a member
///
/// For moderators; the way into a private room.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/members",
    operation_id = "add_member", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body = AddMember,
    responses(
        (status = 201, body = Member),
        (status = 403, description = "`not moderator`, or the user is banned"),
        (status = 404, description = "`room not found` or `user not found`"),
        (status = 409, description = "`already member`"),
    ),
)]
pub(crate) async fn add(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), Body(body))): Signed<(RoomPath, Body<AddMember>)>,
) -> Result<HttpResponse, Problem> {
    let username = Username::parse(&body.username).map_err(|_| Error::from(Missing::User))?;
    let member = state.app.rooms().add_member(&caller.actor, room, &username).await?;
    Ok(HttpResponse::Created().json(dto::member(member)))
}

/// Join a public room
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/join",
    operation_id = "join_room", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    responses(
        (status = 201, body = Member),
        (status = 403, description = "`room is private` or `banned`"),
        (status = 404, description = "`room not found`"),
        (status = 409, description = "`already member`"),
    ),
)]
pub(crate) async fn join(
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let entry = state.app.rooms().join(&caller.actor, room).await?;
    if !entry.new {
        // FastRoom says so of a private room to its members too.
        let is_private = entry.room.kind == RoomKind::Private;
        let error: Error = if is_private { Denied::PrivateRoom.into() } else { Conflict::AlreadyMember.into() };
        return Err(error.into());
    }
    let member = state.app.rooms().member(&caller.actor, room, caller.actor.id()).await?;
    Ok(HttpResponse::Created().json(dto::member(member)))
}

/// Leave a room
///
/// When the last owner leaves, the member of the highest role and then of the longest standing takes over.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/leave",
    operation_id = "leave_room", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    responses(
        (status = 204, description = "Left"),
        (status = 403, description = "Not possible in a direct conversation"),
        (status = 404, description = "`membership not found` or `room not found`"),
    ),
)]
pub(crate) async fn leave(
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    state.app.rooms().leave(&caller.actor, room).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make a member a moderator, or no more
///
/// For moderators. Without a body it toggles.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/members/{user_id}/moderator",
    operation_id = "set_moderator", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    request_body(content = Option<ModeratorBody>),
    responses(
        (status = 200, body = Member),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn moderator(
    state: Data<AppState>,
    Signed(caller, (MemberPath(room, user), OptionalBody(body))): Signed<(MemberPath, OptionalBody<ModeratorBody>)>,
) -> Result<HttpResponse, Problem> {
    let member = state.app.moderation().set_moderator(&caller.actor, room, user, body.and_then(|body| body.on)).await?;
    Ok(HttpResponse::Ok().json(dto::member(member)))
}

type Toggle = Signed<(MemberPath, OptionalBody<ToggleBody>)>;

/// Ban a member, or lift the ban
///
/// For moderators. Without a body it toggles. A ban takes the room away from the member's sockets at once and survives
/// leaving.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/members/{user_id}/ban",
    operation_id = "set_ban", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    request_body(content = Option<ToggleBody>),
    responses(
        (status = 200, body = Member),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn ban(state: Data<AppState>, toggle: Toggle) -> Result<HttpResponse, Problem> {
    sanction(&state, toggle, SanctionKind::Ban).await
}

/// Mute a member, or lift the mute
///
/// For moderators. Without a body it toggles.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/members/{user_id}/mute",
    operation_id = "set_mute", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("user_id" = i64, Path)),
    request_body(content = Option<ToggleBody>),
    responses(
        (status = 200, body = Member),
        (status = 403, description = "`not moderator` or `not permitted`"),
        (status = 404, description = "`member not found` or `room not found`"),
    ),
)]
pub(crate) async fn mute(state: Data<AppState>, toggle: Toggle) -> Result<HttpResponse, Problem> {
    sanction(&state, toggle, SanctionKind::Mute).await
}

async fn sanction(state: &AppState, toggle: Toggle, kind: SanctionKind) -> Result<HttpResponse, Problem> {
    let Signed(caller, (MemberPath(room, user), OptionalBody(body))) = toggle;
    let body = body.unwrap_or_default();
    let expires_at = body.seconds.map(|seconds| end(seconds, state.clock.now())).transpose()?;
    let sanction = SetSanction { kind, on: body.on, reason: reason(body.reason)?, expires_at };
    let member = state.app.moderation().set_sanction(&caller.actor, room, user, sanction).await?;
    Ok(HttpResponse::Ok().json(dto::member(member)))
}

pub(super) fn end(seconds: u64, now: Timestamp) -> Result<Timestamp, InvalidText> {
    let bounded = (1..=MAX_SECONDS).contains(&seconds).then_some(seconds).and_then(|seconds| seconds.try_into().ok());
    bounded
        .map(|seconds| now + Duration::seconds(seconds))
        .ok_or_else(|| InvalidText::new("seconds", format!("seconds must be from 1 to {MAX_SECONDS}")))
}

pub(super) fn reason(text: Option<String>) -> Result<Option<String>, InvalidText> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    if text.chars().count() > REASON_CHARS || text.contains('\0') {
        return Err(InvalidText::new(
            "reason",
            format!("reason must have at most {REASON_CHARS} characters and no NUL"),
        ));
    }
    Ok(Some(text))
}
