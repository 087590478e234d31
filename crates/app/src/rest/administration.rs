//! Accounts of others, for administrators.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::Operator;
use hallway_domain::Order;
use hallway_domain::ports::AccountFilter;
use hallway_protocol::rest::{Page, Revoked, User};

use super::dto;
use super::extract::{Signed, UserPath};
use super::fields::Fields;
use crate::problem::Problem;
use crate::state::AppState;

/// Most accounts of one page.
const MAX_LIMIT: u32 = 200;

/// List accounts
///
/// Disabled ones too, by id.
#[utoipa::path(
    get, path = "/api/v1/admin/users",
    operation_id = "list_accounts", tag = "administration", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
        ("order" = inline(Option<hallway_protocol::rest::Order>), Query, description = "Default `asc`"),
        ("q" = Option<String>, Query, description = "Part of the username or full name"),
        ("disabled" = Option<bool>, Query, description = "Only those that are disabled, or only those that are not"),
    ),
    responses((status = 200, body = Page<User>), (status = 403, description = "`administrators only`")),
)]
pub(crate) async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let page = fields.page(50, MAX_LIMIT, Order::Ascending);
    let text = fields.text("q").filter(|text| !text.is_empty());
    let filter = AccountFilter { text, disabled: fields.flag("disabled") };
    fields.finish()?;
    let users = state.app.accounts().accounts(Operator::Administrator(&caller.actor), &filter, page).await?;
    Ok(HttpResponse::Ok().json(dto::page(users, page, |user| dto::own_user(user, true))))
}

/// Disable an account
///
/// Ends its sessions and closes its sockets; nobody can sign in to it. May be so already.
#[utoipa::path(
    put, path = "/api/v1/admin/users/{user_id}/disabled",
    operation_id = "disable_account", tag = "administration", security(("bearer" = [])),
    params(("user_id" = i64, Path)),
    responses(
        (status = 200, body = User),
        (status = 403, description = "`administrators only`, or `not permitted`: one's own account"),
        (status = 404, description = "`user not found`"),
    ),
)]
pub(crate) async fn disable(
    state: Data<AppState>,
    Signed(caller, UserPath(user)): Signed<UserPath>,
) -> Result<HttpResponse, Problem> {
    let user = state.app.accounts().set_disabled(Operator::Administrator(&caller.actor), user, true).await?;
    Ok(HttpResponse::Ok().json(dto::own_user(user, true)))
}

/// Enable an account again
///
/// May be so already.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{user_id}/disabled",
    operation_id = "enable_account", tag = "administration", security(("bearer" = [])),
    params(("user_id" = i64, Path)),
    responses(
        (status = 200, body = User),
        (status = 403, description = "`administrators only`, or `not permitted`: one's own account"),
        (status = 404, description = "`user not found`"),
    ),
)]
pub(crate) async fn enable(
    state: Data<AppState>,
    Signed(caller, UserPath(user)): Signed<UserPath>,
) -> Result<HttpResponse, Problem> {
    let user = state.app.accounts().set_disabled(Operator::Administrator(&caller.actor), user, false).await?;
    Ok(HttpResponse::Ok().json(dto::own_user(user, true)))
}

/// End all sessions of an account
///
/// Its sockets are closed.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{user_id}/sessions",
    operation_id = "end_sessions", tag = "administration", security(("bearer" = [])),
    params(("user_id" = i64, Path)),
    responses(
        (status = 200, body = Revoked),
        (status = 403, description = "`administrators only`"),
        (status = 404, description = "`user not found`"),
    ),
)]
pub(crate) async fn end_sessions(
    state: Data<AppState>,
    Signed(caller, UserPath(user)): Signed<UserPath>,
) -> Result<HttpResponse, Problem> {
    let revoked = state.app.accounts().end_sessions(Operator::Administrator(&caller.actor), user).await?;
    Ok(HttpResponse::Ok().json(Revoked { revoked }))
}

/// Erase an account
///
/// For good, as if its user had asked for it.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{user_id}",
    operation_id = "erase_account", tag = "administration", security(("bearer" = [])),
    params(("user_id" = i64, Path)),
    responses(
        (status = 204, description = "Erased"),
        (status = 403, description = "`administrators only`, or `not permitted`: one's own account"),
        (status = 404, description = "`user not found`"),
    ),
)]
pub(crate) async fn erase(
    state: Data<AppState>,
    Signed(caller, UserPath(user)): Signed<UserPath>,
) -> Result<HttpResponse, Problem> {
    state.app.accounts().erase(Operator::Administrator(&caller.actor), user).await?;
    Ok(HttpResponse::NoContent().finish())
}
