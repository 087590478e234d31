//! A second factor.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_protocol::Secret;
use hallway_protocol::rest::{Confirmation, RecoveryCodes, TotpCode, TotpSecret, TotpState};

use super::account_security::address;
use super::extract::{Body, Signed};
use crate::problem::Problem;
use crate::state::AppState;

/// Whether logins ask for a code
#[utoipa::path(
    get, path = "/api/v1/users/me/totp",
    operation_id = "get_totp", tag = "users", security(("bearer" = [])),
    responses((status = 200, body = TotpState)),
)]
pub(crate) async fn state(state: Data<AppState>, Signed(caller, ()): Signed) -> Result<HttpResponse, Problem> {
    let found = state.app.accounts().second_factor(&caller.actor).await?;
    Ok(HttpResponse::Ok().json(TotpState { enabled: found.enabled, recovery_codes_left: found.recovery_codes }))
}

/// Begin with a second factor
///
/// Gives a secret for an authenticator. It counts once it was confirmed; beginning again replaces it.
#[utoipa::path(
    post, path = "/api/v1/users/me/totp",
    operation_id = "enrol_totp", tag = "users", security(("bearer" = [])),
    request_body = Confirmation,
    responses(
        (status = 200, body = TotpSecret),
        (status = 403, description = "`Incorrect password`"),
        (status = 409, description = "`there is a second factor already`"),
    ),
)]
pub(crate) async fn enrol(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<Confirmation>>,
) -> Result<HttpResponse, Problem> {
    let (password, address) = (body.password.into_exposed(), address(&request, &state));
    let made = state.app.accounts().enrol_second_factor(&caller.actor, password, address.as_deref()).await?;
    Ok(HttpResponse::Ok().json(TotpSecret { secret: Secret::new(made.secret), uri: Secret::new(made.uri) }))
}

/// Confirm a second factor
///
/// From now on logins ask for a code. The recovery codes are shown this one time.
#[utoipa::path(
    post, path = "/api/v1/users/me/totp/confirm",
    operation_id = "confirm_totp", tag = "users", security(("bearer" = [])),
    request_body = TotpCode,
    responses(
        (status = 200, body = RecoveryCodes),
        (status = 403, description = "`Incorrect code`"),
        (status = 409, description = "`there is no second factor to confirm` or `there is a second factor already`"),
    ),
)]
pub(crate) async fn confirm(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<TotpCode>>,
) -> Result<HttpResponse, Problem> {
    let address = address(&request, &state);
    let accounts = state.app.accounts();
    let codes = accounts.confirm_second_factor(&caller.actor, body.code.expose(), address.as_deref()).await?;
    Ok(HttpResponse::Ok().json(RecoveryCodes { recovery_codes: codes.into_iter().map(Secret::new).collect() }))
}

/// Do without a second factor
///
/// There may be none already.
#[utoipa::path(
    delete, path = "/api/v1/users/me/totp",
    operation_id = "remove_totp", tag = "users", security(("bearer" = [])),
    request_body = Confirmation,
    responses((status = 204, description = "Gone"), (status = 403, description = "`Incorrect password`")),
)]
pub(crate) async fn remove(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, Body(body)): Signed<Body<Confirmation>>,
) -> Result<HttpResponse, Problem> {
    let (password, address) = (body.password.into_exposed(), address(&request, &state));
    state.app.accounts().remove_second_factor(&caller.actor, password, address.as_deref()).await?;
    Ok(HttpResponse::NoContent().finish())
}
