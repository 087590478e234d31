//! From a handshake to a connection with a task of its own.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web};
use hallway_application::{Authenticated, Error, ErrorKind};
use hallway_domain::Disconnect;
use hallway_protocol::ws::fastroom::SUBPROTOCOL;
use secrecy::ExposeSecret;
use tokio::sync::oneshot;

use super::Sockets;
use super::body::{Ending, MailboxBody};
use super::connection::{self, Admitted, Caller, NotAdmitted, Transport};
use super::credentials::{Credentials, offers_native};
use super::fastroom::{NATIVE, PLAIN};
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
    if sockets.stopping.is_cancelled() {
        return Err(no_room("stopping", "server is stopping").into());
    }
    if !sockets.settings.origins.admits(&request) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "origin_not_allowed", "origin not allowed").into());
    }
    // Nobody is counted in for a request that is no handshake.
    actix_http::ws::verify_handshake(request.head())?;
    let sockets = sockets.into_inner();
    let dialect = if offers_native(&request) { NATIVE } else { PLAIN };
    let caller = match identify(&request, &sockets).await? {
        Identity::Known(authenticated) => {
            let admitted = Admitted::new(&sockets, *authenticated, dialect).await.map_err(|error| match error {
                NotAdmitted::Full => full(&sockets),
                NotAdmitted::Failed(error) => refused(error),
            })?;
            Caller::Known(Box::new(admitted))
        }
        Identity::Refused => Caller::Refused(Disconnect::Unauthenticated),
        Identity::Unknown => {
            let permit = Arc::clone(&sockets.strangers).try_acquire_owned();
            Caller::Unknown(permit.map_err(|_| no_room("too_many_connections", "too many connections"))?)
        }
    };

    let guard = FrameGuard::new(payload, sockets.settings.frame_bytes as u64);
    let mut guarded: dev::Payload = dev::Payload::Stream { payload: Box::pin(guard) };
    let payload = web::Payload::from_request(&request, &mut guarded).await?;
    let (response, _session, frames) = actix_ws::handle_with_protocols(&request, payload, &[SUBPROTOCOL])?;
    let limit = sockets.settings.frame_bytes;
    let frames = frames.max_frame_size(limit).aggregate_continuations().max_continuation_size(limit);

    let (mailbox, expected) = oneshot::channel();
    let ending = Ending::default();
    let transport = Transport { dialect, frames, mailbox, ending: ending.clone(), wire: Wire::of(&request) };
    let tasks = sockets.tasks.clone();
    tasks.spawn_local(connection::run(sockets, caller, transport));
    Ok(response.map_body(|_, library| MailboxBody::new(expected, library, ending).boxed()))
}

enum Identity {
    Known(Box<Authenticated>),
    /// To be accepted and closed, as FastRoom did.
    Refused,
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
        Err(error) if error.kind() == ErrorKind::Unauthenticated && sockets.settings.legacy_4400 => {
            Ok(Identity::Refused)
        }
        Err(error) => Err(refused(error)),
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
