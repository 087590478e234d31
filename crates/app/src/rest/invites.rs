//! Links into rooms.

use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use hallway_domain::{InvalidText, InviteTerms, InviteView, Order};
use hallway_protocol::rest::{Invite, InviteCreate, InvitePreview, Page, Room};
use time::Duration;

use super::extract::{InviteIdPath, OptionalBody, RoomPath, Signed};
use super::fields::Fields;
use super::{dto, on};
use crate::problem::Problem;
use crate::state::AppState;

const MAX_LIMIT: u32 = 200;

pub(crate) fn configure(config: &mut ServiceConfig) {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    config
        .service(on("/rooms/{room_id}/invites", [(get.clone(), web::to(list)), (post.clone(), web::to(create))]))
        .service(on("/rooms/{room_id}/invites/{invite_id}", [(delete, web::to(revoke))]))
        .service(on("/invites/{code}", [(get, web::to(preview)), (post, web::to(accept))]));
}

/// Make a link into a room
///
/// For moderators; a way into a private room. The code is told once.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/invites",
    operation_id = "create_invite", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body(content = Option<InviteCreate>),
    responses(
        (status = 201, body = Invite),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
        (status = 409, description = "`too many invitations`"),
    ),
)]
pub(crate) async fn create(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), OptionalBody(body))): Signed<(RoomPath, OptionalBody<InviteCreate>)>,
) -> Result<HttpResponse, Problem> {
    let body = body.unwrap_or_default();
    let terms = InviteTerms { lifetime: body.seconds.map(lifetime).transpose()?, max_uses: body.max_uses };
    let made = state.app.rooms().create_invite(&caller.actor, room, terms).await?;
    let view = InviteView { invite: made.invite, by: Some(caller.actor.user) };
    Ok(HttpResponse::Created().json(dto::invite(view, Some(made.code))))
}

fn lifetime(seconds: u64) -> Result<Duration, InvalidText> {
    let most = InviteTerms::MOST_SECONDS;
    let bounded = (1..=most).contains(&seconds).then(|| i64::try_from(seconds).ok()).flatten();
    let message = || format!("seconds must be from 1 to {most}");
    bounded.map(Duration::seconds).ok_or_else(|| InvalidText::new("seconds", message()))
}

/// List links into a room
///
/// For moderators: those that let somebody in now, without their codes.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/invites",
    operation_id = "list_invites", tag = "members", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses(
        (status = 200, body = Page<Invite>),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let page = fields.page(50, MAX_LIMIT, Order::Ascending);
    fields.finish()?;
    let invites = state.app.rooms().invites(&caller.actor, room, page).await?;
    Ok(HttpResponse::Ok().json(dto::page(invites, page, |invite| dto::invite(invite, None))))
}

/// Revoke a link
///
/// For moderators. Who came by it stays. Revoking what is over is fine.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/invites/{invite_id}",
    operation_id = "revoke_invite", tag = "members", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("invite_id" = i64, Path)),
    responses(
        (status = 204, description = "Lets nobody in"),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn revoke(
    state: Data<AppState>,
    Signed(caller, InviteIdPath(room, invite)): Signed<InviteIdPath>,
) -> Result<HttpResponse, Problem> {
    state.app.rooms().revoke_invite(&caller.actor, room, invite).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Where a link leads
///
/// The name of the room and how many are in it. A link that is over, used up, revoked or made up is not found, whichever
/// it is.
#[utoipa::path(
    get, path = "/api/v1/invites/{code}",
    operation_id = "preview_invite", tag = "members", security(("bearer" = [])),
    params(("code" = String, Path)),
    responses(
        (status = 200, body = InvitePreview),
        (status = 403, description = "`banned` or `room is archived`"),
        (status = 404, description = "`invitation not found`"),
    ),
)]
pub(crate) async fn preview(
    state: Data<AppState>,
    Signed(caller, code): Signed<Path<String>>,
) -> Result<HttpResponse, Problem> {
    let found = state.app.rooms().preview_invite(&caller.actor, &code).await?;
    Ok(HttpResponse::Ok().json(InvitePreview {
        room_id: found.room.0,
        room: dto::room_name(found.name, None),
        member_count: found.members,
        expires_at: found.expires_at.map(Into::into),
        is_member: found.is_member,
    }))
}

/// Join a room by a link
///
/// Who is a member already stays one, and uses up nothing. Who is banned stays out.
#[utoipa::path(
    post, path = "/api/v1/invites/{code}",
    operation_id = "accept_invite", tag = "members", security(("bearer" = [])),
    params(("code" = String, Path)),
    responses(
        (status = 200, body = Room),
        (status = 403, description = "`banned` or `room is archived`"),
        (status = 404, description = "`invitation not found`"),
    ),
)]
pub(crate) async fn accept(
    state: Data<AppState>,
    Signed(caller, code): Signed<Path<String>>,
) -> Result<HttpResponse, Problem> {
    let entry = state.app.rooms().accept_invite(&caller.actor, &code).await?;
    let room = state.app.rooms().summary(&caller.actor, entry.room.id).await?;
    Ok(HttpResponse::Ok().json(dto::room(room)))
}
