//! Registration and sign-in.

use actix_web::web::{Data, Payload};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use hallway_application::{AuthFailure, Error, Login, Register};
use hallway_domain::{Email, FullName, Username};
use hallway_protocol::Secret;
use hallway_protocol::rest::{RefreshBody, RegisterBody, TokenForm, TokenPair, User};

use super::extract::{Body, OptionalBody, expect_type, read};
use super::fields::Fields;
use super::{client, dto};
use crate::problem::Problem;
use crate::state::AppState;

/// Create an account
///
/// The first account of a server becomes its administrator. Send a JSON body; the query parameters of the same names
/// are for clients that know no better, since a URL may be logged on its way.
#[utoipa::path(
    post, path = "/api/v1/register",
    operation_id = "register", tag = "account",
    params(
        ("username" = Option<String>, Query, description = "Folded to lower case; 3 to 32 of a-z, 0-9, `_` and `.`"),
        ("password" = Option<String>, Query),
        ("email" = Option<String>, Query),
        ("full_name" = Option<String>, Query),
    ),
    request_body(content = Option<RegisterBody>),
    responses(
        (status = 201, body = User),
        (status = 409, description = "`username already exists` or `username or email already exists`"),
    ),
)]
pub(crate) async fn register(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let given = OptionalBody::<RegisterBody>::from_request(&request, &mut payload.into_inner()).await?.0;
    let body = match given {
        Some(body) => body,
        None => register_query(&request)?,
    };
    let username =
        Username::parse(&body.username).map_err(|error| Problem::from(error).with_detail("username length invalid"))?;
    let command = Register {
        username,
        email: optional(body.email).map(|email| Email::parse(&email)).transpose()?,
        full_name: optional(body.full_name).map(|name| FullName::parse(&name)).transpose()?,
        password: body.password.into_exposed(),
    };
    let address = client::address(&request, &state.config.server.trusted_proxies).map(|address| address.to_string());
    let user = state.app.accounts().register(command, address.as_deref()).await?;
    Ok(HttpResponse::Created().json(dto::own_user(user, true)))
}

fn register_query(request: &HttpRequest) -> Result<RegisterBody, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let body = RegisterBody {
        username: fields.required("username"),
        password: Secret::new(fields.required("password")),
        email: fields.text("email"),
        full_name: fields.text("full_name"),
    };
    fields.finish().map(|()| body)
}

/// Forms send an empty text for what was left out.
fn optional(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Sign in
///
/// Opens a session and gives its first pair of tokens. An account with a second factor is answered 401 `totp_required`
/// without `totp`, and 401 `wrong_code` with a wrong one; both tell that the password was right.
#[utoipa::path(
    post, path = "/api/v1/token",
    operation_id = "sign_in", tag = "account",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenPair), (status = 401, description = "`Incorrect username or password`")),
)]
pub(crate) async fn token(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let bytes = read(&request, payload.into_inner()).await?;
    if !bytes.is_empty() {
        expect_type(&request, &["application/x-www-form-urlencoded"])?;
    }
    let mut fields = Fields::new("body", &String::from_utf8_lossy(&bytes));
    let (username, password) = (fields.required("username"), fields.required("password"));
    let code = fields.text("totp").filter(|code| !code.trim().is_empty());
    fields.word("grant_type", &["password", ""]);
    fields.finish()?;
    let device = client::device(&request, &state.config.server.trusted_proxies);
    let pair = state.app.accounts().login(Login { username, password, code, device }).await?;
    Ok(HttpResponse::Ok().json(dto::token_pair(pair, state.clock.now())))
}

/// Exchange a refresh token for the next pair
///
/// A refresh token works once. Its immediate repeat within ten seconds is answered with the same pair; any other reuse
/// ends the session. Failures are answered with a delay, because there are clients that ask again without a pause.
#[utoipa::path(
    post, path = "/api/v1/refresh",
    operation_id = "refresh", tag = "account",
    request_body = RefreshBody,
    responses((status = 200, body = TokenPair), (status = 401, description = "`Invalid refresh token`")),
)]
pub(crate) async fn refresh(
    request: HttpRequest,
    state: Data<AppState>,
    Body(body): Body<RefreshBody>,
) -> Result<HttpResponse, Problem> {
    let device = client::device(&request, &state.config.server.trusted_proxies);
    match state.app.accounts().refresh(body.refresh_token.expose(), &device).await {
        Ok(pair) => Ok(HttpResponse::Ok().json(dto::token_pair(pair, state.clock.now()))),
        Err(error) => {
            let error = match error {
                Error::Unauthenticated(failure) if failure != AuthFailure::AccountDisabled => {
                    AuthFailure::BadRefreshToken.into()
                }
                other => other,
            };
            // A timer: neither a thread nor a database connection waits.
            tokio::time::sleep(state.config.auth.failed_refresh_delay()).await;
            Err(error.into())
        }
    }
}

/// Sign out
///
/// Ends the session of the refresh token and closes its sockets. A token that is none is no error.
#[utoipa::path(
    post, path = "/api/v1/logout",
    operation_id = "sign_out", tag = "account",
    request_body = RefreshBody,
    responses((status = 204, description = "Signed out")),
)]
pub(crate) async fn logout(state: Data<AppState>, Body(body): Body<RefreshBody>) -> Result<HttpResponse, Problem> {
    state.app.accounts().logout(body.refresh_token.expose()).await?;
    Ok(HttpResponse::NoContent().finish())
}
