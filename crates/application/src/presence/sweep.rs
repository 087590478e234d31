//! Who did not come back.

use std::collections::{BTreeMap, BTreeSet};

use hallway_domain::{RoomId, Signal, SignalKind, UserRef};

use super::Attendance;
use crate::Result;

impl Attendance<'_> {
    /// Renews this node's lease and announces departures that have become due. Call it every second.
    pub async fn sweep(&self) -> Result<()> {
        let (presence, at) = (&self.context.ports.presence, self.context.now());
        presence.renew(at).await?;
        let mut gone: BTreeMap<RoomId, Vec<UserRef>> = BTreeMap::new();
        for departure in presence.sweep(at).await? {
            gone.entry(departure.room).or_default().push(departure.user);
        }
        for (room, mut leave) in gone {
            let _turn = self.context.turns.of(room).await;
            // Whoever came back since was told of already. Without an answer, gone is what was said last.
            if let Ok(present) = presence.list(room).await {
                let present = BTreeSet::from_iter(present);
                leave.retain(|user| !present.contains(user));
            }
            if !leave.is_empty() {
                let kind = SignalKind::PresenceChanged { join: Vec::new(), leave };
                self.context.signal(Signal { room, at, except: None, kind }).await;
            }
        }
        Ok(())
    }
}
