//! Pinned messages.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_domain::Order;
use hallway_protocol::rest::{Page, Pin};

use super::dto;
use super::extract::{MessagePath, RoomPath, Signed};
use super::fields::Fields;
use crate::links::Links;
use crate::problem::Problem;
use crate::state::AppState;

const MAX_LIMIT: u32 = 100;

/// List pinned messages
///
/// The newest pin first.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/pins",
    operation_id = "list_pins", tag = "messages", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses(
        (status = 200, body = Page<Pin>),
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
    let pins = state.app.messages().pins(&caller.actor, room, page).await?;
    let links = Links::of(&state.app, caller.actor.id());
    Ok(HttpResponse::Ok().json(dto::page(pins, page, |pin| {
        let mut pin = dto::pin(pin);
        links.sign(&mut pin.message.attachments);
        pin
    })))
}

/// Pin a message
///
/// For moderators, and for both sides of a direct conversation. Pinning twice is fine.
#[utoipa::path(
    put, path = "/api/v1/rooms/{room_id}/pins/{message_id}",
    operation_id = "pin_message", tag = "messages", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("message_id" = i64, Path)),
    responses(
        (status = 204, description = "Pinned"),
        (status = 403, description = "`not moderator`, `banned` or `room is archived`"),
        (status = 404, description = "`message not found` or `room not found`"),
        (status = 409, description = "`too many pinned messages`"),
    ),
)]
pub(crate) async fn pin(state: Data<AppState>, path: Signed<MessagePath>) -> Result<HttpResponse, Problem> {
    set(&state, path, true).await
}

/// Unpin a message
///
/// For whoever may pin. Unpinning what is not pinned is fine.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/pins/{message_id}",
    operation_id = "unpin_message", tag = "messages", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("message_id" = i64, Path)),
    responses(
        (status = 204, description = "Not pinned"),
        (status = 403, description = "`not moderator`, `banned` or `room is archived`"),
        (status = 404, description = "`message not found` or `room not found`"),
    ),
)]
pub(crate) async fn unpin(state: Data<AppState>, path: Signed<MessagePath>) -> Result<HttpResponse, Problem> {
    set(&state, path, false).await
}

async fn set(
    state: &AppState,
    Signed(caller, MessagePath(room, message)): Signed<MessagePath>,
    on: bool,
) -> Result<HttpResponse, Problem> {
    state.app.messages().pin(&caller.actor, room, message, on).await?;
    Ok(HttpResponse::NoContent().finish())
}
