//! Sees to it that this node hears what it should, or is told that it did not.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fred::interfaces::{ClientLike as _, ClusterInterface as _, PubsubInterface as _};
use fred::types::cluster::ClusterRouting;
use fred::types::config::Server;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hallway_domain::RoomId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::Shared;

/// Between two probes, and two tries to subscribe again.
const EVERY: Duration = Duration::from_millis(500);
/// Ticks between two probes.
const PROBE: u32 = 2;
/// Ticks between two looks at which member of a cluster has which channels.
const LAYOUT: u32 = 4;
/// Channels in one command.
const CHUNK: usize = 256;
/// Commands under way on a cluster, where each channel has its own.
const AT_ONCE: usize = 32;

/// First and last slot of a range, and who has it.
type Layout = Vec<(u16, u16, Server)>;

pub(super) async fn run(shared: Arc<Shared>, mut reconnects: Receiver<Server>, stopping: CancellationToken) {
    let watching = async {
        let mut uncertain = false;
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut count = 0_u32;
        let mut layout = shared.layout();
        loop {
            tokio::select! {
                reconnected = reconnects.recv() => match reconnected {
                    Ok(_) | Err(RecvError::Lagged(_)) => uncertain = true,
                    Err(RecvError::Closed) => return,
                },
                () = shared.doubt.notified() => uncertain = true,
                _ = ticks.tick() => {
                    if shared.missed.swap(false, Ordering::AcqRel) {
                        shared.delivery.interrupted();
                    }
                    count = count.wrapping_add(1);
                    uncertain |= count.is_multiple_of(PROBE) && shared.probe().await;
                    uncertain |= count.is_multiple_of(LAYOUT) && shared.has_moved(&mut layout).await;
                }
            }
            if uncertain {
                match shared.restore().await {
                    Ok(()) => uncertain = false,
                    Err(error) => tracing::debug!(error, "not subscribed again yet"),
                }
                // A failed try is followed by the next tick's.
                if uncertain {
                    ticks.tick().await;
                }
            }
        }
    };
    stopping.run_until_cancelled(watching).await;
}

impl Shared {
    /// Waits until what this node publishes comes back to it. Whoever starts it bounds the wait.
    pub(super) async fn hear_oneself(&self) -> Result<(), String> {
        while !self.delivery.has_heard() {
            let channel = self.names.probe_channel(&self.node);
            self.publisher.ask(async |client| client.publish::<(), _, _>(channel, "").await).await?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Publishes to itself. True when it was not heard for too long although publishing works.
    async fn probe(&self) -> bool {
        let channel = self.names.probe_channel(&self.node);
        if self.publisher.ask(async |client| client.publish::<(), _, _>(channel, "").await).await.is_err() {
            return false;
        }
        self.can_publish().await;
        let deaf = self.delivery.probed();
        if deaf {
            tracing::warn!("this node does not hear itself over Redis: connecting anew");
            self.delivery.start_over();
            let client = self.subscriber.pool().next().clone();
            let anew = tokio::time::timeout(Duration::from_secs(1), client.force_reconnection());
            if !matches!(anew.await, Ok(Ok(()))) {
                tracing::warn!("could not connect anew to Redis");
            }
        }
        deaf
    }

    /// Slots of the cluster with the member that has them; nothing where there is no cluster.
    fn layout(&self) -> Layout {
        let known = self.subscriber.pool().next().cached_cluster_state().filter(|_| self.clustered);
        let ranges = known.iter().flat_map(ClusterRouting::slots);
        let mut ranges: Layout = ranges.map(|range| (range.start, range.end, range.primary.clone())).collect();
        ranges.sort_by_key(|(start, ..)| *start);
        ranges
    }

    /// Whether channels of rooms are with another member of the cluster than before. The one that had them ends their
    /// subscriptions, which the client library does not say.
    async fn has_moved(&self, layout: &mut Layout) -> bool {
        if !self.clustered {
            return false;
        }
        let client = self.subscriber.pool().next();
        if !matches!(tokio::time::timeout(Duration::from_secs(1), client.sync_cluster()).await, Ok(Ok(()))) {
            return false;
        }
        let now = self.layout();
        let moved = now != *layout;
        *layout = now;
        moved
    }

    /// Subscribes everything again, and has the database looked at.
    async fn restore(&self) -> Result<(), String> {
        {
            let _alone = self.turns.write().await;
            self.subscribe_common().await?;
            let rooms: Vec<RoomId> = self.followed.lock().iter().copied().collect();
            if self.clustered {
                let subscribed = stream::iter(rooms).map(|room| self.subscribe_room(room)).buffer_unordered(AT_ONCE);
                subscribed.try_collect::<()>().await?;
            } else {
                for chunk in rooms.chunks(CHUNK) {
                    let channels: Vec<_> = chunk.iter().map(|room| self.names.room_channel(*room)).collect();
                    self.subscribe(channels).await?;
                }
            }
        }
        self.delivery.interrupted();
        tracing::info!("subscribed again: comparing rooms with their logs");
        Ok(())
    }
}
