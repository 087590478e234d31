//! Telling a room who came and went.

use std::collections::BTreeSet;

use hallway_domain::{ConnectionId, RoomId, Signal, SignalKind, UserRef};

use super::Attendance;

/// How often what was told is put right before the next change is left to do it.
const CORRECTIONS: usize = 5;

/// What a room is to be told.
#[derive(Default)]
pub(super) struct Change {
    pub(super) join: Vec<UserRef>,
    pub(super) leave: Vec<UserRef>,
}

impl Attendance<'_> {
    /// Whether the room is a direct conversation whose sides are not told of each other.
    async fn is_quiet(&self, room: RoomId) -> bool {
        let found = self.context.ports.store.queries().room(room).await;
        let direct = found.ok().flatten().and_then(|room| room.direct);
        // Without an answer nothing is known about a block, and telling can wait.
        self.context.is_hushed(direct).await.unwrap_or(true)
    }

    /// Tells the change, looks whether it is still true, and puts it right if not. The caller holds the room's turn, but
    /// other nodes have turns of their own: between finding that somebody is gone and telling it, they may have come back
    /// and been announced by another node. Everybody who tells of a going looks afterwards, and everybody hears in one
    /// order, so what is told last is what is true.
    pub(super) async fn announce(&self, room: RoomId, mut change: Change, except: Option<ConnectionId>) {
        if self.is_quiet(room).await {
            return;
        }
        for _ in 0..=CORRECTIONS {
            if change.join.is_empty() && change.leave.is_empty() {
                return;
            }
            let Change { join, leave } = change;
            let kind = SignalKind::PresenceChanged { join: join.clone(), leave: leave.clone() };
            self.context.signal(Signal { room, at: self.context.now(), except, kind }).await;
            // Without an answer, what was told stands: presence is read again after an outage.
            let Ok(present) = self.context.ports.presence.list_all(room).await else { return };
            let present = BTreeSet::from_iter(present);
            change = Change {
                join: leave.into_iter().filter(|user| present.contains(user)).collect(),
                leave: join.into_iter().filter(|user| !present.contains(user)).collect(),
            };
        }
    }
}
