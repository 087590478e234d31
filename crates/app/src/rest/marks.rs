//! How far one has read, who has seen what, and what one wants to be told of.

use actix_web::HttpResponse;
use actix_web::web::Data;
use hallway_application::{Error, Missing};
use hallway_domain::{MessageId, NotifyLevel, Seq};
use hallway_protocol as protocol;
use hallway_protocol::rest::{NotifyBody, ReadBody, SeenBy, Unread, UnreadBody};

use super::dto;
use super::extract::{Body, MessagePath, OptionalBody, RoomPath, Signed};
use crate::problem::Problem;
use crate::state::AppState;

/// Mark a room as read
///
/// All of it, or up to a place. A mark that is further already stays.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/read",
    operation_id = "mark_read", tag = "messages", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body(content = Option<ReadBody>),
    responses(
        (status = 200, body = Unread),
        (status = 403, description = "`not a member` or `banned`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn read(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), OptionalBody(body))): Signed<(RoomPath, OptionalBody<ReadBody>)>,
) -> Result<HttpResponse, Problem> {
    let seq = body.and_then(|body| body.seq).map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let messages = state.app.messages();
    messages.mark_read(&caller.actor, room, Seq(seq)).await?;
    Ok(HttpResponse::Ok().json(dto::unread(messages.unread(&caller.actor, room).await?)))
}

/// Mark a message as unread
///
/// It and all after it. The caller's other devices hear of it, nobody else.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/unread",
    operation_id = "mark_unread", tag = "messages", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body = UnreadBody,
    responses(
        (status = 200, body = Unread),
        (status = 403, description = "`not a member` or `banned`"),
        (status = 404, description = "`message not found` or `room not found`"),
    ),
)]
pub(crate) async fn unread(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), Body(body))): Signed<(RoomPath, Body<UnreadBody>)>,
) -> Result<HttpResponse, Problem> {
    let message = i64::try_from(body.message_id).map_err(|_| Error::from(Missing::Message))?;
    let unread = state.app.messages().mark_unread(&caller.actor, room, MessageId(message)).await?;
    Ok(HttpResponse::Ok().json(dto::unread(unread)))
}

/// Who has seen a message
///
/// Of the other members; in rooms with few of them.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/messages/{message_id}/seen",
    operation_id = "seen_by", tag = "messages", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("message_id" = i64, Path)),
    responses(
        (status = 200, body = SeenBy),
        (status = 403, description = "`banned`"),
        (status = 404, description = "`message not found` or `room not found`"),
        (status = 409, description = "`room has too many members`"),
    ),
)]
pub(crate) async fn seen(
    state: Data<AppState>,
    Signed(caller, MessagePath(room, message)): Signed<MessagePath>,
) -> Result<HttpResponse, Problem> {
    let seen = state.app.messages().seen(&caller.actor, room, message).await?;
    Ok(HttpResponse::Ok().json(SeenBy { items: seen.into_iter().map(dto::seen).collect() }))
}

/// Choose what to be told of in a room
#[utoipa::path(
    put, path = "/api/v1/rooms/{room_id}/notifications",
    operation_id = "set_notifications", tag = "rooms", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body = NotifyBody,
    responses(
        (status = 204, description = "Chosen"),
        (status = 403, description = "`not a member` or `banned`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn notifications(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), Body(body))): Signed<(RoomPath, Body<NotifyBody>)>,
) -> Result<HttpResponse, Problem> {
    let level = match body.level {
        protocol::NotifyLevel::All => NotifyLevel::All,
        protocol::NotifyLevel::Mentions => NotifyLevel::Mentions,
        protocol::NotifyLevel::Nothing => NotifyLevel::Nothing,
    };
    state.app.messages().set_notify(&caller.actor, room, level).await?;
    Ok(HttpResponse::NoContent().finish())
}
