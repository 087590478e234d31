//! Messages.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_domain::{Body as Text, Order};
use hallway_protocol::rest::{Message, MessagePatch, Page};

use super::dto;
use super::extract::{Body, MessagePath, RoomPath, Signed};
use super::fields::Fields;
use crate::links::Links;
use crate::problem::Problem;
use crate::state::AppState;

const MAX_LIMIT: u32 = 200;

/// List messages
///
/// The offset counts from the newest message; inside a page the oldest comes first.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/messages",
    operation_id = "list_messages", tag = "messages", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses(
        (status = 200, body = Page<Message>),
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
    let page = fields.page(50, MAX_LIMIT, Order::Descending);
    fields.finish()?;
    let messages = state.app.messages().page(&caller.actor, room, page).await?;
    let links = Links::of(&state.app, caller.actor.id());
    Ok(HttpResponse::Ok().json(dto::page(messages, page, |view| links.message(dto::message(view)))))
}

/// Edit a message
///
/// For its author.
#[utoipa::path(
    patch, path = "/api/v1/rooms/{room_id}/messages/{message_id}",
    operation_id = "edit_message", tag = "messages", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("message_id" = i64, Path)),
    request_body = MessagePatch,
    responses(
        (status = 200, body = Message),
        (status = 403, description = "`not permitted`, `not a member`, `banned` or `muted`"),
        (status = 404, description = "`message not found` or `room not found`"),
    ),
)]
pub(crate) async fn edit(
    state: Data<AppState>,
    Signed(caller, (MessagePath(room, message), Body(body))): Signed<(MessagePath, Body<MessagePatch>)>,
) -> Result<HttpResponse, Problem> {
    let text = Text::parse(body.content, state.config.limits.message_chars)?;
    let (message, _) = state.app.messages().edit(&caller.actor, room, message, text).await?;
    Ok(HttpResponse::Ok().json(Links::of(&state.app, caller.actor.id()).message(dto::message(message))))
}

/// Delete a message
///
/// For its author and for moderators. Deleting twice is fine.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/messages/{message_id}",
    operation_id = "delete_message", tag = "messages", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("message_id" = i64, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "`not permitted`, `not a member` or `banned`"),
        (status = 404, description = "`message not found` or `room not found`"),
    ),
)]
pub(crate) async fn delete(
    state: Data<AppState>,
    Signed(caller, MessagePath(room, message)): Signed<MessagePath>,
) -> Result<HttpResponse, Problem> {
    state.app.messages().delete(&caller.actor, room, message).await?;
    Ok(HttpResponse::NoContent().finish())
}
