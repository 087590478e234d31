//! Changing messages.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use hallway_application::{Error, ReadMarks};
use hallway_domain::policy::Denied;
use hallway_domain::{Actor, Body as Text, MessageId, MessagePlace};
use hallway_hub::RoomLabel;
use hallway_protocol::rest::fastsock as wire;

use super::hidden;
use crate::problem::Problem;
use crate::rest::extract::{Body, MessageIdPath, Signed};
use crate::state::AppState;
use crate::ws::fastsock;

/// Edit a message
///
/// For its author.
#[utoipa::path(
    put, path = "/api/v1/chat/messages/{message_id}",
    operation_id = "fastsock_edit_message", tag = "fastsock", security(("bearer" = [])),
    params(("message_id" = i64, Path)),
    request_body = wire::MessageUpdate,
    responses(
        (status = 200, body = wire::Message),
        (status = 403, description = "`Not authorized to edit this message`"),
        (status = 404, description = "`Message not found`"),
    ),
)]
pub(crate) async fn edit(
    state: Data<AppState>,
    Signed(caller, (MessageIdPath(message), Body(body))): Signed<(MessageIdPath, Body<wire::MessageUpdate>)>,
) -> Result<HttpResponse, Problem> {
    let text = Text::parse(body.content, state.config.limits.message_chars)?;
    let place = locate(&state, &caller.actor, message).await?;
    let edited = state.app.messages().edit(&caller.actor, place.room, message, text).await;
    let (view, _) = edited.map_err(|error| refused(error, "Not authorized to edit this message"))?;
    let rooms = state.app.rooms();
    let room = rooms.get(&caller.actor, place.room).await?;
    let label = RoomLabel::of(&room.head(rooms.peers(&room).await?)).seen_by(caller.actor.id());
    let others = state.app.messages().read_by_others(&caller.actor, place.room).await?;
    let marks = ReadMarks { own: others, others };
    let shown = fastsock::message(&label, &view, (caller.actor.id(), marks), &state.upload_links);
    Ok(HttpResponse::Ok().json(shown))
}

/// Delete a message
///
/// For its author and for moderators of its room.
#[utoipa::path(
    delete, path = "/api/v1/chat/messages/{message_id}",
    operation_id = "fastsock_delete_message", tag = "fastsock", security(("bearer" = [])),
    params(("message_id" = i64, Path)),
    responses(
        (status = 200, body = wire::Done),
        (status = 403, description = "`Not authorized to delete this message`"),
        (status = 404, description = "`Message not found`"),
    ),
)]
pub(crate) async fn delete(
    state: Data<AppState>,
    Signed(caller, MessageIdPath(message)): Signed<MessageIdPath>,
) -> Result<HttpResponse, Problem> {
    let place = locate(&state, &caller.actor, message).await?;
    let deleted = state.app.messages().delete(&caller.actor, place.room, message).await;
    deleted.map_err(|error| refused(error, "Not authorized to delete this message"))?;
    Ok(HttpResponse::Ok().json(wire::Done { ok: true }))
}

async fn locate(state: &AppState, actor: &Actor, message: MessageId) -> Result<MessagePlace, Problem> {
    let place = state.app.messages().place(actor, message).await;
    place.map_err(|error| hidden(error, "Message not found"))
}

/// The recorded words for somebody else's message; what else is in the way is told as it is.
fn refused(error: Error, detail: &'static str) -> Problem {
    match error {
        Error::Denied(Denied::NotPermitted | Denied::NotMember) => {
            Problem::new(StatusCode::FORBIDDEN, error.code(), detail)
        }
        error => hidden(error, "Message not found"),
    }
}
