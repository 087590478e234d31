//! The message writer: group commit.

use std::sync::Arc;

use futures_util::future::join_all;
use hallway_domain::Actor;
use tokio::sync::{mpsc, oneshot};

use super::batch;
use super::{SendMessage, Sent};
use crate::context::{Rates, chat_key};
use crate::review::Filters;
use crate::unit::{self, Abort};
use crate::{Error, Ports, Result, Settings};

/// A message that waits to be written.
pub(super) struct Item {
    pub(super) actor: Actor,
    pub(super) command: SendMessage,
    pub(super) answer: oneshot::Sender<Result<Sent>>,
}

/// Most bytes of text in one transaction, but for a single longer message. What one commit releases goes to every
/// follower at once, and must leave room in the mailbox of one that does read.
const PORTION_BYTES: usize = 128 * 1024;

/// How many of the first texts, given by their lengths, go into one transaction: at least one.
fn portion(lengths: impl Iterator<Item = usize>) -> usize {
    let mut total = 0;
    let fits = lengths.take_while(|length| {
        total += length;
        total <= PORTION_BYTES
    });
    fits.count().max(1)
}

/// The way to the writer.
#[derive(Clone)]
pub(crate) struct Outgoing(pub(super) mpsc::Sender<Item>);

/// Commits sends in batches: while one batch commits, the next gathers. No timer.
///
/// Whoever embeds the application runs it as one task ([`MessageWriter::run`]). A message is answered once it is
/// durable and published. Should the process die between the two, the client sends again under the same client id
/// and gets the stored message; followers of the room find the event by its `seq`.
pub struct MessageWriter {
    queue: mpsc::Receiver<Item>,
    ports: Ports,
    rates: Option<Rates>,
    filters: Arc<Filters>,
    batch: usize,
}

pub(crate) fn channel(ports: &Ports, settings: &Settings, filters: &Arc<Filters>) -> (Outgoing, MessageWriter) {
    let (sender, queue) = mpsc::channel(settings.writer_queue.max(1));
    let (ports, rates, batch) = (ports.clone(), settings.rates.clone(), settings.writer_batch.max(1));
    (Outgoing(sender), MessageWriter { queue, ports, rates, filters: Arc::clone(filters), batch })
}

impl MessageWriter {
    /// Runs until every [`crate::Application`] is gone and all that was taken is committed.
    pub async fn run(mut self) {
        let mut waiting = Vec::with_capacity(self.batch);
        while self.queue.recv_many(&mut waiting, self.batch).await > 0 {
            let mut items = self.within_rate(std::mem::take(&mut waiting)).await;
            while !items.is_empty() {
                let later = items.split_off(portion(items.iter().map(|item| item.command.body.as_str().len())));
                let now = std::mem::replace(&mut items, later);
                self.write(&now.iter().map(|item| (&item.actor, &item.command)).collect::<Vec<_>>())
                    .await
                    .into_iter()
                    .zip(now)
                    // A caller that is gone needs no answer.
                    .for_each(|(answer, item)| drop(item.answer.send(answer)));
            }
        }
    }

    /// Answers those who send too often, and leaves the others in order. The limiter is asked for all at once, so
    /// that one far away costs one round trip a batch. One that does not answer stops nobody.
    async fn within_rate(&self, items: Vec<Item>) -> Vec<Item> {
        let Some(rates) = &self.rates else { return items };
        let now = self.ports.clock.now();
        let keys: Vec<String> = items.iter().map(|item| chat_key(item.actor.id())).collect();
        let taken = join_all(keys.iter().map(|key| self.ports.limiter.take(key, rates.chat, now))).await;
        let mut kept = Vec::with_capacity(items.len());
        for (item, taken) in items.into_iter().zip(taken) {
            match taken {
                Ok(Ok(())) => kept.push(item),
                Ok(Err(limited)) => drop(item.answer.send(Err(Error::RateLimited(limited)))),
                Err(error) => {
                    tracing::warn!(%error, "chat rate not counted");
                    kept.push(item);
                }
            }
        }
        kept
    }

    /// One answer for each item.
    async fn write(&self, items: &[(&Actor, &SendMessage)]) -> Vec<Result<Sent>> {
        match unit::retry(|| batch::write(&self.ports, &self.filters, items)).await {
            Ok(answers) => answers,
            // Something in the batch cannot be stored. Nothing was, so each may try alone, and only that one fails.
            Err(Abort::Refused(Error::Internal(detail))) if items.len() > 1 => {
                tracing::warn!(detail, items = items.len(), "batch refused, writing its messages one by one");
                let mut answers = Vec::with_capacity(items.len());
                for item in items {
                    let alone =
                        unit::retry(|| batch::write(&self.ports, &self.filters, std::slice::from_ref(item))).await;
                    answers.extend(alone.unwrap_or_else(|abort| vec![Err(abort.into_error())]));
                }
                answers
            }
            // The database is not there, or nobody knows whether the commit took effect. Trying again here could
            // store messages twice; their senders may, by their client ids.
            Err(abort) => {
                let error = abort.into_error();
                items.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PORTION_BYTES, portion};

    #[test]
    fn a_portion_is_bounded_in_bytes_and_never_empty() {
        assert_eq!(portion([1; 500].into_iter()), 500);
        assert_eq!(portion([PORTION_BYTES / 2, PORTION_BYTES / 2, 1].into_iter()), 2);
        assert_eq!(portion([PORTION_BYTES + 1, 1].into_iter()), 1);
        assert_eq!(portion([1, PORTION_BYTES, 1].into_iter()), 1);
    }
}
