//! Comparing cursors with the database: finds a lost last event, and heals an outage of the bus.

use std::sync::Arc;

use hallway_domain::ports::StoreResult;
use hallway_domain::{RoomHead, RoomId, RoomLoss};

use crate::topic::Topic;
use crate::{Hub, meter};

/// Most rooms in one query.
const CHUNK: usize = 500;

impl Hub {
    /// Compares the cursor of every followed room with its head in the database, and repairs; closes connections
    /// whose session has ended without a word of it. Call it every 10 s +-30 %.
    pub async fn check(self: &Arc<Self>) {
        if let Err(error) = self.try_check_heads().await {
            tracing::warn!(%error, "could not compare rooms with their logs: the next check will");
        }
        if let Err(error) = self.check_sessions().await {
            tracing::warn!(%error, "could not look at the sessions of connections: the next check will");
        }
    }

    pub(crate) async fn try_check_heads(self: &Arc<Self>) -> StoreResult<()> {
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
        if let Some(cursor) = &mut topic.state.lock().cursor
            && (head.epoch != cursor.label().epoch || head.seq > cursor.head())
        {
            cursor.doubt();
        }
        self.attend(topic);
    }
}
