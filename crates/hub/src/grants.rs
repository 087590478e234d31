//! Rooms of which somebody became a member while the bus was away: nobody has told that user's connections, and no log
//! that they follow has it.

use std::cmp::Reverse;
use std::time::Duration;

use hallway_domain::{RoomId, UserId};
use tokio::time::sleep;

use crate::{Hub, Notice};

/// Most rooms of a user that are looked through, and most of which one is told, the newest memberships first.
const LISTED: u32 = 1000;
const TOLD: usize = 32;
/// Users who are looked up before there is a pause.
const PAGE: usize = 50;
const PAUSE: Duration = Duration::from_millis(50);

impl Hub {
    /// Tells every connection of rooms of its user that it does not know. The database is asked once for each user,
    /// at a pace that it does not feel.
    pub(crate) async fn offer_rooms(&self) {
        let users: Vec<UserId> = self.connections.lock().users();
        for page in users.chunks(PAGE) {
            for user in page {
                match self.deps.store.queries().rooms_of(*user, self.deps.clock.now(), LISTED).await {
                    Ok(mut rooms) => {
                        rooms.sort_unstable_by_key(|(room, membership)| Reverse((membership.joined_at, room.id)));
                        let rooms: Vec<RoomId> = rooms.iter().map(|(room, _)| room.id).take(TOLD).collect();
                        self.offer(*user, &rooms);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "rooms that somebody has been let into meanwhile may not be known");
                        return;
                    }
                }
            }
            sleep(PAUSE).await;
        }
    }

    fn offer(&self, user: UserId, rooms: &[RoomId]) {
        let connections = self.connections.lock().of_user(user);
        for connection in connections {
            for room in connection.unknown(rooms, self.deps.settings.rooms_per_connection) {
                connection.notify(Notice::Granted { room });
            }
        }
    }
}
