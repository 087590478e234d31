//! Entering a room on a connection, and letting go of it.

use bytes::BytesMut;
use hallway_application::Error;
use hallway_domain::policy::Denied;
use hallway_domain::{Epoch, RoomId, Seq};
use hallway_hub::{Reservation, RoomLabel};

use super::commands::name_of;
use super::history::newest;
use super::peer::Peer;
use super::refusal::Refusal;
use super::replay::{Past, replay};
use crate::ws::fastroom::RoomRef;
use crate::ws::fastroom::reply::{self, Joined};

/// `join`: becomes a member, then follows the room without a hole. `since` is where the client's log ends.
///
/// The events of the room gather from before the policy is asked until all of the past is sent, so that neither a
/// ban nor a message can fall in between.
pub(super) async fn join(peer: &Peer, named: &RoomRef, since: Option<(Seq, Option<Epoch>)>) -> Result<(), Refusal> {
    let room = find(peer, named).await?;
    match peer.sockets.app.rooms().join(&peer.actor, room).await {
        // Its two members are that for good.
        Ok(_) | Err(Error::Denied(Denied::DirectRoom)) => {}
        Err(error) => return Err(error.into()),
    }
    // Another node may have been faster than this one.
    let known = since.map_or(Seq::ZERO, |(since, _)| since);
    let reservation = peer.sockets.hub.reserve_from(peer.id(), room, known).await?;
    match enter(peer, room, reservation, since).await {
        Ok(label) => {
            peer.followed.borrow_mut().add(label, named);
            Ok(())
        }
        Err(refusal) => {
            give_up(peer, room).await?;
            Err(refusal)
        }
    }
}

/// A name means the room that has it now, and only then the one that it used to mean here.
async fn find(peer: &Peer, named: &RoomRef) -> Result<RoomId, Refusal> {
    let name = match named {
        RoomRef::Name(name) => name,
        RoomRef::Id(_) => return peer.resolve(named).await,
        // Whoever wants to talk to somebody for the first time can.
        RoomRef::Direct(user) => return Ok(peer.sockets.app.rooms().direct(&peer.actor, user.clone()).await?.0.id),
    };
    match peer.sockets.app.rooms().locate(name).await {
        Err(Error::NotFound(missing)) => {
            let former = peer.followed.borrow().find(named);
            former.ok_or(Refusal::App(missing.into()))
        }
        found => Ok(found?),
    }
}

async fn enter(
    peer: &Peer,
    room: RoomId,
    reservation: Reservation,
    since: Option<(Seq, Option<Epoch>)>,
) -> Result<RoomLabel, Refusal> {
    let app = &peer.sockets.app;
    let (permit, entered, standing, unread) = app.rooms().admit(&peer.actor, room).await?;
    let subscription = reservation.open(&permit)?;
    // A client keeps them up from the `read` and `delivered` that it hears from now on.
    let marks = if peer.is_native() { app.messages().marks(&permit).await? } else { None };
    let next_message_at = app.rooms().next_message_at(&entered, &standing).await?;
    let users = app.attendance().enter(&peer.actor, &permit, peer.id()).await?;
    let head = subscription.head().clone();
    let label = RoomLabel::of(&head).seen_by(peer.actor.id());

    let mut first = BytesMut::new();
    let joined = Joined {
        role: standing.role(),
        head: head.seq,
        read: standing.membership.as_ref().map_or(Seq::ZERO, |membership| membership.last_read),
        unread: unread.messages,
        mentions: unread.mentions,
        marks: marks.as_deref(),
        mute: standing.mute.as_ref(),
        mode: entered.mode(),
        next_message_at,
    };
    first.extend_from_slice(&reply::joined(&label, joined));
    first.extend_from_slice(&reply::presence_state(&label, &users, peer.sockets.clock.now()));
    if since.is_none() {
        first.extend_from_slice(&newest(peer, &permit, &label, head.seq).await?);
    }
    subscription.push(first.freeze())?;
    if let Some((since, epoch)) = since {
        replay(peer, &Past { label: &label, subscription: Some(&subscription) }, &head, since, epoch).await?;
    }

    let wants_synced = since.is_some() || peer.is_native();
    subscription.go_live(|seq| if wants_synced { reply::synced(&label, seq) } else { bytes::Bytes::new() })?;
    Ok(label)
}

/// A join that did not come about leaves nothing behind, not even an earlier join of the same room.
pub(super) async fn give_up(peer: &Peer, room: RoomId) -> Result<(), Refusal> {
    peer.sockets.hub.unsubscribe(peer.id(), room);
    peer.followed.borrow_mut().remove(room);
    Ok(peer.sockets.app.attendance().leave(&peer.actor, room, peer.id()).await?)
}

/// `leave`: membership stays. Leaving what is not joined is fine.
pub(super) async fn leave(peer: &Peer, named: &RoomRef) -> Result<(), Refusal> {
    let found = peer.followed.borrow().find(named);
    let Some(room) = found else { return Ok(()) };
    let Some(mut label) = peer.followed.borrow_mut().remove(room) else { return Ok(()) };
    peer.sockets.hub.unsubscribe(peer.id(), room);
    peer.sockets.app.attendance().leave(&peer.actor, room, peer.id()).await?;
    if peer.is_native() {
        label.name = name_of(named).or(label.name);
        peer.say(reply::left(&label));
    }
    Ok(())
}

/// The hub has taken the room away, and told the client. If the client has entered it again since, it is in it.
pub(super) async fn lost(peer: &Peer, room: RoomId) {
    let is_back = peer.sockets.hub.heads(peer.id()).iter().any(|(followed, _)| *followed == room);
    if is_back || peer.followed.borrow_mut().remove(room).is_none() {
        return;
    }
    if let Err(error) = peer.sockets.app.attendance().leave(&peer.actor, room, peer.id()).await {
        tracing::warn!(%error, room.id = %room, "a departure is not shown");
    }
}
