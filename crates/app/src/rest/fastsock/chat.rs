//! Rooms, what is unread, and history.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{Conflict, CreateRoom, Error, Missing};
use hallway_domain::policy::Denied;
use hallway_domain::{Actor, Order, PageRequest, Room, RoomKind, RoomName, UserId, UserKey};
use hallway_hub::RoomLabel;
use hallway_protocol::rest::fastsock as wire;

use super::hidden;
use crate::problem::Problem;
use crate::rest::extract::{Body, RoomPath, Signed, UserPath};
use crate::rest::fields::{Fields, MAX_SAFE};
use crate::state::AppState;
use crate::ws::fastsock;

/// Most messages of one page.
const MAX_LIMIT: i64 = 200;
const LIMIT: u32 = 50;

/// The caller's rooms
#[utoipa::path(
    get, path = "/api/v1/chat/rooms",
    operation_id = "fastsock_rooms", tag = "fastsock", security(("bearer" = [])),
    responses((status = 200, body = [wire::Room])),
)]
pub(crate) async fn rooms(state: Data<AppState>, Signed(caller, ()): Signed) -> Result<HttpResponse, Problem> {
    let mine = state.app.rooms().mine(&caller.actor).await?;
    let rooms: Vec<wire::Room> = mine.iter().filter_map(|(room, _)| fastsock::reply::room(room)).collect();
    Ok(HttpResponse::Ok().json(rooms))
}

/// How often a name that is taken gets a number.
const NAMES: u32 = 20;

/// Make a room
///
/// A private one. Names are unique on this server: one that is taken gets a number after it.
#[utoipa::path(
    post, path = "/api/v1/chat/rooms",
    operation_id = "fastsock_create_room", tag = "fastsock", security(("bearer" = [])),
    request_body = wire::NewRoom,
    responses((status = 200, body = wire::Room), (status = 404, description = "`user not found`")),
)]
pub(crate) async fn create(
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<wire::NewRoom>>,
) -> Result<HttpResponse, Problem> {
    let wished = RoomName::parse(&body.name)?;
    let members: Vec<UserKey> = body.member_ids.into_iter().map(|id| UserKey::Id(UserId(id))).collect();
    let mut name = wished.clone();
    for number in 2..=NAMES {
        let command = CreateRoom { name, topic: None, private: true, members: members.clone() };
        match state.app.rooms().create(&caller.actor, command).await {
            Ok(room) => return Ok(HttpResponse::Ok().json(fastsock::reply::room(&room))),
            Err(Error::Conflict(Conflict::RoomNameTaken)) => name = numbered(&wished, number),
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::from(Conflict::RoomNameTaken).into())
}

fn numbered(name: &RoomName, number: u32) -> RoomName {
    let end = format!(" ({number})");
    let kept: String = name.as_str().chars().take(RoomName::MAX - end.len()).collect();
    RoomName::parse(&format!("{}{end}", kept.trim_end())).unwrap_or_else(|_| name.clone())
}

/// What is unread
///
/// Of direct conversations by the other side's id, of rooms by the room's. What has nothing unread is left out.
#[utoipa::path(
    get, path = "/api/v1/chat/unread",
    operation_id = "fastsock_unread", tag = "fastsock", security(("bearer" = [])),
    responses((status = 200, body = wire::Unread)),
)]
pub(crate) async fn unread(state: Data<AppState>, Signed(caller, ()): Signed) -> Result<HttpResponse, Problem> {
    let mut unread = wire::Unread::default();
    for (room, count) in state.app.messages().all_unread(&caller.actor).await? {
        match room.direct {
            Some(key) => {
                let other = key.other(caller.actor.id()).unwrap_or(caller.actor.id());
                unread.users.insert(other.to_string(), count.messages);
            }
            None => {
                unread.rooms.insert(room.id.to_string(), count.messages);
            }
        }
    }
    Ok(HttpResponse::Ok().json(unread))
}

