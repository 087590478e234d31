//! What arrives.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fred::types::Message;
use hallway_domain::ports::BusItem;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::{envelope, meter};

/// Most messages that are handed on as one batch.
const BATCH: usize = 64;

pub(super) async fn run(shared: Arc<Shared>, mut messages: Receiver<Message>, stopping: CancellationToken) {
    let probes = shared.names.probe_channel(&shared.node);
    while let Some(received) = stopping.run_until_cancelled(messages.recv()).await {
        let mut batch = Batch::default();
        let mut lagged = match received {
            Ok(message) => {
                batch.add(&shared, &message, &probes);
                false
            }
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => return,
        };
        for _ in 1..BATCH {
            match messages.try_recv() {
                Ok(message) => batch.add(&shared, &message, &probes),
                Err(TryRecvError::Lagged(_)) => lagged = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        shared.delivery.deliver(shared.wanted(batch.items));
        if batch.unknown > 0 {
            meter::unknown(batch.unknown);
            if !shared.newer.swap(true, Ordering::Relaxed) {
                tracing::warn!("another node runs a newer release: what this one does not know is passed over");
            }
        }
        if batch.missed {
            shared.missed.store(true, Ordering::Release);
        }
        if lagged {
            tracing::warn!("this node did not keep up with the bus");
            // Revocations may be among what was dropped: they are read back.
            shared.doubt.notify_one();
        }
    }
}

#[derive(Default)]
struct Batch {
    items: Vec<BusItem>,
    unknown: usize,
    missed: bool,
}

impl Batch {
    fn add(&mut self, shared: &Shared, message: &Message, probes: &str) {
        if &*message.channel == probes {
            shared.delivery.heard();
            return;
        }
        let opened = envelope::open(message.value.as_bytes().unwrap_or_default());
        self.items.extend(opened.items);
        self.unknown += opened.unknown;
        self.missed |= opened.missed;
    }
}
