//! Typing, and how far one has read.

use hallway_application::Error;
use hallway_domain::policy::Denied;
use hallway_domain::{ClientId, MessageId, Seq};

use super::peer::Peer;
use super::refusal::Refusal;
use super::watch::watch;
use crate::ws::fastroom::RoomRef;
use crate::ws::fastroom::reply::Acked;

/// `typing`. Whoever may not write is not shown as typing, and not told so at every key either.
pub(super) async fn typing(peer: &Peer, named: &RoomRef, typing: bool) -> Result<(), Refusal> {
    let room = peer.resolve_joined(named).await?;
    match peer.sockets.app.attendance().typing(&peer.actor, room, typing, peer.id()).await {
        Err(Error::Denied(Denied::Muted(_) | Denied::Archived)) => Ok(()),
        end => Ok(end?),
    }
}

/// `read`.
pub(super) async fn read(peer: &Peer, named: &RoomRef, seq: Seq) -> Result<(), Refusal> {
    let room = peer.resolve(named).await?;
    peer.sockets.app.messages().mark_read(&peer.actor, room, seq).await?;
    let joined = peer.followed.borrow().is_joined(room);
    if peer.is_native() && !joined {
        // What it hears of the room in short counts from here.
        watch(peer, room).await;
    }
    Ok(())
}

/// `mark_unread`. All connections of the user hear of it, this one too.
pub(super) async fn unread(
    peer: &Peer,
    named: &RoomRef,
    message: MessageId,
    id: Option<ClientId>,
) -> Result<(), Refusal> {
    let room = peer.resolve(named).await?;
    peer.sockets.app.messages().mark_unread(&peer.actor, room, message).await?;
    let acked = Acked { message, seq: None, at: peer.sockets.clock.now(), duplicate: false };
    peer.say(peer.acknowledge(named, room, id, acked).await?);
    Ok(())
}

/// `delivered`.
pub(super) async fn delivered(peer: &Peer, named: &RoomRef, seq: Seq) -> Result<(), Refusal> {
    let room = peer.resolve(named).await?;
    Ok(peer.sockets.app.messages().mark_delivered(&peer.actor, room, seq).await?)
}
