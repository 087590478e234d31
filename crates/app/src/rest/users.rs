//! Users, and the caller's own profile and sessions.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{Error, Missing, ProfilePatch};
use hallway_domain::ports::{Grant, UserFilter};
use hallway_domain::{Email, FullName, Order, SessionId, Username};
use hallway_protocol::Secret;
use hallway_protocol::rest::{self, Page, Revoked, Session, Ticket, User};
use uuid::Uuid;

use super::extract::{Body, Signed, bearer};
use super::fields::Fields;
use super::{dto, fastsock};
use crate::problem::Problem;
use crate::state::AppState;

/// Most users and sessions of one page.
const MAX_LIMIT: u32 = 200;

/// The caller's account
///
/// To tokens of FastSock's login, as that API had it.
#[utoipa::path(
    get, path = "/api/v1/users/me",
    operation_id = "get_me", tag = "users", security(("bearer" = [])),
    responses((status = 200, body = User)),
)]
pub(crate) async fn me(Signed(caller, ()): Signed) -> HttpResponse {
    if caller.grant == Grant::Single {
        return HttpResponse::Ok().json(fastsock::user(&caller.user, true));
    }
    HttpResponse::Ok().json(dto::own_user(caller.user, true))
}

/// Change one's own profile
///
/// What is absent stays; null removes.
#[utoipa::path(
    patch, path = "/api/v1/users/me",
    operation_id = "update_me", tag = "users", security(("bearer" = [])),
    request_body = rest::ProfilePatch,
    responses((status = 200, body = User), (status = 409, description = "`username or email already exists`")),
)]
pub(crate) async fn update_me(
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<rest::ProfilePatch>>,
) -> Result<HttpResponse, Problem> {
    let patch = ProfilePatch {
        email: body.email.map(|email| email.map(|text| Email::parse(&text)).transpose()).transpose()?,
        full_name: body.full_name.map(|name| name.map(|text| FullName::parse(&text)).transpose()).transpose()?,
    };
    let user = state.app.accounts().update_profile(&caller.actor, patch).await?;
    Ok(HttpResponse::Ok().json(dto::own_user(user, true)))
}

/// List users
///
/// A bare list, by id. E-mail addresses are shown to their owners and to administrators only. To tokens of FastSock's
/// login, as that API had it.
#[utoipa::path(
    get, path = "/api/v1/users/",
    operation_id = "list_users", tag = "users", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
        ("skip" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64, description = "Another name of `offset`"),
        ("order" = inline(Option<rest::Order>), Query, description = "Default `asc`"),
        ("q" = Option<String>, Query, description = "Part of the username or full name"),
    ),
    responses((status = 200, body = [User])),
)]
pub(crate) async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let is_fastsock = caller.grant == Grant::Single;
    let page = fields.page(if is_fastsock { 100 } else { 50 }, MAX_LIMIT, Order::Ascending);
    let filter = UserFilter { text: fields.text("q").filter(|text| !text.is_empty()) };
    fields.finish()?;
    let users = state.app.accounts().users(&filter, page).await?;
    if is_fastsock {
        let shown = |user: hallway_domain::User| fastsock::user(&user, user.id == caller.actor.id());
        return Ok(HttpResponse::Ok().json(users.items.into_iter().map(shown).collect::<Vec<_>>()));
    }
    let users: Vec<User> = users.items.into_iter().map(|user| dto::user(user, &caller.actor)).collect();
    Ok(HttpResponse::Ok().json(users))
}

/// One user
#[utoipa::path(
    get, path = "/api/v1/users/{username}",
    operation_id = "get_user", tag = "users", security(("bearer" = [])),
    params(("username" = String, Path)),
    responses((status = 200, body = User), (status = 404, description = "`user not found`")),
)]
pub(crate) async fn by_username(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let username = Username::parse(request.match_info().query("username"));
    let username = username.map_err(|_| Error::from(Missing::User))?;
    let user = state.app.accounts().user_by_username(&username).await?;
    Ok(HttpResponse::Ok().json(dto::user(user, &caller.actor)))
}

/// The caller's live sessions
#[utoipa::path(
    get, path = "/api/v1/users/me/sessions",
    operation_id = "list_sessions", tag = "users", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses((status = 200, body = Page<Session>)),
)]
pub(crate) async fn sessions(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let page = fields.page(50, MAX_LIMIT, Order::Descending);
    fields.finish()?;
    let sessions = state.app.accounts().sessions(&caller.actor, page).await?;
    Ok(HttpResponse::Ok().json(dto::page(sessions, page, |session| dto::session(session, &caller.actor))))
}

/// End one of the caller's sessions
///
/// Its sockets are closed.
#[utoipa::path(
    delete, path = "/api/v1/users/me/sessions/{session_id}",
    operation_id = "revoke_session", tag = "users", security(("bearer" = [])),
    params(("session_id" = Uuid, Path)),
    responses((status = 204, description = "Ended"), (status = 404, description = "`session not found`")),
)]
pub(crate) async fn revoke_session(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let id = Uuid::parse_str(request.match_info().query("session_id")).map_err(|_| Error::from(Missing::Session))?;
    state.app.accounts().revoke_session(&caller.actor, SessionId(id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End all of the caller's other sessions
#[utoipa::path(
    delete, path = "/api/v1/users/me/sessions",
    operation_id = "revoke_other_sessions", tag = "users", security(("bearer" = [])),
    responses((status = 200, body = Revoked)),
)]
pub(crate) async fn revoke_other_sessions(
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let revoked = state.app.accounts().revoke_other_sessions(&caller.actor).await?;
    Ok(HttpResponse::Ok().json(Revoked { revoked }))
}

/// A ticket for one socket
///
/// Opens one WebSocket as `/ws?ticket=..`, for clients that cannot send a header. Works once, for a short time.
#[utoipa::path(
    post, path = "/api/v1/ws/ticket",
    operation_id = "issue_ticket", tag = "account", security(("bearer" = [])),
    responses((status = 201, body = Ticket)),
)]
pub(crate) async fn ticket(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let token = bearer(&request).ok_or_else(Problem::not_authenticated)?;
    let (ticket, expires_at) = state.app.accounts().issue_ticket(&caller.actor, &token).await?;
    Ok(HttpResponse::Created().json(Ticket { ticket: Secret::new(ticket), expires_at: expires_at.into() }))
}
