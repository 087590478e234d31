//! Direct conversations.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{Error, Missing};
use hallway_domain::ports::DirectFilter;
use hallway_domain::{InvalidText, Order, UserId, UserKey, Username};
use hallway_protocol::rest::{DirectCreate, Page, Room};

use super::dto;
use super::extract::{Body, Signed};
use super::fields::Fields;
use crate::problem::Problem;
use crate::state::AppState;

const MAX_LIMIT: u32 = 200;

/// Find or begin a direct conversation
///
/// There is one for each pair of users, whoever of the two asks first; with oneself it is a place for notes.
#[utoipa::path(
    post, path = "/api/v1/direct",
    operation_id = "open_direct", tag = "direct", security(("bearer" = [])),
    request_body = DirectCreate,
    responses(
        (status = 200, body = Room, description = "It was there"),
        (status = 201, body = Room, description = "It was made now"),
        (status = 404, description = "`user not found`"),
    ),
)]
pub(crate) async fn open(
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<DirectCreate>>,
) -> Result<HttpResponse, Problem> {
    let (room, is_new) = state.app.rooms().direct(&caller.actor, peer(body)?).await?;
    let room = state.app.rooms().summary(&caller.actor, room.id).await?;
    let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(dto::room(room)))
}

fn peer(body: DirectCreate) -> Result<UserKey, Problem> {
    match (body.username, body.user_id) {
        (Some(name), None) => Ok(Username::parse(&name).map_err(|_| Error::from(Missing::User))?.into()),
        (None, Some(id)) => Ok(UserId(id).into()),
        (None, None) | (Some(_), Some(_)) => {
            Err(InvalidText::new("username", "either username or user_id must be given").into())
        }
    }
}

/// List direct conversations
///
/// The newest message first. One that the other side began is in the list once something was said in it.
#[utoipa::path(
    get, path = "/api/v1/direct",
    operation_id = "list_direct", tag = "direct", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
        ("q" = Option<String>, Query, description = "Part of the username or full name of the other side"),
    ),
    responses((status = 200, body = Page<Room>)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let page = fields.page(50, MAX_LIMIT, Order::Descending);
    let filter = DirectFilter { text: fields.text("q").filter(|text| !text.is_empty()) };
    fields.finish()?;
    let rooms = state.app.rooms().directs(&caller.actor, &filter, page).await?;
    Ok(HttpResponse::Ok().json(dto::page(rooms, page, dto::room)))
}
