//! That the user of a connection is online, and who else is.

use std::rc::Rc;

use super::peer::Peer;
use crate::ws::fastroom::reply;

/// Counts the connection in. One that agreed `hallway.v1` is told who is online of those with whom its user has a direct
/// conversation.
pub(super) async fn begin(peer: Rc<Peer>) {
    let attendance = peer.sockets.app.attendance();
    if let Err(error) = attendance.arrive(&peer.actor, peer.id()).await {
        tracing::warn!(%error, connection.id = %peer.id(), "a user is not shown as online");
    }
    if !peer.is_native() {
        return;
    }
    // What happens meanwhile comes after it.
    let hold = peer.mailbox.hold();
    match attendance.online(&peer.actor, true).await {
        Ok(users) if users.is_empty() => {}
        Ok(users) => hold.release(reply::online_state(&users)),
        Err(error) => tracing::warn!(%error, connection.id = %peer.id(), "who is online is not known"),
    }
}
