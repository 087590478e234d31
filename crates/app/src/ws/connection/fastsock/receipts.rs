//! That messages have arrived, and that they were read.

use hallway_domain::{MessageId, RoomId, Seq};

use super::super::peer::Peer;
use super::super::refusal::Refusal;
use crate::ws::fastsock::Receipt;

/// About one message, and with it about all before it. What a client says about its own messages counts for nothing;
/// whoever may not read the message is not told so.
pub(super) async fn one(peer: &Peer, message: MessageId, receipt: Receipt) -> Result<(), Refusal> {
    let messages = peer.sockets.app.messages();
    let place = messages.place(&peer.actor, message).await?;
    if place.author == Some(peer.actor.id()) {
        return Ok(());
    }
    match receipt {
        Receipt::Delivered => messages.mark_delivered(&peer.actor, place.room, place.seq).await?,
        Receipt::Read => messages.mark_read(&peer.actor, place.room, place.seq).await?,
    }
    Ok(())
}

/// The whole room is read.
pub(super) async fn room(peer: &Peer, room: RoomId) -> Result<(), Refusal> {
    // No mark goes beyond the end of the log.
    Ok(peer.sockets.app.messages().mark_read(&peer.actor, room, Seq(i64::MAX)).await?)
}
