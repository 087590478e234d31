//! Rooms that a client has not joined, but wants to hear of in short. For connections that agreed `hallway.v1`.
//!
//! Whoever joins a watched room hears all of it, and is back to hearing of it in short after leaving: the hub sees to
//! that. So every room of the user is watched, joined or not.

use std::rc::Rc;

use hallway_domain::RoomId;
use hallway_hub::HubError;

use super::peer::Peer;
use crate::ws::fastroom::{self, reply};

/// All rooms that the user is a member of.
pub(super) async fn watch_mine(peer: Rc<Peer>) {
    let mine = match peer.sockets.app.rooms().mine(&peer.actor).await {
        Ok(mine) => mine,
        Err(error) => {
            tracing::warn!(%error, connection.id = %peer.id(), "a connection hears of no activity");
            return;
        }
    };
    let rooms: Vec<_> = mine.into_iter().map(|(room, _, unread)| (room.id, unread)).collect();
    complain(peer.sockets.hub.watch_all(peer.id(), &rooms).await.map(drop));
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
