//! The REST API. The canonical paths live under `/api/v1`; FastRoom's own unprefixed paths are the same handlers
//! mounted a second time.

mod account;
mod account_security;
mod administration;
mod attachments;
mod audit;
mod blocks;
mod calls;
mod client;
mod direct;
mod docs;
mod dto;
mod edge;
mod export;
mod extract;
mod fastsock;
mod fields;
mod filters;
mod invites;
mod marks;
mod members;
mod messages;
mod openapi;
mod pins;
mod protection;
mod receive;
mod reports;
mod rooms;
mod sanctions;
mod search;
mod serve;
mod system;
mod totp;
mod uploads;
mod users;

use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, ResponseError as _, Route};

pub(crate) use edge::{describe_metrics, edge};
pub(crate) use openapi::document as openapi;
pub(crate) use uploads::ending as upload_ending;

use crate::problem::Problem;
use crate::ws;

/// Mounts everything but the web app. The app data must hold `web::Data<AppState>` and `web::Data<Sockets>`.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            web::scope("/api/v1")
                .configure(attachments::configure)
                .configure(uploads::configure)
                .configure(routes)
                .configure(versioned_routes)
                .configure(reports::configure)
                .configure(audit::configure)
                .configure(protection::configure)
                .configure(filters::configure)
                .configure(sanctions::configure)
                .configure(invites::configure)
                .configure(administration_routes)
                .configure(fastsock::configure)
                .configure(ws::configure_fastsock)
                .default_service(web::to(no_such_path)),
        )
        .configure(routes)
        .configure(uploads::configure_static)
        .service(on("/readyz", [(Method::GET, web::get().to(system::ready))]))
        .service(on("/metrics", [(Method::GET, web::get().to(system::metrics))]));
}

/// The API's description: the document and a page to read it.
pub(crate) fn configure_docs(config: &mut ServiceConfig) {
    docs::configure(config);
}

/// Whether an address belongs to the API, so that the web app must not answer for it.
pub(crate) fn is_api(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(
        first,
        "api"
            | "health"
            | "register"
            | "token"
            | "refresh"
            | "logout"
            | "users"
            | "rooms"
            | "ws"
            | "readyz"
            | "metrics"
            | "openapi.json"
            | "docs"
            | "static"
    )
}

