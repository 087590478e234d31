//! Comparing cursors with the database: finds a lost last event, and heals an outage of the bus.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hallway_domain::ports::StoreResult;
use hallway_domain::{RoomHead, RoomId, RoomLoss};

use crate::topic::Topic;
use crate::{Hub, meter, repair};

/// Most rooms in one query.
const CHUNK: usize = 500;
/// How often a check after an interruption is tried, before it is left to the next regular one.
const TRIES: u32 = 5;

impl Hub {
    /// Compares the cursor of every followed room with its head in the database, and repairs. Call it every 10 s +-30 %.
    pub async fn check_heads(self: &Arc<Self>) {
        if let Err(error) = self.try_check_heads().await {
            tracing::warn!(%error, "could not compare rooms with their logs: the next check will");
        }
    }

    /// The bus may have lost something.
    pub(crate) async fn check_after_interruption(self: &Arc<Self>) {
        for attempt in 0..TRIES {
            // From here on another interruption means another check.
            self.check_queued.store(false, Ordering::Release);
            match self.try_check_heads().await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "could not compare rooms with their logs after an interruption"),
            }
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
    }

    async fn try_check_heads(self: &Arc<Self>) -> StoreResult<()> {
        let rooms: Vec<RoomId> = {
            let topics = self.topics.lock();
            topics.values().filter(|topic| topic.state.lock().cursor.is_some()).map(|topic| topic.room).collect()
        };
        for chunk in rooms.chunks(CHUNK) {
            meter::head_check();
            let heads = self.deps.store.queries().heads(chunk).await?;
            for room in chunk {
                if let Some(topic) = self.topic(*room) {
                    self.compare(&topic, heads.iter().find(|head| head.room == *room));
                }
            }
        }
        Ok(())
    }

    fn compare(&self, topic: &Arc<Topic>, head: Option<&RoomHead>) {
        let Some(head) = head else {
            // Ids are never used again: the room is gone, and so was the word of it.
            return self.lose_room(topic, RoomLoss::Deleted);
        };
        let behind = {
            let mut state = topic.state.lock();
            if let Some(cursor) = &mut state.cursor
                && (head.epoch != cursor.label().epoch || head.seq > cursor.head())
            {
                cursor.doubt();
            }
            state.claim_repair()
        };
        if behind {
            repair::start(self, topic);
        }
    }
}
