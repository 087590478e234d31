//! Rooms.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{CreateRoom, Error, Missing};
use hallway_domain as domain;
use hallway_domain::ports::RoomFilter;
use hallway_domain::{InvalidText, Order, RoomName, RoomPatch, RoomTopic, UserKey, Username};
use hallway_protocol::Posting;
use hallway_protocol::rest::{self, Page, Presence, Room, RoomCreate};

use super::dto;
use super::extract::{Body, RoomPath, Signed};
use super::fields::Fields;
use crate::problem::Problem;
use crate::state::AppState;

const MAX_LIMIT: u32 = 200;

/// List rooms
///
/// Public rooms and the caller's own private ones, by time of making.
#[utoipa::path(
    get, path = "/api/v1/rooms/",
    operation_id = "list_rooms", tag = "rooms", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
        ("order" = inline(Option<rest::Order>), Query, description = "Default `desc`"),
        ("q" = Option<String>, Query, description = "Part of the name"),
        ("mine" = Option<bool>, Query, description = "Only rooms that the caller is a member of"),
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
    let text = fields.text("q").filter(|text| !text.is_empty());
    let filter = RoomFilter { text, mine: fields.flag("mine").unwrap_or(false) };
    fields.finish()?;
    let rooms = state.app.rooms().list(&caller.actor, &filter, page).await?;
    Ok(HttpResponse::Ok().json(dto::page(rooms, page, dto::room)))
}

/// Make a room
///
/// The caller becomes its owner; `members` are members from the beginning.
#[utoipa::path(
    post, path = "/api/v1/rooms/",
    operation_id = "create_room", tag = "rooms", security(("bearer" = [])),
    request_body = RoomCreate,
    responses(
        (status = 201, body = Room),
        (status = 404, description = "`user not found`: one of the members"),
        (status = 409, description = "`room name exists`"),
    ),
)]
pub(crate) async fn create(
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<RoomCreate>>,
) -> Result<HttpResponse, Problem> {
    let members = body.members.iter().map(|name| Username::parse(name).map(UserKey::Name));
    let command = CreateRoom {
        name: RoomName::parse(&body.name)?,
        topic: topic(body.topic)?,
        private: body.is_private,
        members: members.collect::<Result<_, _>>()?,
    };
    let room = state.app.rooms().create(&caller.actor, command).await?;
    let room = state.app.rooms().summary(&caller.actor, room.id).await?;
    Ok(HttpResponse::Created().json(dto::room(room)))
}

/// An empty topic is none.
fn topic(text: Option<String>) -> Result<Option<RoomTopic>, Problem> {
    Ok(text.filter(|text| !text.trim().is_empty()).map(|text| RoomTopic::parse(&text)).transpose()?)
}

/// One room
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}",
    operation_id = "get_room", tag = "rooms", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    responses(
        (status = 200, body = Room),
        (status = 403, description = "`banned`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn get(
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let room = state.app.rooms().summary(&caller.actor, room).await?;
    Ok(HttpResponse::Ok().json(dto::room(room)))
}

/// One room by its name
///
/// The name is the rest of the path, percent-encoded; it may hold `/`.
#[utoipa::path(
    get, path = "/api/v1/rooms/by-name/{name}",
    operation_id = "get_room_by_name", tag = "rooms", security(("bearer" = [])),
    params(("name" = String, Path)),
    responses(
        (status = 200, body = Room),
        (status = 403, description = "`banned`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn by_name(
    state: Data<AppState>,
    Signed(caller, name): Signed<Path<String>>,
) -> Result<HttpResponse, Problem> {
    let name = RoomName::parse(&name).map_err(|_| Error::from(Missing::Room))?;
    let room = state.app.rooms().by_name(&caller.actor, &name).await?;
    Ok(HttpResponse::Ok().json(dto::room(room)))
}

fn slow(seconds: u32) -> Result<u32, InvalidText> {
    let most = RoomPatch::MOST_SLOW_SECONDS;
    let message = || format!("slow_mode_seconds must be from 0 to {most}");
    (seconds <= most).then_some(seconds).ok_or_else(|| InvalidText::new("slow_mode_seconds", message()))
}

/// Change a room
///
/// For moderators. What is absent stays; a topic of null removes it. `posting: moderators` makes it an announcement
/// room; in an archived room nobody writes and nobody joins, until it is taken back.
#[utoipa::path(
    patch, path = "/api/v1/rooms/{room_id}",
    operation_id = "update_room", tag = "rooms", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body = rest::RoomPatch,
    responses(
        (status = 200, body = Room),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
        (status = 409, description = "`room name exists`"),
    ),
)]
pub(crate) async fn update(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), Body(body))): Signed<(RoomPath, Body<rest::RoomPatch>)>,
) -> Result<HttpResponse, Problem> {
    let patch = RoomPatch {
        name: body.name.map(|name| RoomName::parse(&name)).transpose()?,
        topic: body.topic.map(topic).transpose()?,
        private: body.is_private,
        posting: body.posting.map(|posting| match posting {
            Posting::Everyone => domain::Posting::Everyone,
            Posting::Moderators => domain::Posting::Moderators,
        }),
        slow_mode_seconds: body.slow_mode_seconds.map(slow).transpose()?,
        archived: body.archived,
    };
    let room = state.app.rooms().update(&caller.actor, room, patch).await?;
    let room = state.app.rooms().summary(&caller.actor, room.id).await?;
    Ok(HttpResponse::Ok().json(dto::room(room)))
}

/// Remove a room with all that is in it
///
/// For moderators.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}",
    operation_id = "delete_room", tag = "rooms", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn delete(
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    state.app.rooms().delete(&caller.actor, room).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who is in a room now
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/presence",
    operation_id = "get_presence", tag = "rooms", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    responses(
        (status = 200, body = Presence),
        (status = 403, description = "`banned`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn presence(
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let room = state.app.rooms().get(&caller.actor, room).await?;
    let peers = state.app.rooms().peers(&room).await?;
    let peer = peers.as_ref().and_then(|peers| peers.other(caller.actor.id()));
    let users = dto::usernames(state.app.attendance().list(&caller.actor, room.id).await?);
    let count = users.len() as u64;
    let presence = Presence { room_id: room.id.0, room: dto::room_name(room.name, peer), users, count };
    Ok(HttpResponse::Ok().json(presence))
}