/// Paths that exist both under `/api/v1` and at the root.
fn routes(config: &mut ServiceConfig) {
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let put = Method::PUT;
    config
        .service(on("/health", [(get.clone(), web::to(system::health))]))
        .service(on("/register", [(post.clone(), web::to(account::register))]))
        .service(on("/token", [(post.clone(), web::to(account::token))]))
        .service(on("/refresh", [(post.clone(), web::to(account::refresh))]))
        .service(on("/logout", [(post.clone(), web::to(account::logout))]))
        .service(on("/ws/ticket", [(post.clone(), web::to(users::ticket))]))
        .configure(ws::configure)
        .service(web::resource("/users").to(with_slash))
        .service(on("/users/", [(get.clone(), web::to(users::list))]))
        .service(on(
            "/users/me",
            [
                (get.clone(), web::to(users::me)),
                (patch.clone(), web::to(users::update_me)),
                (delete.clone(), web::to(account_security::erase)),
            ],
        ))
        .service(on("/users/me/password", [(post.clone(), web::to(account_security::change_password))]))
        .service(on(
            "/users/me/totp",
            [
                (get.clone(), web::to(totp::state)),
                (post.clone(), web::to(totp::enrol)),
                (delete.clone(), web::to(totp::remove)),
            ],
        ))
        .service(on("/users/me/totp/confirm", [(post.clone(), web::to(totp::confirm))]))
        .service(on("/users/me/export", [(get.clone(), web::to(export::export))]))
        .service(on("/users/me/blocks", [(get.clone(), web::to(blocks::list))]))
        .service(on(
            "/users/{user_id}/block",
            [(put.clone(), web::to(blocks::block)), (delete.clone(), web::to(blocks::unblock))],
        ))
        .service(on(
            "/users/me/sessions",
            [(get.clone(), web::to(users::sessions)), (delete.clone(), web::to(users::revoke_other_sessions))],
        ))
        .service(on("/users/me/sessions/{session_id}", [(delete.clone(), web::to(users::revoke_session))]))
        .service(on("/users/{username}", [(get.clone(), web::to(users::by_username))]))
        .service(web::resource("/rooms").to(with_slash))
        .service(on("/rooms/", [(get.clone(), web::to(rooms::list)), (post.clone(), web::to(rooms::create))]))
        .service(on("/rooms/by-name/{name:.*}", [(get.clone(), web::to(rooms::by_name))]))
        .service(on(
            "/rooms/{room_id}",
            [
                (get.clone(), web::to(rooms::get)),
                (patch.clone(), web::to(rooms::update)),
                (delete.clone(), web::to(rooms::delete)),
            ],
        ))
        .service(on("/rooms/{room_id}/presence", [(get.clone(), web::to(rooms::presence))]))
        .service(on("/rooms/{room_id}/join", [(post.clone(), web::to(members::join))]))
        .service(on("/rooms/{room_id}/leave", [(delete.clone(), web::to(members::leave))]))
        .service(on(
            "/rooms/{room_id}/members",
            [(get.clone(), web::to(members::list)), (post.clone(), web::to(members::add))],
        ))
        .service(on("/rooms/{room_id}/members/{user_id}/moderator", [(post.clone(), web::to(members::moderator))]))
        .service(on("/rooms/{room_id}/members/{user_id}/ban", [(post.clone(), web::to(members::ban))]))
        .service(on("/rooms/{room_id}/members/{user_id}/mute", [(post.clone(), web::to(members::mute))]))
        .service(on("/rooms/{room_id}/read", [(post.clone(), web::to(marks::read))]))
        .service(on("/rooms/{room_id}/unread", [(post, web::to(marks::unread))]))
        .service(on("/rooms/{room_id}/notifications", [(put.clone(), web::to(marks::notifications))]))
        .service(on("/rooms/{room_id}/pins", [(get.clone(), web::to(pins::list))]))
        .service(on(
            "/rooms/{room_id}/pins/{message_id}",
            [(put, web::to(pins::pin)), (delete.clone(), web::to(pins::unpin))],
        ))
        .service(on("/rooms/{room_id}/messages/{message_id}/seen", [(get.clone(), web::to(marks::seen))]))
        .service(on("/rooms/{room_id}/messages", [(get, web::to(messages::list))]))
        .service(on(
            "/rooms/{room_id}/messages/{message_id}",
            [(patch, web::to(messages::edit)), (delete, web::to(messages::delete))],
        ));
}

/// Paths that exist under `/api/v1` alone.
fn versioned_routes(config: &mut ServiceConfig) {
    config.service(on("/calls", [(Method::GET, web::get().to(calls::history))]));
    config.service(on("/webrtc/ice-servers", [(Method::GET, web::get().to(calls::ice_servers))]));
    config.service(on("/search/messages", [(Method::GET, web::get().to(search::messages))]));
    config.service(on(
        "/direct",
        [(Method::GET, web::get().to(direct::list)), (Method::POST, web::post().to(direct::open))],
    ));
}

/// For administrators.
fn administration_routes(config: &mut ServiceConfig) {
    config
        .service(on("/admin/users", [(Method::GET, web::get().to(administration::list))]))
        .service(on("/admin/users/{user_id}", [(Method::DELETE, web::delete().to(administration::erase))]))
        .service(on(
            "/admin/users/{user_id}/disabled",
            [
                (Method::PUT, web::put().to(administration::disable)),
                (Method::DELETE, web::delete().to(administration::enable)),
            ],
        ))
        .service(on(
            "/admin/users/{user_id}/sessions",
            [(Method::DELETE, web::delete().to(administration::end_sessions))],
        ));
}

/// A path with its methods; any other method is told which there are.
fn on<const N: usize>(path: &str, methods: [(Method, Route); N]) -> Resource {
    let allow = methods.iter().map(|(method, _)| method.as_str()).collect::<Vec<_>>().join(", ");
    let routes = methods.into_iter().map(|(method, route)| route.method(method));
    routes.fold(web::resource(path), Resource::route).default_service(web::to(move || {
        let mut response =
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed").error_response();
        if let Ok(allow) = header::HeaderValue::from_str(&allow) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        std::future::ready(response)
    }))
}

/// FastRoom's redirect to the path that ends in a slash, whatever the method.
async fn with_slash(request: HttpRequest) -> HttpResponse {
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    let location = format!("{}/{query}", request.path());
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, location)).finish()
}

async fn no_such_path() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

#[cfg(test)]
mod tests;
