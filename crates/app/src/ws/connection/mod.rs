//! One connection, owned by one task.
//!
//! [`life::live`] is its loop over one closed set of inputs. Commands run one after the other, in the order of their
//! frames, as a future that the loop polls beside everything else: a long replay holds up the commands behind it, but
//! not heartbeats, notices, acks or the end of the connection. Sends are the exception: they are queued at once, many
//! at a time, and answered in order as their commits end.

mod admission;
mod chat;
mod commands;
mod control;
mod followed;
mod greeting;
mod history;
mod inbox;
mod join;
mod life;
mod manners;
mod marks;
mod peer;
mod pulse;
mod refusal;
mod replay;
mod watch;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_ws::AggregatedMessageStream;
use hallway_domain::Disconnect;
use hallway_hub::{Dialect, Mailbox};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::timeout;

use super::Sockets;
use super::wire::Wire;

pub(super) use admission::{Admitted, NotAdmitted};

/// Who opened the connection, as far as the handshake told.
pub(super) enum Caller {
    Known(Box<Admitted>),
    /// Has to say so in the first frame. The permit counts such connections.
    Unknown(OwnedSemaphorePermit),
    /// Is to be sent away after the handshake.
    Refused(Disconnect),
}

/// The ends of an upgraded connection.
pub(super) struct Transport {
    pub(super) dialect: Dialect,
    pub(super) frames: AggregatedMessageStream,
    /// Takes the mailbox that the response body is to drain.
    pub(super) mailbox: oneshot::Sender<Arc<Mailbox>>,
    /// Resolves when the body has nothing more to say.
    pub(super) finished: oneshot::Receiver<()>,
    pub(super) wire: Option<Wire>,
}

/// How long the last bytes of a connection may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// The same where the client has already shown that it does not read.
const SHORT_FAREWELL: Duration = Duration::from_millis(500);
/// How long the client may take to hang up after the close frame.
const HANG_UP: Duration = Duration::from_secs(1);

/// The task of a connection, from the handshake to the end of its TCP connection.
pub(super) async fn run(sockets: Arc<Sockets>, caller: Caller, transport: Transport) {
    let Transport { dialect, mut frames, mailbox, finished, wire } = transport;
    let admitted = match caller {
        Caller::Known(admitted) => Ok(*admitted),
        Caller::Unknown(permit) => {
            let greeted = greeting::greet(&sockets, dialect, &mut frames).await;
            drop(permit);
            greeted
        }
        Caller::Refused(why) => Err(Some(why)),
    };
    let why = match admitted {
        Ok(Admitted { peer, notices }) => {
            // The body is gone already when the client was faster; the loop notices then.
            let _ = mailbox.send(Arc::clone(&peer.mailbox));
            let peer = Rc::new(peer);
            let why = life::live(&peer, &mut frames, notices).await;
            peer.part().await;
            why
        }
        Err(why) => {
            if let Some(why) = why {
                let _ = mailbox.send(Arc::new(greeting::farewell(&sockets, dialect, why)));
            }
            why.unwrap_or(Disconnect::GoingAway)
        }
    };
    hang_up(finished, wire, why).await;
}

/// Sees to it that the TCP connection ends, whether or not the client reads what is left.
async fn hang_up(finished: oneshot::Receiver<()>, wire: Option<Wire>, why: Disconnect) {
    let patience = match why {
        Disconnect::TooSlow | Disconnect::NoHeartbeat => SHORT_FAREWELL,
        _ => FAREWELL,
    };
    let drained = timeout(patience, finished).await.is_ok();
    let Some(wire) = wire else { return };
    if drained {
        // All is handed to the HTTP layer, which may still wait for the client.
        let _ = timeout(HANG_UP, wire.on_gone()).await;
    }
    wire.cut();
}
