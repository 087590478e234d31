//! The description of the REST API.

use actix_web::http::StatusCode;
use hallway_protocol::rest::{Problem, ValidationProblem};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{OneOfBuilder, Schema};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use super::{
    account, account_security, administration, attachments, audit, blocks, calls, direct, export, fastsock, filters,
    invites, marks, members, messages, pins, protection, reports, rooms, sanctions, search, system, totp, uploads,
    users,
};
use crate::problem::PROBLEM_JSON;

const ABOUT: &str = "\
Rooms, chat, presence and moderation. Live events come over the WebSocket at `/ws`; see `docs/api/asyncapi.json`.

**Paths.** What FastRoom served without a prefix is also mounted at the root, with all that was added below the same \
first word (`/api/v1/rooms/` is `/rooms/`): the same handlers, described once. Whatever is new is under `/api/v1` alone. \
`/users` and `/rooms` without the last slash answer 307.

**Errors** are problem documents (RFC 9457) with a stable `code`. A query, path or body that does not parse is 422 with \
a list in `detail`; everything else has a text there.

**Signing in.** `Authorization: Bearer <access token>` from `/token`; `/refresh` before it ends.";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Hallway", description = ABOUT, license(name = "MIT", identifier = "MIT")),
    paths(
        account::register, account::token, account::refresh, account::logout,
        account_security::change_password, account_security::erase, export::export,
        totp::state, totp::enrol, totp::confirm, totp::remove,
        blocks::list, blocks::block, blocks::unblock,
        administration::list, administration::erase, administration::disable, administration::enable,
        administration::end_sessions,
        users::me, users::update_me, users::list, users::by_username,
        users::sessions, users::revoke_session, users::revoke_other_sessions, users::ticket,
        rooms::list, rooms::create, rooms::get, rooms::by_name, rooms::update, rooms::delete, rooms::presence,
        direct::open, direct::list,
        members::list, members::add, members::join, members::leave,
        members::moderator, members::ban, members::mute,
        sanctions::bans, sanctions::ban, sanctions::unban, sanctions::mutes, sanctions::mute, sanctions::unmute,
        sanctions::promote, sanctions::demote, sanctions::kick, sanctions::hand_over,
        invites::create, invites::list, invites::revoke, invites::preview, invites::accept,
        reports::create, reports::of_room, reports::all, reports::resolve, reports::resolve_any,
        audit::of_room, audit::all, protection::get, protection::update,
        filters::list, filters::add, filters::remove, filters::held, filters::approve, filters::reject,
        marks::read, marks::unread, marks::seen, marks::notifications, pins::list, pins::pin, pins::unpin,
        attachments::create, attachments::one, attachments::discard, attachments::content, attachments::thumbnail,
        uploads::upload, uploads::show,
        messages::list, messages::edit, messages::delete, search::messages,
        calls::ice_servers, calls::history,
        fastsock::auth::sign_up, fastsock::auth::login,
        fastsock::chat::rooms, fastsock::chat::create, fastsock::chat::unread,
        fastsock::chat::history_user, fastsock::chat::history_room,
        fastsock::messages::edit, fastsock::messages::delete,
        system::health, system::ready, system::metrics,
    ),
    components(schemas(Problem, ValidationProblem)),
    modifiers(&Bearer, &Failures),
    tags(
        (name = "account", description = "Registration and sign-in"),
        (name = "users", description = "Users, one's own profile and sessions"),
        (name = "administration", description = "Accounts of others, for administrators"),
        (name = "rooms", description = "Rooms"),
        (name = "direct", description = "Conversations between two users"),
        (name = "members", description = "Memberships, roles and sanctions"),
        (name = "review", description = "Reports, the audit log, and what rooms keep out"),
        (name = "messages", description = "Messages"),
        (name = "calls", description = "Calls between two users; they take place over the sockets"),
        (name = "attachments", description = "Files of messages"),
        (name = "fastsock", description = "The same in the words of FastSock's API, for its clients"),
        (name = "system", description = "Operation"),
    ),
)]
struct Api;

/// The whole document.
pub(crate) fn document() -> OpenApi {
    Api::openapi()
}

/// How callers say who they are.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        api.components.get_or_insert_default().add_security_scheme("bearer", scheme);
    }
}

/// What a route can answer because of how it is asked: by whom, with a body, with an id.
struct Failures;

impl Modify for Failures {
    fn modify(&self, api: &mut OpenApi) {
        for (path, item) in &mut api.paths.paths {
            let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                describe(path, operation);
            }
        }
    }
}

fn describe(path: &str, operation: &mut Operation) {
    let is_signed = operation.security.is_some();
    let has_body = operation.request_body.is_some();
    let has_parameters = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let has_path = path.contains('{');
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            let status = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
            status
                .and_then(|status| status.canonical_reason())
                .unwrap_or("Answer")
                .clone_into(&mut response.description);
        }
        if status == "422" {
            *response = invalid(&response.description);
        } else if status.starts_with(['4', '5']) {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert(PROBLEM_JSON.to_owned(), content.into());
        }
    }
    if !path.starts_with("/api/v1/") || path == "/api/v1/health" {
        return;
    }
    let mut add = |status: &str, description: &str| {
        let response = if status == "422" { invalid(description) } else { problem(description) };
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response.into());
    };
    add("429", "Too many requests; `Retry-After` says when to come back");
    add("503", "Busy or unavailable; `Retry-After` says when to come back");
    add(
        "400",
        if is_signed { "`Inactive user`, or not HTTP" } else { "`Inactive user`, or the body could not be read" },
    );
    if is_signed {
        add("401", "`Not authenticated`, `Invalid token: ..`, `Invalid token type` or `Session revoked`");
    }
    if has_body {
        add("408", "The body took too long to arrive");
        add("413", "The body is too large");
        add("415", "The body is of another type");
    }
    if has_body || has_parameters {
        add("422", "A value is not valid");
    }
    if has_path {
        add("404", "Not found");
    }
}

fn problem(description: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build()
}

fn invalid(description: &str) -> Response {
    let either = OneOfBuilder::new()
        .item(Ref::from_schema_name("ValidationProblem"))
        .item(Ref::from_schema_name("Problem"))
        .build();
    let content = Content::new(Some(RefOr::T(Schema::OneOf(either))));
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build()
}
