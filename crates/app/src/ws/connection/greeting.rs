//! Connections that say who they are in their first frame.

use std::sync::Arc;

use actix_ws::{AggregatedMessage, AggregatedMessageStream};
use bytes::Bytes;
use hallway_application::ErrorKind;
use hallway_domain::Disconnect;
use hallway_domain::call::DeviceId;
use hallway_hub::{Dialect, Mailbox};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::inbox::failure;
use super::{Admitted, NotAdmitted};
use crate::ws::Sockets;
use crate::ws::fastroom::{self, Command, NATIVE, Rules};

/// Waits for the first frame, which has to be `auth`. The error says why to close; none when the client has gone.
pub(super) async fn greet(
    sockets: &Arc<Sockets>,
    (dialect, device): (Dialect, Option<DeviceId>),
    frames: &mut AggregatedMessageStream,
) -> Result<Admitted, Option<Disconnect>> {
    let first = timeout(sockets.settings.auth_timeout, first_text(frames));
    let text = tokio::select! {
        text = first => text.map_err(|_| Some(Disconnect::Unauthenticated))??,
        () = sockets.stopping.cancelled() => return Err(Some(sockets.settings.goodbye)),
    };
    let rules = Rules { message_chars: sockets.settings.message_chars, native: dialect == NATIVE };
    let Ok(Command::Auth { token }) = fastroom::decode(&text, rules) else {
        return Err(Some(Disconnect::Unauthenticated));
    };
    let caller = sockets.app.accounts().authenticate(token.expose_secret()).await;
    let caller = caller.map_err(|error| Some(why(error.kind())))?;
    Admitted::new(sockets, caller, (dialect, device)).await.map_err(|error| {
        Some(match error {
            NotAdmitted::Full => Disconnect::RateLimited,
            NotAdmitted::Failed(error) => why(error.kind()),
        })
    })
}

const fn why(kind: ErrorKind) -> Disconnect {
    match kind {
        ErrorKind::RateLimited => Disconnect::RateLimited,
        ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::Internal => Disconnect::Internal,
        ErrorKind::Invalid
        | ErrorKind::Unauthenticated
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::TooLarge
        | ErrorKind::WrongType => Disconnect::Unauthenticated,
    }
}

async fn first_text(frames: &mut AggregatedMessageStream) -> Result<String, Option<Disconnect>> {
    loop {
        match frames.recv().await {
            Some(Ok(AggregatedMessage::Text(text))) => return Ok(text.to_string()),
            // Not worth an answer before it is known who asks.
            Some(Ok(AggregatedMessage::Ping(_) | AggregatedMessage::Pong(_))) => {}
            Some(Ok(AggregatedMessage::Binary(_))) => return Err(Some(Disconnect::Unauthenticated)),
            Some(Ok(AggregatedMessage::Close(_))) | None => return Err(None),
            Some(Err(error)) => return Err(failure(&error)),
        }
    }
}

/// A mailbox with nothing but the end in it.
pub(super) fn farewell(sockets: &Sockets, why: Disconnect, last: Bytes) -> Mailbox {
    let mailbox = Mailbox::new(sockets.settings.mailbox);
    mailbox.close(why, last);
    mailbox
}
