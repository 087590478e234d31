//! One connection, owned by one task.
//!
//! [`life::live`] is its loop over one closed set of inputs. Commands run one after the other, in the order of their
//! frames, as a future that the loop polls beside everything else: a long replay holds up the commands behind it, but
//! not heartbeats, notices, acks or the end of the connection. Sends are the exception: they are queued at once, many
//! at a time, and answered in order as their commits end.

mod admission;
mod calls;
mod chat;
mod commands;
mod control;
mod fastsock;
mod followed;
mod greeting;
mod history;
mod inbox;
mod join;
mod life;
mod manners;
mod marks;
mod online;
mod peer;
mod pulse;
mod refusal;
mod replay;
mod watch;

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_ws::{AggregatedMessage, AggregatedMessageStream};
use futures_util::FutureExt;
use hallway_domain::Disconnect;
use hallway_domain::call::DeviceId;
use hallway_hub::{Dialect, Mailbox};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::timeout;

use super::Sockets;
use super::body::Ending;
use super::fastroom;
use super::fastsock::{FASTSOCK, close as fastsock_close};
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
    pub(super) ending: Ending,
    pub(super) wire: Option<Wire>,
    /// Which device it is, if the client says so.
    pub(super) device: Option<DeviceId>,
}

/// How long the last bytes of a connection may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// The same where the client has already shown that it does not read.
const SHORT_FAREWELL: Duration = Duration::from_millis(500);
/// How long the client may take to hang up after the close frame.
const HANG_UP: Duration = Duration::from_secs(1);

/// The task of a connection, from the handshake to the end of its TCP connection.
pub(super) async fn run(sockets: Arc<Sockets>, caller: Caller, transport: Transport) {
    let Transport { dialect, mut frames, mailbox, ending, wire, device } = transport;
    let last_words = if matches!(caller, Caller::Refused(_)) { fastroom::refusal } else { fastroom::close };
    let admitted = match caller {
        Caller::Known(admitted) => Ok(*admitted),
        Caller::Unknown(permit) => {
            let greeted = greeting::greet(&sockets, (dialect, device), &mut frames).await;
            drop(permit);
            greeted
        }
        Caller::Refused(why) => Err(Some(why)),
    };
    let end = match admitted {
        Ok(Admitted { peer, notices }) => {
            // The body is gone already when the client was faster; the loop notices then.
            let _ = mailbox.send(Arc::clone(&peer.mailbox));
            let peer = Rc::new(peer);
            let life = AssertUnwindSafe(life::live(&peer, &mut frames, notices, &ending.drained)).catch_unwind();
            let end = life.await.unwrap_or_else(|_| {
                // The panic is logged where panics are; nobody may stay present because of it.
                peer.close(Disconnect::Internal);
                End::ours(Disconnect::Internal)
            });
            peer.part().await;
            end
        }
        Err(Some(why)) => {
            let last = if dialect == FASTSOCK {
                fastsock_close(why)
            } else {
                last_words(dialect, why, sockets.settings.encoder.fastroom.spread)
            };
            let _ = mailbox.send(Arc::new(greeting::farewell(&sockets, why, last)));
            match why {
                Disconnect::FrameTooLarge | Disconnect::Protocol => End { why, by: Side::Stream },
                _ => End::ours(why),
            }
        }
        Err(None) => End { why: Disconnect::GoingAway, by: Side::Client },
    };
    hang_up(end, frames, ending, wire).await;
}

/// How a connection came to its end.
struct End {
    why: Disconnect,
    by: Side,
}

/// Who ended it.
enum Side {
    /// We did, and the client has yet to answer.
    Server,
    /// The client did, with a close frame or without a word.
    Client,
    /// What came could not be read, and more of it may come.
    Stream,
}

impl End {
    const fn ours(why: Disconnect) -> Self {
        Self { why, by: Side::Server }
    }
}

/// Sees to it that the TCP connection ends, whether or not the client reads what is left.
async fn hang_up(end: End, mut frames: AggregatedMessageStream, ending: Ending, wire: Option<Wire>) {
    let patience = match end.why {
        Disconnect::TooSlow | Disconnect::NoHeartbeat => SHORT_FAREWELL,
        _ => FAREWELL,
    };
    let drained = timeout(patience, ending.drained.cancelled()).await.is_ok();
    if drained && matches!(end.by, Side::Server) {
        // The answer to the close frame, or the end.
        let answer = async {
            while let Some(Ok(frame)) = frames.recv().await
                && !is_close(&frame)
            {}
        };
        let _ = timeout(HANG_UP, answer).await;
    }
    ending.released.cancel();
    let Some(wire) = wire else { return };
    if drained && matches!(end.by, Side::Stream) {
        // The HTTP layer throws away what still comes. Ending at once would reset the connection, and with it what
        // the client has yet to read.
        let _ = timeout(HANG_UP, wire.on_gone()).await;
    }
    wire.cut();
}

const fn is_close(frame: &AggregatedMessage) -> bool {
    matches!(frame, AggregatedMessage::Close(_))
}
