//! From a handshake to a connection with a task of its own.

use std::sync::Arc;
use std::time::Duration;

use actix_http::ws::HandshakeError;
use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError as _, dev, web};
use hallway_application::{AuthFailure, Authenticated, Error, ErrorKind};
use hallway_domain::Disconnect;
use hallway_domain::call::DeviceId;
use hallway_hub::Dialect;
use hallway_protocol::ws::fastroom::SUBPROTOCOL;
use secrecy::ExposeSecret;
use tokio::sync::oneshot;

use super::Sockets;
use super::body::{Ending, MailboxBody};
use super::connection::{self, Admitted, Caller, NotAdmitted, Transport};
use super::credentials::{Credentials, device, fastsock_token, offers_native};
use super::fastroom::{NATIVE, PLAIN};
use super::fastsock::FASTSOCK;
use super::guard::FrameGuard;
use super::wire::Wire;
use crate::problem::Problem;

/// When to try again where there is no room.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// `GET /ws`. Whatever can be refused is refused before the upgrade, where the client sees a status and proxies do too.
pub(crate) async fn upgrade(
    request: HttpRequest,
    payload: web::Payload,
    sockets: web::Data<Sockets>,
) -> actix_web::Result<HttpResponse> {
    if let Some(answer) = turn_away(&request, &sockets)? {
        return Ok(answer);
    }
    let sockets = sockets.into_inner();
    let dialect = if offers_native(&request) { NATIVE } else { PLAIN };
    let known_device = device(&request).filter(|_| dialect == NATIVE);
    let caller = match identify(&request, &sockets).await? {
        Identity::Known(authenticated) => admit(&sockets, *authenticated, (dialect, known_device)).await?,
        Identity::Refused(why) => Caller::Refused(why),
        Identity::Unknown => {
            let permit = Arc::clone(&sockets.strangers).try_acquire_owned();
            Caller::Unknown(permit.map_err(|_| no_room("too_many_connections", "too many connections"))?)
        }
    };
    open(&request, payload, sockets, (caller, dialect)).await
}

/// `GET /api/v1/ws/chat?token=`. A token that is missing or bad is refused here: FastSock's client then comes back after
/// a pause, as it does after anything else.
pub(crate) async fn upgrade_fastsock(
    request: HttpRequest,
    payload: web::Payload,
    sockets: web::Data<Sockets>,
) -> actix_web::Result<HttpResponse> {
    if let Some(answer) = turn_away(&request, &sockets)? {
        return Ok(answer);
    }
    let sockets = sockets.into_inner();
    let token = fastsock_token(&request).ok_or_else(Problem::not_authenticated)?;
    let known = sockets.app.accounts().authenticate(token.expose_secret()).await.map_err(refused)?;
    let caller = admit(&sockets, known, (FASTSOCK, None)).await?;
    open(&request, payload, sockets, (caller, FASTSOCK)).await
}

/// What can be said before anybody is asked for: the answer to a request that is no handshake.
fn turn_away(request: &HttpRequest, sockets: &Sockets) -> Result<Option<HttpResponse>, Problem> {
    if sockets.is_stopping() {
        return Err(no_room("stopping", "server is stopping"));
    }
    if !sockets.settings.origins.admits(request) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "origin_not_allowed", "origin not allowed"));
    }
    // Nobody is counted in for a request that is no handshake.
    Ok(actix_http::ws::verify_handshake(request.head()).err().map(no_handshake))
}

async fn admit(
    sockets: &Arc<Sockets>,
    known: Authenticated,
    on: (Dialect, Option<DeviceId>),
) -> Result<Caller, Problem> {
    let admitted = Admitted::new(sockets, known, on).await.map_err(|error| match error {
        NotAdmitted::Full => full(sockets),
        NotAdmitted::Failed(error) => refused(error),
    })?;
    Ok(Caller::Known(Box::new(admitted)))
}

