//! Rooms that a client has not joined, but wants to hear of in short. For connections that agreed `hallway.v1`.
//!
//! Whoever joins a watched room hears all of it, and is back to hearing of it in short after leaving: the hub sees to
//! that. So every room of the user is watched, joined or not.

use std::rc::Rc;

use hallway_domain::RoomId;
use hallway_hub::HubError;

use super::peer::Peer;
use crate::ws::fastroom::reply;

/// All rooms that the user is a member of.
pub(super) async fn watch_mine(peer: Rc<Peer>) {
    match peer.sockets.app.rooms().mine(&peer.actor).await {
        Ok(mine) => {
            let rooms: Vec<RoomId> = mine.iter().map(|(room, _)| room.id).collect();
            complain(peer.sockets.hub.watch_all(peer.id(), &rooms).await.map(drop));
        }
        Err(error) => {
            tracing::warn!(%error, connection.id = %peer.id(), "a connection hears of no activity");
        }
    }
}

/// One room, from what is unread of it now. Of a room that the user is not a member of nothing is heard.
pub(super) async fn watch(peer: &Peer, room: RoomId) {
    complain(peer.sockets.hub.watch(peer.id(), room).await);
}

/// The user became a member of the room.
pub(super) async fn granted(peer: Rc<Peer>, room: RoomId) {
    let Ok((_, room, ..)) = peer.sockets.app.rooms().admit(&peer.actor, room).await else { return };
    // Who joined it here has been told already.
    if !peer.followed.borrow().is_joined(room.id) {
        match peer.label_of(&room).await {
            Ok(label) => peer.say(reply::room_added(&label)),
            Err(error) => tracing::warn!(%error, "a new room is not told of"),
        }
    }
    complain(peer.sockets.hub.watch(peer.id(), room.id).await);
}

fn complain(outcome: Result<(), HubError>) {
    match outcome {
        // Gone, or more than may be watched: neither is worth a line.
        Ok(()) | Err(HubError::Closed | HubError::Revoked | HubError::TooManyRooms) => {}
        Err(error) => tracing::warn!(%error, "activity in a room is not told"),
    }
}
