//! Who did not come back, and who was taken for gone.

use std::collections::{BTreeMap, BTreeSet};

use hallway_domain::RoomId;

use super::Attendance;
use super::announce::Change;
use crate::Result;

impl Attendance<'_> {
    /// Renews this node's lease and announces departures that have become due, and arrivals of those who were taken for
    /// gone. Call it every second.
    pub async fn sweep(&self) -> Result<()> {
        let (presence, at) = (&self.context.ports.presence, self.context.now());
        let mut changes: BTreeMap<RoomId, Change> = BTreeMap::new();
        for arrival in presence.renew(at).await? {
            changes.entry(arrival.room).or_default().join.push(arrival.user);
        }
        // Arrivals are handed out once: they are told of even if sweeping fails.
        let swept = presence.sweep(at).await;
        for departure in swept.as_deref().unwrap_or_default() {
            changes.entry(departure.room).or_default().leave.push(departure.user.clone());
        }
        // Rooms come before those that stand for users: to tell who is online takes longer.
        for (room, Change { mut join, mut leave }) in changes.into_iter().rev() {
            let _turn = self.context.turns.of(room).await;
            // Whoever came back since was told of already. Without an answer, what was found is what was said last.
            if let Ok(present) = presence.list(room).await {
                let present = BTreeSet::from_iter(present);
                join.retain(|user| present.contains(user));
                leave.retain(|user| !present.contains(user));
            }
            if room.as_user().is_some() {
                self.tell_swept(room, &join, &leave).await;
            } else {
                self.announce(room, Change { join, leave }, None).await;
            }
        }
        swept?;
        Ok(())
    }
}
