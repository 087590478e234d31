//! The response body of an upgraded connection: what the [`Mailbox`] holds, in one write.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;
use hallway_hub::Mailbox;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

/// Drains a mailbox into the socket. Everything that a connection is sent comes through here, control frames too, so
/// that order in is order out and what one commit releases leaves in one chunk.
pub(crate) struct MailboxBody {
    source: Source,
    ending: Ending,
    /// Cancels by dropping.
    drained: Option<DropGuard>,
    /// The library's own body: unused, but when it is dropped the stream of incoming frames learns of the end.
    _library: BoxBody,
}

/// How body and task of a connection agree on its end.
#[derive(Clone, Default)]
pub(crate) struct Ending {
    /// All is handed to the HTTP layer, or that is gone.
    pub(crate) drained: CancellationToken,
    /// The body may end. The HTTP layer does not read on after that, and the client may still have to answer.
    pub(crate) released: CancellationToken,
}

enum Source {
    /// A connection that has yet to say who it is has no mailbox.
    Expected(oneshot::Receiver<Arc<Mailbox>>),
    Open(Arc<Mailbox>),
    Drained(Pin<Box<WaitForCancellationFutureOwned>>),
}

impl MailboxBody {
    pub(crate) fn new(mailbox: oneshot::Receiver<Arc<Mailbox>>, library: BoxBody, ending: Ending) -> Self {
        let drained = Some(ending.drained.clone().drop_guard());
        Self { source: Source::Expected(mailbox), ending, drained, _library: library }
    }

    fn drained(&mut self) -> Source {
        self.drained = None;
        Source::Drained(Box::pin(self.ending.released.clone().cancelled_owned()))
    }
}

impl MessageBody for MailboxBody {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            match &mut self.source {
                Source::Expected(mailbox) => {
                    let found = ready!(Pin::new(mailbox).poll(cx));
                    self.source = found.map_or_else(|_| self.drained(), Source::Open);
                }
                Source::Open(mailbox) => match ready!(mailbox.poll_drain(cx)) {
                    Some(chunk) => return Poll::Ready(Some(Ok(chunk))),
                    None => self.source = self.drained(),
                },
                Source::Drained(released) => {
                    ready!(released.as_mut().poll(cx));
                    return Poll::Ready(None);
                }
            }
        }
    }
}
