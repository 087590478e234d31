//! Finding messages.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::SearchMessages;
use hallway_domain::search::{self, SearchText};
use hallway_domain::{MessageId, RoomId, UserId};
use hallway_protocol::RoomKind;
use hallway_protocol::rest::{FoundMessage, FoundMessages, FoundRoom};

use super::dto;
use super::extract::Signed;
use super::fields::{Fields, MAX_SAFE};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::AppState;

const DEFAULT_LIMIT: u32 = 20;
const MAX_LIMIT: u32 = 50;

/// Search messages
///
/// In all rooms that the caller may read now: public rooms, and those of which the caller is a member, direct
/// conversations included. The newest come first.
///
/// Case, accents and full-width forms make no difference. A word of three characters or more is found anywhere, also in
/// the middle of a longer one; a shorter one where a word begins, or anywhere if it is Chinese, Japanese, Korean or Thai.
/// All words must be in the message; `"several words"` in quotes, one after another.
///
/// `q` may itself hold filters: `from:alice`, `in:general`, `in:"a name"`, `in:@alice`, `before:2026-03-01`,
/// `after:2026-01-01`, `has:link`.
#[utoipa::path(
    get, path = "/api/v1/search/messages",
    operation_id = "search_messages", tag = "messages", security(("bearer" = [])),
    params(
        ("q" = Option<String>, Query, max_length = 256, description = "At most 10 words or phrases"),
        ("room_id" = Option<i64>, Query, description = "Only in this room"),
        ("from" = Option<String>, Query, description = "Only by this user"),
        ("in" = Option<String>, Query, description = "Only in the room of this name, or with `@alice`"),
        ("after" = Option<String>, Query, description = "A day of UTC, or a moment: sent then or later"),
        ("before" = Option<String>, Query, description = "A day of UTC, or a moment: sent before it began"),
        ("has" = Option<String>, Query, description = "`link`, `reaction`, `pin`, `file` or `image`; several with commas"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 50, description = "Default 20"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = FoundMessages),
        (status = 403, description = "`banned` from the room"),
        (status = 404, description = "`room not found`"),
        (status = 422, description = "Neither a word nor a filter, or one that is no good"),
        (status = 429, description = "`rate_limited`"),
        (status = 503, description = "Took too long, or the database is away"),
    ),
)]
pub(crate) async fn messages(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let limit = fields.integer("limit", 1, MAX_LIMIT.into()).and_then(|limit| limit.try_into().ok());
    let room = fields.integer("room_id", 1, MAX_SAFE).map(RoomId);
    let older_than = fields.integer("cursor", 1, MAX_SAFE).map(MessageId);
    let q = fields.text("q").unwrap_or_default();
    let filters = ["from", "in", "after", "before", "has"].map(|key| (key, fields.text(key)));
    fields.finish()?;
    let mut text = SearchText::parse(&q)?;
    for (key, value) in &filters {
        let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else { continue };
        if *key == "has" {
            value.split(',').try_for_each(|has| text.filter(key, has.trim()))?;
        } else {
            text.filter(key, value)?;
        }
    }
    let needles = text.needles.clone();
    let wanted = SearchMessages { text, room, older_than, limit: limit.unwrap_or(DEFAULT_LIMIT) };
    let page = state.app.messages().search(&caller.actor, wanted).await?;
    let reader = caller.actor.id();
    let links = Links::of(&state.app, reader);
    Ok(HttpResponse::Ok().json(FoundMessages {
        next_cursor: page.next.map(|id| id.to_string()),
        items: (page.items.into_iter())
            .map(|item| {
                let mut found = found(item, &needles, reader);
                links.sign(&mut found.message.attachments);
                found
            })
            .collect(),
    }))
}

fn found(item: search::FoundMessage, needles: &[search::Needle], reader: UserId) -> FoundMessage {
    let search::FoundMessage { view, room, kind } = item;
    let body = view.message.body.as_str();
    let highlights = search::highlights(body, needles).into_iter().map(|(start, end)| [start, end]).collect();
    let search::Snippet { start, text } = search::snippet(body, needles);
    FoundMessage {
        highlights,
        snippet: text,
        snippet_start: start,
        room: FoundRoom {
            id: room.room.0,
            name: dto::room_name(room.name, room.peers.as_ref().and_then(|peers| peers.other(reader))),
            kind: match kind {
                hallway_domain::RoomKind::Public => RoomKind::Public,
                hallway_domain::RoomKind::Private => RoomKind::Private,
                hallway_domain::RoomKind::Direct => RoomKind::Direct,
            },
        },
        message: dto::message(view),
    }
}
