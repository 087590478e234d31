//! The response body of an upgraded connection: what the [`Mailbox`] holds, in one write.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;
use hallway_hub::Mailbox;
use tokio::sync::oneshot;

/// Drains a mailbox into the socket. Everything that a connection is sent comes through here, control frames too, so
/// that order in is order out and what one commit releases leaves in one chunk.
pub(crate) struct MailboxBody {
    source: Source,
    /// The library's own body: unused, but when it is dropped the stream of incoming frames learns of the end.
    _library: BoxBody,
    /// Resolved by dropping: the body is finished or the connection gone.
    _finished: oneshot::Sender<()>,
}

enum Source {
    /// A connection that has yet to say who it is has no mailbox.
    Expected(oneshot::Receiver<Arc<Mailbox>>),
    Open(Arc<Mailbox>),
    Ended,
}

impl MailboxBody {
    pub(crate) const fn new(
        mailbox: oneshot::Receiver<Arc<Mailbox>>,
        library: BoxBody,
        finished: oneshot::Sender<()>,
    ) -> Self {
        Self { source: Source::Expected(mailbox), _library: library, _finished: finished }
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
                    self.source = ready!(Pin::new(mailbox).poll(cx)).map_or(Source::Ended, Source::Open);
                }
                Source::Open(mailbox) => match ready!(mailbox.poll_drain(cx)) {
                    Some(chunk) => return Poll::Ready(Some(Ok(chunk))),
                    None => self.source = Source::Ended,
                },
                Source::Ended => return Poll::Ready(None),
            }
        }
    }
}
