//! Who is there, read back after an interruption of the bus: a coming or going that was not heard is told by nobody else.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hallway_domain::RoomId;
use tokio::time::sleep;

use crate::{Hub, meter};

/// After an interruption the other nodes get so long to be there again, or everybody on them would be seen to go and come.
const SETTLE: Duration = Duration::from_secs(2);
/// Until rooms that could not be read are tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often. While presence does not answer there is another interruption to come.
const TRIES: u32 = 30;

impl Hub {
    /// Reads who is in the rooms that are open here, one after the other, and tells it; and offers rooms that connections
    /// do not know of. However many interruptions there
    /// are meanwhile, one more reading is enough.
    pub(crate) fn refresh_presence_soon(&self) {
        if self.presence_queued.swap(true, Ordering::AcqRel) {
            return;
        }
        self.spawn(|hub| async move {
            sleep(SETTLE).await;
            let _one = hub.presence_turn.lock().await;
            // From here on another interruption means another reading.
            hub.presence_queued.store(false, Ordering::Release);
            tokio::join!(hub.offer_rooms(), hub.refresh_presence());
        });
    }

    async fn refresh_presence(&self) {
        let mut rooms: VecDeque<RoomId> = self.topics.lock().keys().copied().collect();
        for _ in 0..TRIES {
            for _ in 0..rooms.len() {
                let Some(room) = rooms.pop_front() else { break };
                if !self.refresh_room(room).await {
                    rooms.push_back(room);
                }
            }
            if rooms.is_empty() {
                return;
            }
            sleep(AGAIN).await;
        }
        tracing::warn!(rooms = rooms.len(), "who is there could not be read again");
    }

    /// False when it has to be tried again.
    async fn refresh_room(&self, room: RoomId) -> bool {
        let Some(topic) = self.topic(room) else { return true };
        if !topic.state.lock().ask_who_is_there() {
            return true;
        }
        meter::presence_read();
        match self.deps.presence.list_all(room).await {
            Ok(users) => {
                let at = self.deps.clock.now();
                let told = topic.state.lock().tell_who_is_there(users, at, self.deps.encoder.as_ref());
                // That may have ended the last subscriber.
                self.attend(&Arc::clone(&topic));
                told
            }
            Err(error) => {
                tracing::debug!(room.id = room.0, %error, "who is there is not known");
                topic.state.lock().stop_asking();
                false
            }
        }
    }
}
