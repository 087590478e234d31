//! What passes by for connections in whatever room.

use hallway_domain::{Epoch, RoomId};

use crate::topic::RoomItem;
use crate::{Dialect, Hub, HubError, RoomLabel};

impl Hub {
    /// Begins to hear of what is told everywhere, if that is not done. Only some dialects have words for it, so a
    /// connection of one of those asks.
    ///
    /// # Errors
    /// When the bus does not answer; the next connection tries again.
    pub async fn follow_everywhere(&self) -> Result<(), HubError> {
        self.everywhere.get_or_try_init(|| self.deps.bus.follow(RoomId::EVERYWHERE)).await?;
        Ok(())
    }

    /// Encoded once per dialect. Nothing durable travels here.
    pub(crate) fn deliver_everywhere(&self, items: &[RoomItem]) {
        let label = RoomLabel { room: RoomId::EVERYWHERE, name: None, epoch: Epoch(0), peers: None, viewer: None };
        let connections = self.connections.lock().all();
        for item in items {
            let RoomItem::Signal(signal) = item else { continue };
            let mut done: Vec<(Dialect, bytes::Bytes)> = Vec::new();
            for connection in &connections {
                let dialect = connection.info.dialect;
                let known = done.iter().find(|(known, _)| *known == dialect).map(|(_, frames)| frames.clone());
                let frames = known.unwrap_or_else(|| {
                    let frames = self.deps.encoder.signal(dialect, &label, signal);
                    done.push((dialect, frames.clone()));
                    frames
                });
                if !frames.is_empty() && signal.except != Some(connection.info.id) {
                    connection.push(frames);
                }
            }
        }
    }
}