/// Upgrades, and gives the connection a task of its own.
async fn open(
    request: &HttpRequest,
    payload: web::Payload,
    sockets: Arc<Sockets>,
    (caller, dialect): (Caller, Dialect),
) -> actix_web::Result<HttpResponse> {
    let guard = FrameGuard::new(payload, sockets.settings.frame_bytes as u64);
    let mut guarded: dev::Payload = dev::Payload::Stream { payload: Box::pin(guard) };
    let payload = web::Payload::from_request(request, &mut guarded).await?;
    let (response, _session, frames) = actix_ws::handle_with_protocols(request, payload, &[SUBPROTOCOL])?;
    let limit = sockets.settings.frame_bytes;
    let frames = frames.max_frame_size(limit).aggregate_continuations().max_continuation_size(limit);

    let (mailbox, expected) = oneshot::channel();
    let ending = Ending::default();
    let device = if dialect == NATIVE { device(request) } else { None };
    let transport = Transport { dialect, frames, mailbox, ending: ending.clone(), wire: Wire::of(request), device };
    let tasks = sockets.tasks.clone();
    tasks.spawn_local(connection::run(sockets, caller, transport));
    Ok(response.map_body(|_, library| MailboxBody::new(expected, library, ending).boxed()))
}

/// What is wrong with a request that does not open a socket as RFC 6455, section 4.1, says.
fn no_handshake(error: HandshakeError) -> HttpResponse {
    let (status, code) = match error {
        HandshakeError::GetMethodRequired => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
        HandshakeError::UnsupportedVersion => (StatusCode::UPGRADE_REQUIRED, "unsupported_version"),
        HandshakeError::NoWebsocketUpgrade
        | HandshakeError::NoConnectionUpgrade
        | HandshakeError::NoVersionHeader
        | HandshakeError::BadWebsocketKey => (StatusCode::BAD_REQUEST, "bad_handshake"),
    };
    let mut response = Problem::new(status, code, error.to_string()).error_response();
    if status == StatusCode::UPGRADE_REQUIRED {
        let headers = response.headers_mut();
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    response
}

enum Identity {
    Known(Box<Authenticated>),
    /// To be accepted and closed, as FastRoom did.
    Refused(Disconnect),
    Unknown,
}

async fn identify(request: &HttpRequest, sockets: &Sockets) -> Result<Identity, Problem> {
    let accounts = sockets.app.accounts();
    let found = match Credentials::of(request, sockets.settings.allow_query_token) {
        Credentials::Token(token) => accounts.authenticate(token.expose_secret()).await,
        Credentials::Ticket(ticket) => accounts.redeem_ticket(ticket.expose_secret()).await,
        Credentials::None => return Ok(Identity::Unknown),
    };
    match found {
        Ok(authenticated) => Ok(Identity::Known(Box::new(authenticated))),
        Err(error) => match legacy_close(&error).filter(|_| sockets.settings.legacy_4400) {
            Some(why) => Ok(Identity::Refused(why)),
            None => Err(refused(error)),
        },
    }
}

/// Why FastRoom closed what it had accepted first.
const fn legacy_close(error: &Error) -> Option<Disconnect> {
    match error {
        Error::Unauthenticated(AuthFailure::AccountDisabled) => Some(Disconnect::AccountDisabled),
        Error::Unauthenticated(_) => Some(Disconnect::Unauthenticated),
        _ => None,
    }
}

fn refused(error: Error) -> Problem {
    if error.kind() == ErrorKind::Unauthenticated {
        return Problem::new(StatusCode::UNAUTHORIZED, error.code(), error.to_string());
    }
    error.into()
}

fn full(sockets: &Sockets) -> Problem {
    if sockets.hub.connections() >= sockets.settings.connections {
        return no_room("too_many_connections", "too many connections");
    }
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_connections", "too many connections");
    problem.with_retry_after(RETRY_AFTER)
}

fn no_room(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).with_retry_after(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_not_known_is_sent_away_as_fastroom_did() {
        let closed = |error: Error| legacy_close(&error);
        assert_eq!(closed(AuthFailure::BadToken.into()), Some(Disconnect::Unauthenticated));
        assert_eq!(closed(AuthFailure::WrongTokenType.into()), Some(Disconnect::Unauthenticated));
        assert_eq!(closed(AuthFailure::AccountDisabled.into()), Some(Disconnect::AccountDisabled));
        assert_eq!(closed(Error::Busy), None);
        assert_eq!(closed(Error::Unavailable("x".to_owned())), None);
    }
}
