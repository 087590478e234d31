//! The words that a room does not want, and the messages that wait because of them.

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use hallway_domain::{self as domain, HeldId, Pattern, WordFilter};
use hallway_protocol::rest::{Approved, CursorPage, Filter, FilterAction, FilterCreate, Filters, HeldMessage};

use super::extract::{Body, FilterPath, HeldPath, RoomPath, Signed};
use super::fields::Fields;
use super::on;
use super::reports::{cursor_page, part, person};
use crate::problem::Problem;
use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    let (get, post) = (Method::GET, Method::POST);
    config
        .service(on("/rooms/{room_id}/filters", [(get.clone(), web::to(list)), (post.clone(), web::to(add))]))
        .service(on("/rooms/{room_id}/filters/{filter_id}", [(Method::DELETE, web::to(remove))]))
        .service(on("/rooms/{room_id}/held", [(get, web::to(held))]))
        .service(on("/rooms/{room_id}/held/{held_id}/approve", [(post.clone(), web::to(approve))]))
        .service(on("/rooms/{room_id}/held/{held_id}/reject", [(post, web::to(reject))]));
}

/// List the words that a room does not want
///
/// For moderators.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/filters",
    operation_id = "list_filters", tag = "review", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    responses(
        (status = 200, body = Filters),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn list(
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let rules = state.app.review().filters(&caller.actor, room).await?;
    let items = rules.iter().map(filter).collect();
    Ok(HttpResponse::Ok().json(Filters { items, most: WordFilter::MOST_RULES }))
}

/// Add a word that a room does not want
///
/// For moderators, whose own messages it does not stop. Case, accents of Latin letters, full-width forms and invisible
/// characters make no difference; a word is found as a whole, but where a `*` lets it go on. `block` refuses the message
/// (`blocked_by_filter`), `hold` keeps it for a moderator (`held_for_review`). An edit is refused in both cases.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/filters",
    operation_id = "add_filter", tag = "review", security(("bearer" = [])),
    params(("room_id" = i64, Path)),
    request_body = FilterCreate,
    responses(
        (status = 201, body = Filter),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
        (status = 409, description = "`filter exists`, or too many"),
    ),
)]
pub(crate) async fn add(
    state: Data<AppState>,
    Signed(caller, (RoomPath(room), Body(body))): Signed<(RoomPath, Body<FilterCreate>)>,
) -> Result<HttpResponse, Problem> {
    let action = match body.action {
        FilterAction::Block => domain::FilterAction::Block,
        FilterAction::Hold => domain::FilterAction::Hold,
    };
    let rule = state.app.review().add_filter(&caller.actor, room, Pattern::parse(&body.pattern)?, action).await?;
    Ok(HttpResponse::Created().json(filter(&rule)))
}

/// Remove a word from the filter
///
/// For moderators.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{room_id}/filters/{filter_id}",
    operation_id = "remove_filter", tag = "review", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("filter_id" = i64, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found` or `filter not found`"),
    ),
)]
pub(crate) async fn remove(
    state: Data<AppState>,
    Signed(caller, FilterPath(room, rule)): Signed<FilterPath>,
) -> Result<HttpResponse, Problem> {
    state.app.review().remove_filter(&caller.actor, room, rule).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List messages that wait for a moderator
///
/// For moderators, the newest first.
#[utoipa::path(
    get, path = "/api/v1/rooms/{room_id}/held",
    operation_id = "list_held", tag = "review", security(("bearer" = [])),
    params(
        ("room_id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100, description = "Default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the part before"),
    ),
    responses(
        (status = 200, body = CursorPage<HeldMessage>),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found`"),
    ),
)]
pub(crate) async fn held(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, RoomPath(room)): Signed<RoomPath>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let (cursor, limit) = part(&mut fields);
    fields.finish()?;
    let held = state.app.review().held(&caller.actor, room, (cursor.map(HeldId), limit)).await?;
    Ok(HttpResponse::Ok().json(cursor_page(held, limit, |held| held.id.0, held_message)))
}

/// Post a held message
///
/// For moderators. It is posted now, in its author's name, if the author may still write in the room.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/held/{held_id}/approve",
    operation_id = "approve_held", tag = "review", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("held_id" = i64, Path)),
    responses(
        (status = 200, body = Approved),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found` or `held message not found`"),
        (status = 409, description = "The author may not write in the room any more"),
    ),
)]
pub(crate) async fn approve(
    state: Data<AppState>,
    Signed(caller, HeldPath(room, held)): Signed<HeldPath>,
) -> Result<HttpResponse, Problem> {
    let message = state.app.review().approve(&caller.actor, room, held).await?;
    Ok(HttpResponse::Ok().json(Approved { message_id: message.0 }))
}

/// Throw a held message away
///
/// For moderators.
#[utoipa::path(
    post, path = "/api/v1/rooms/{room_id}/held/{held_id}/reject",
    operation_id = "reject_held", tag = "review", security(("bearer" = [])),
    params(("room_id" = i64, Path), ("held_id" = i64, Path)),
    responses(
        (status = 204, description = "Thrown away"),
        (status = 403, description = "`not moderator`"),
        (status = 404, description = "`room not found` or `held message not found`"),
    ),
)]
pub(crate) async fn reject(
    state: Data<AppState>,
    Signed(caller, HeldPath(room, held)): Signed<HeldPath>,
) -> Result<HttpResponse, Problem> {
    state.app.review().reject(&caller.actor, room, held).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn filter(rule: &domain::FilterRule) -> Filter {
    Filter {
        id: rule.id.0,
        pattern: rule.pattern.as_str().to_owned(),
        action: match rule.action {
            domain::FilterAction::Block => FilterAction::Block,
            domain::FilterAction::Hold => FilterAction::Hold,
        },
        created_by: rule.created_by.map(|id| id.0),
        created_at: rule.created_at.into(),
    }
}

fn held_message(held: domain::HeldMessage) -> HeldMessage {
    HeldMessage {
        id: held.id.0,
        room_id: held.room.0,
        author: person(held.author),
        content: held.body,
        reply_to: held.reply_to.map(|id| id.0),
        attachments: held.attachments.len(),
        pattern: held.pattern,
        created_at: held.created_at.into(),
    }
}