/// Messages with a user
///
/// The oldest first; `skip` counts from the newest. Empty where there is no such conversation.
#[utoipa::path(
    get, path = "/api/v1/chat/history/user/{user_id}",
    operation_id = "fastsock_history_user", tag = "fastsock", security(("bearer" = [])),
    params(
        ("user_id" = i64, Path),
        ("skip" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
    ),
    responses((status = 200, body = [wire::Message])),
)]
pub(crate) async fn history_user(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, UserPath(user)): Signed<UserPath>,
) -> Result<HttpResponse, Problem> {
    let page = page(&request)?;
    match state.app.rooms().direct_with(&caller.actor, user).await {
        Ok(room) => history(&state, &caller.actor, room, page).await,
        Err(Error::NotFound(_)) => Ok(HttpResponse::Ok().json(Vec::<wire::Message>::new())),
        Err(error) => Err(error.into()),
    }
}

/// Messages in a room
///
/// For members. The oldest first; `skip` counts from the newest. Empty where there is no such room.
#[utoipa::path(
    get, path = "/api/v1/chat/history/room/{room_id}",
    operation_id = "fastsock_history_room", tag = "fastsock", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("skip" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
    ),
    responses((status = 200, body = [wire::Message]), (status = 403, description = "`not a member` or `banned`")),
)]
pub(crate) async fn history_room(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let page = page(&request)?;
    match state.app.rooms().get(&caller.actor, room).await {
        // Direct conversations are found by their user.
        Ok(room) if room.kind != RoomKind::Direct => history(&state, &caller.actor, room, page).await,
        // Whoever may not know of a room finds what there is in one that is not there: nothing.
        Ok(_) | Err(Error::NotFound(Missing::Room) | Error::Denied(Denied::Hidden)) => {
            Ok(HttpResponse::Ok().json(Vec::<wire::Message>::new()))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(request: &HttpRequest) -> Result<PageRequest, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let limit = fields.integer("limit", 1, MAX_LIMIT).and_then(|limit| limit.try_into().ok()).unwrap_or(LIMIT);
    let skip = fields.integer("skip", 0, MAX_SAFE).and_then(|skip| skip.try_into().ok()).unwrap_or(0);
    fields.finish()?;
    Ok(PageRequest { limit, offset: skip, order: Order::Descending })
}

async fn history(state: &AppState, actor: &Actor, room: Room, page: PageRequest) -> Result<HttpResponse, Problem> {
    let peers = state.app.rooms().peers(&room).await?;
    let (messages, marks) = state
        .app
        .messages()
        .page_with_marks(actor, room.id, page)
        .await
        .map_err(|error| hidden(error, "Room not found"))?;
    let label = RoomLabel::of(&room.head(peers)).seen_by(actor.id());
    let reader = (actor.id(), marks);
    let shown: Vec<wire::Message> =
        messages.iter().map(|view| fastsock::message(&label, view, reader, &state.upload_links)).collect();
    Ok(HttpResponse::Ok().json(shown))
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number_and_stays_a_name() {
        let name = |text: &str| RoomName::parse(text).expect("a name");
        assert_eq!(numbered(&name("Team"), 2).as_str(), "Team (2)");
        let long = numbered(&name(&"ä".repeat(RoomName::MAX)), 12);
        assert_eq!(long.as_str().chars().count(), RoomName::MAX);
        assert!(long.as_str().ends_with(" (12)"));
    }

    #[test]
    fn nothing_of_a_page_is_an_error_of_another_sort() {
        let status = |query: &str| {
            let request = actix_web::test::TestRequest::with_uri(&format!("/x?{query}")).to_http_request();
            page(&request).map_err(|problem| actix_web::ResponseError::status_code(&problem))
        };
        assert_eq!(status("skip=3&limit=7").expect("a page").offset, 3);
        assert_eq!(status("").expect("a page").limit, LIMIT);
        for bad in ["limit=-1", "limit=0", "limit=201", "skip=-1", "skip=x"] {
            assert_eq!(status(bad).expect_err(bad), StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
}
