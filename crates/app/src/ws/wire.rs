//! The TCP connection below a socket: set up when it opens, cut when its reader stops.

use std::any::Any;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long sent bytes may stay unacknowledged, a closed window included. A peer that vanished or does not read is
/// dropped by the kernel then, also where the HTTP layer waits for its flush and polls nothing else.
const USER_TIMEOUT: Duration = Duration::from_secs(20);

/// Send buffer of the kernel: small enough that a slow reader shows in the mailbox, large enough for a burst.
const SEND_BUFFER: usize = 128 * 1024;

/// A second handle on a connection's socket. The HTTP layer alone cannot end a connection whose client does not read.
#[derive(Clone)]
pub(crate) struct Wire {
    socket: Arc<Socket>,
    gone: CancellationToken,
}

/// Lives as long as the HTTP layer holds the connection.
struct Held {
    wire: Wire,
    _guard: DropGuard,
}

/// For `HttpServer::on_connect`, which has to be called before `bind`: keeps a handle on the socket of every
/// connection. Costs one file descriptor each.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    let socket = SockRef::from(stream);
    let prepared = socket
        .set_tcp_user_timeout(Some(USER_TIMEOUT))
        .and_then(|()| socket.set_send_buffer_size(SEND_BUFFER))
        .and_then(|()| socket.try_clone());
    match prepared {
        Ok(socket) => {
            let gone = CancellationToken::new();
            let guard = gone.clone().drop_guard();
            data.insert(Held { wire: Wire { socket: Arc::new(socket), gone }, _guard: guard });
        }
        Err(error) => tracing::warn!(%error, "a connection cannot be prepared for sockets"),
    }
}

impl Wire {
    /// The connection of a request; none if it could not be prepared.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        request.conn_data::<Held>().map(|held| held.wire.clone())
    }

    /// Ends when the HTTP layer has let go of the connection.
    pub(crate) async fn on_gone(&self) {
        self.gone.cancelled().await;
    }

    /// Ends the connection now, whatever waits.
    pub(crate) fn cut(&self) {
        // The peer may have been faster; there is nothing left to do then.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}
