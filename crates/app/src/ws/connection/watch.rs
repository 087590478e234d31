//! Rooms that a client has not joined, but wants to hear of in short. For connections that agreed `hallway.v1`.
//!
//! Whoever joins a watched room hears all of it, and is back to hearing of it in short after leaving: the hub sees to
//! that. So every room of the user is watched, joined or not.

use std::collections::HashMap;
use std::rc::Rc;

use hallway_domain::RoomId;
use hallway_hub::HubError;

use super::peer::Peer;
use crate::ws::fastroom::{self, reply};

/// How often counts are compared with what was counted meanwhile.
const TRIES: usize = 3;

/// All rooms that the user is a member of.
///
/// A message may come between the counting and the watching, so what is unread is counted once more afterwards, until
/// both agree.
pub(super) async fn watch_mine(peer: Rc<Peer>) {
    let mut known = HashMap::new();
    for _ in 0..TRIES {
        let mine = match peer.sockets.app.rooms().mine(&peer.actor).await {
            Ok(mine) => mine,
            Err(error) => {
                tracing::warn!(%error, connection.id = %peer.id(), "a connection hears of no activity");
                return;
            }
        };
        let changed = mine.into_iter().map(|(room, _, unread)| (room.id, unread));
        let changed: Vec<_> = changed.filter(|(room, unread)| known.get(room) != Some(unread)).collect();
        if changed.is_empty() {
            return;
        }
        complain(peer.sockets.hub.watch_all(peer.id(), &changed).await.map(drop));
        known.extend(changed);
    }
}

/// One room, from what is unread of it now.
pub(super) async fn watch(peer: &Peer, room: RoomId) {
    if let Ok((_, _, standing, unread)) = peer.sockets.app.rooms().admit(&peer.actor, room).await
        && standing.membership.is_some()
    {
        complain(peer.sockets.hub.watch(peer.id(), room, unread).await);
    }
}

/// The user became a member of the room.
pub(super) async fn granted(peer: Rc<Peer>, room: RoomId) {
    let Ok((_, room, _, unread)) = peer.sockets.app.rooms().admit(&peer.actor, room).await else { return };
    // Who joined it here has been told already.
    if !peer.followed.borrow().is_joined(room.id) {
        peer.say(reply::room_added(&fastroom::label(&room)));
    }
    complain(peer.sockets.hub.watch(peer.id(), room.id, unread).await);
}

fn complain(outcome: Result<(), HubError>) {
    match outcome {
        // Gone, or more than may be watched: neither is worth a line.
        Ok(()) | Err(HubError::Closed | HubError::Revoked | HubError::TooManyRooms) => {}
        Err(error) => tracing::warn!(%error, "activity in a room is not told"),
    }
}
