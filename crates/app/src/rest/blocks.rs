//! Whom the caller does not want to hear from.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_domain::Order;
use hallway_protocol::rest::{Block, Page};

use super::dto;
use super::extract::{Signed, UserPath};
use super::fields::Fields;
use crate::problem::Problem;
use crate::state::AppState;

/// Most blocks of one page.
const MAX_LIMIT: u32 = 200;

/// Block a user
///
/// From now on neither of the two can write to the other directly, nor is told of the other in their conversation.
/// Whoever tries is answered as if the other had no account any more. May be so already.
#[utoipa::path(
    put, path = "/api/v1/users/{user_id}/block",
    operation_id = "block_user", tag = "users", security(("bearer" = [])),
    params(("user_id" = i64, Path)),
    responses(
        (status = 204, description = "Blocked"),
        (status = 403, description = "`not permitted`: oneself"),
        (status = 404, description = "`user not found`"),
        (status = 409, description = "`too many blocked users`"),
    ),
)]
pub(crate) async fn block(
    state: Data<AppState>,
    Signed(caller, UserPath(user)): Signed<UserPath>,
) -> Result<HttpResponse, Problem> {
    state.app.accounts().block(&caller.actor, user).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a block back
///
/// May be so already.
#[utoipa::path(
    delete, path = "/api/v1/users/{user_id}/block",
    operation_id = "unblock_user", tag = "users", security(("bearer" = [])),
    params(("user_id" = i64, Path)),
    responses((status = 204, description = "Not blocked"), (status = 404, description = "`user not found`")),
)]
pub(crate) async fn unblock(
    state: Data<AppState>,
    Signed(caller, UserPath(user)): Signed<UserPath>,
) -> Result<HttpResponse, Problem> {
    state.app.accounts().unblock(&caller.actor, user).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List whom the caller blocks
///
/// The newest block first.
#[utoipa::path(
    get, path = "/api/v1/users/me/blocks",
    operation_id = "list_blocks", tag = "users", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "Default 50"),
        ("offset" = Option<i64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses((status = 200, body = Page<Block>)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let page = fields.page(50, MAX_LIMIT, Order::Descending);
    fields.finish()?;
    let blocks = state.app.accounts().blocks(&caller.actor, page).await?;
    Ok(HttpResponse::Ok().json(dto::page(blocks, page, wire)))
}

pub(super) fn wire(block: hallway_domain::BlockView) -> Block {
    Block { user_id: block.user.id.0, username: block.user.username.into_string(), since: block.since.into() }
}
