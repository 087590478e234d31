//! Signing up and in.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{AuthFailure, Conflict, Error, Login, SignUp};
use hallway_domain::{Email, FullName};
use hallway_protocol::Secret;
use hallway_protocol::rest::TokenType;
use hallway_protocol::rest::fastsock as wire;

use super::user;
use crate::problem::Problem;
use crate::rest::client;
use crate::rest::extract::{Body, expect_type, read};
use crate::rest::fields::Fields;
use crate::state::AppState;

/// Create an account by its address
///
/// The username is made from the address, and unique. The same account signs in everywhere.
#[utoipa::path(
    post, path = "/api/v1/auth/signup",
    operation_id = "fastsock_sign_up", tag = "fastsock",
    request_body = wire::SignUp,
    responses(
        (status = 200, body = wire::User),
        (status = 400, description = "`The user with this username already exists in the system`"),
    ),
)]
pub(crate) async fn sign_up(
    request: HttpRequest,
    state: Data<AppState>,
    Body(body): Body<wire::SignUp>,
) -> Result<HttpResponse, Problem> {
    let full_name = body.full_name.filter(|name| !name.trim().is_empty());
    let command = SignUp {
        email: Email::parse(&body.email)?,
        full_name: full_name.map(|name| FullName::parse(&name)).transpose()?,
        password: body.password.into_exposed(),
    };
    let address = client::address(&request, &state.config.server.trusted_proxies).map(|address| address.to_string());
    match state.app.accounts().sign_up(command, address.as_deref()).await {
        Ok(account) => Ok(HttpResponse::Ok().json(user(&account, true))),
        Err(error @ Error::Conflict(Conflict::EmailTaken | Conflict::UsernameTaken)) => {
            let detail = "The user with this username already exists in the system";
            Err(Problem::new(StatusCode::BAD_REQUEST, error.code(), detail))
        }
        Err(error) => Err(error.into()),
    }
}

/// Sign in
///
/// By address or username. There is one token, and it lives as long as the login.
#[utoipa::path(
    post, path = "/api/v1/auth/login/access-token",
    operation_id = "fastsock_sign_in", tag = "fastsock",
    request_body(content = wire::LoginForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = wire::AccessToken),
        (status = 400, description = "`Incorrect email or password` or `Inactive user`"),
    ),
)]
pub(crate) async fn login(
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
    fields.finish()?;
    let device = client::device(&request, &state.config.server.trusted_proxies);
    match state.app.accounts().login_single(Login { username, password, code: None, device }).await {
        Ok(login) => Ok(HttpResponse::Ok()
            .json(wire::AccessToken { access_token: Secret::new(login.token), token_type: TokenType::Bearer })),
        Err(error @ Error::Unauthenticated(AuthFailure::WrongPassword)) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, error.code(), "Incorrect email or password"))
        }
        Err(error) => Err(error.into()),
    }
}
