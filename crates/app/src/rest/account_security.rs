//! What asks for one's password once more.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_protocol::rest::{Confirmation, PasswordChange, Revoked};

use super::client;
use super::extract::{Body, Signed};
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn address(request: &HttpRequest, state: &AppState) -> Option<String> {
    client::address(request, &state.config.server.trusted_proxies).map(|address| address.to_string())
}

/// Change one's own password
///
/// Ends all other sessions and closes their sockets; the present one goes on.
#[utoipa::path(
    post, path = "/api/v1/users/me/password",
    operation_id = "change_password", tag = "users", security(("bearer" = [])),
    request_body = PasswordChange,
    responses(
        (status = 200, body = Revoked, description = "How many other sessions were ended"),
        (status = 403, description = "`Incorrect password`"),
    ),
)]
pub(crate) async fn change_password(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<PasswordChange>>,
) -> Result<HttpResponse, Problem> {
    let PasswordChange { current_password, new_password } = body;
    let (current, new) = (current_password.into_exposed(), new_password.into_exposed());
    let address = address(&request, &state);
    let revoked = state.app.accounts().change_password(&caller.actor, current, new, address.as_deref()).await?;
    Ok(HttpResponse::Ok().json(Revoked { revoked }))
}

/// Erase one's own account
///
/// For good. Messages become tombstones of nobody, direct conversations go as a whole, files are removed, and the name
/// is free again.
#[utoipa::path(
    delete, path = "/api/v1/users/me",
    operation_id = "erase_me", tag = "users", security(("bearer" = [])),
    request_body = Confirmation,
    responses((status = 204, description = "Erased"), (status = 403, description = "`Incorrect password`")),
)]
pub(crate) async fn erase(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<Confirmation>>,
) -> Result<HttpResponse, Problem> {
    let address = address(&request, &state);
    state.app.accounts().erase_own(&caller.actor, body.password.into_exposed(), address.as_deref()).await?;
    Ok(HttpResponse::NoContent().finish())
}
