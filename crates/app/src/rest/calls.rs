//! Calls: which servers browsers need for them, and what was.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use hallway_domain::call::{Call, CallId, CallState, Outcome, Side};
use hallway_domain::ports::CallCursor;
use hallway_domain::{InvalidText, Timestamp, UserId};
use hallway_protocol::rest::{CallDirection, IceServers, PastCall, PastCalls};

use super::extract::Signed;
use super::fields::Fields;
use crate::problem::Problem;
use crate::state::AppState;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 100;

/// STUN and TURN servers for a call
///
/// Ask before every call, and again before reconnecting once `expires_at` has passed. The operator decides which there
/// are; there are none by default.
#[utoipa::path(
    get, path = "/api/v1/webrtc/ice-servers",
    operation_id = "ice_servers", tag = "calls", security(("bearer" = [])),
    responses((status = 200, body = IceServers)),
)]
pub(crate) async fn ice_servers(state: Data<AppState>, Signed(caller, ()): Signed) -> Result<HttpResponse, Problem> {
    let servers = state.ice.servers(caller.actor.id(), state.clock.now());
    // A password is in it.
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(servers))
}

/// List calls that are over
///
/// The caller's own, the newest first.
#[utoipa::path(
    get, path = "/api/v1/calls",
    operation_id = "list_calls", tag = "calls", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100, description = "Default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = PastCalls), (status = 422, description = "No such cursor or limit")),
)]
pub(crate) async fn history(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, ()): Signed,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::new("query", request.query_string());
    let limit = fields.integer("limit", 1, MAX_LIMIT.into()).and_then(|limit| limit.try_into().ok());
    let cursor = fields.text("cursor");
    fields.finish()?;
    let before = match cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(read_cursor(text).ok_or_else(|| InvalidText::new("cursor", "no such cursor"))?),
    };
    let me = caller.actor.id();
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let page = state.app.calls().history(&caller.actor, before.as_ref(), limit).await?;
    Ok(HttpResponse::Ok().json(PastCalls {
        items: page.calls.iter().filter_map(|call| past(call, me)).collect(),
        next_cursor: page.next.as_ref().map(write_cursor),
    }))
}

fn write_cursor(cursor: &CallCursor) -> String {
    format!("{}.{}", cursor.created_at.unix_timestamp_nanos() / 1000, cursor.call)
}

fn read_cursor(text: &str) -> Option<CallCursor> {
    let (micros, call) = text.split_once('.')?;
    let nanos = i128::from(micros.parse::<i64>().ok()?) * 1000;
    let created_at = Timestamp::from_unix_timestamp_nanos(nanos).ok()?;
    Some(CallCursor { created_at, call: CallId::parse(call).ok()? })
}

/// None: it is not over.
fn past(call: &Call, me: UserId) -> Option<PastCall> {
    let CallState::Ended { ending, accepted_at, .. } = &call.state else { return None };
    let side = call.side_of(me)?;
    let outcome = match (ending.outcome, side) {
        (Outcome::Cancelled | Outcome::Busy, Side::Callee) => Outcome::Missed,
        (outcome, _) => outcome,
    };
    let talked = accepted_at.map(|began| (ending.at - began).whole_seconds().try_into().unwrap_or_default());
    Some(PastCall {
        call_id: call.id.to_string(),
        direction: if side == Side::Caller { CallDirection::Outgoing } else { CallDirection::Incoming },
        user_id: call.user(side.other()).0,
        room_id: call.room.map(|room| room.0),
        audio: call.media.audio,
        video: call.media.video,
        outcome: outcome.word().to_owned(),
        reason: ending.reason.word().to_owned(),
        created_at: call.created_at.into(),
        accepted_at: accepted_at.map(Into::into),
        ended_at: ending.at.into(),
        seconds: talked.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_were() {
        let created_at = time::macros::datetime!(2026-03-01 12:00:00.123456 UTC);
        let cursor = CallCursor { created_at, call: CallId::parse("a-1").expect("an id") };
        assert_eq!(read_cursor(&write_cursor(&cursor)), Some(cursor));
        for bad in ["", "1", "x.a", "1.", "1.a b", "9223372036854775807.a"] {
            assert_eq!(read_cursor(bad), None, "{bad}");
        }
    }
}
