//! Who did not come back.

use std::collections::BTreeMap;

use hallway_domain::ports::BusItem;
use hallway_domain::{RoomId, Signal, SignalKind, UserRef};

use super::Attendance;
use crate::{Result, unit};

impl Attendance<'_> {
    /// Renews this node's lease and announces departures that have become due. Call it every second.
    pub async fn sweep(&self) -> Result<()> {
        let (presence, at) = (&self.context.ports.presence, self.context.now());
        presence.renew(at).await?;
        let mut gone: BTreeMap<RoomId, Vec<UserRef>> = BTreeMap::new();
        for departure in presence.sweep(at).await? {
            gone.entry(departure.room).or_default().push(departure.user);
        }
        let signal = |(room, leave)| {
            let kind = SignalKind::PresenceChanged { join: Vec::new(), leave };
            BusItem::Signal(Signal { room, at, except: None, kind })
        };
        unit::publish(self.context.ports.bus.as_ref(), gone.into_iter().map(signal).collect()).await;
        Ok(())
    }
}
