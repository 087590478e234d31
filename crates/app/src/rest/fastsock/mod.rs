//! FastSock's own names under `/api/v1`: the same use cases in its words.

pub(super) mod auth;
pub(super) mod chat;
pub(super) mod messages;

use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, ServiceConfig};
use hallway_application::{Error, ErrorKind};
use hallway_domain as domain;
use hallway_protocol::rest::fastsock as rest;

use super::on;
use crate::problem::Problem;

/// Under `/api/v1`.
pub(super) fn configure(config: &mut ServiceConfig) {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    config
        .service(on("/auth/signup", [(post.clone(), web::to(auth::sign_up))]))
        .service(on("/auth/login/access-token", [(post.clone(), web::to(auth::login))]))
        .service(on("/chat/rooms", [(get.clone(), web::to(chat::rooms)), (post, web::to(chat::create))]))
        .service(on("/chat/unread", [(get.clone(), web::to(chat::unread))]))
        .service(on("/chat/history/user/{user_id}", [(get.clone(), web::to(chat::history_user))]))
        .service(on("/chat/history/room/{room_id}", [(get, web::to(chat::history_room))]))
        .service(on(
            "/chat/messages/{message_id}",
            [(put, web::to(messages::edit)), (delete, web::to(messages::delete))],
        ));
}

/// An account with what only its owner sees if `own`.
pub(super) fn user(user: &domain::User, own: bool) -> rest::User {
    let email = user.email.as_ref().filter(|_| own).map(|email| email.as_str().to_owned());
    rest::User {
        email: email.unwrap_or_default(),
        is_active: !user.disabled,
        ..crate::ws::fastsock::user(&user.to_ref(), user.full_name.as_ref())
    }
}

/// What whoever may not know of a room or message is told, in FastSock's words.
fn hidden(error: Error, detail: &'static str) -> Problem {
    if error.kind() == ErrorKind::NotFound {
        return Problem::new(StatusCode::NOT_FOUND, error.code(), detail);
    }
    error.into()
}
