//! Sending: the way into the writer's queue.

use std::future::Future;

use hallway_domain::Actor;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use super::writer::Item;
use super::{Messages, SendMessage, Sent};
use crate::{Error, Result};

impl Messages<'_> {
    /// Queues the message now, in the order of calls, and ends when it is committed. The future owns what it needs, so
    /// that a connection may have many sends under way; dropping it does not take the message back.
    ///
    /// The chat rate is counted by the writer, not here: asking the limiter takes a while, and a queue that waits for
    /// one caller's answer would either lose the order of that caller's messages or hold up everybody else's.
    pub fn send(
        &self,
        actor: &Actor,
        command: SendMessage,
    ) -> impl Future<Output = Result<Sent>> + Send + 'static + use<> {
        let (answer, answered) = oneshot::channel();
        let queued = self.context.outgoing.0.try_send(Item { actor: actor.clone(), command, answer });
        async move {
            match queued {
                Ok(()) => answered.await.unwrap_or_else(|_| Err(stopped())),
                Err(TrySendError::Full(_)) => Err(Error::Busy),
                Err(TrySendError::Closed(_)) => Err(stopped()),
            }
        }
    }
}

fn stopped() -> Error {
    Error::Unavailable("the message writer has stopped".to_owned())
}
