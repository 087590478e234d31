//! Following all rooms of the user.

use std::cmp::Reverse;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use hallway_application::Error;
use hallway_domain::policy::{Permit, Read};
use hallway_domain::{Event, Fact, Room, RoomId, RoomKind, Seq, Toggle, UserId};
use hallway_hub::{HubError, Reservation, RoomLabel};

use super::super::join::give_up;
use super::super::peer::Peer;
use super::super::refusal::Refusal;
use super::super::replay::{Past, stretch};
use crate::ws::fastroom::RoomRef;
use crate::ws::fastsock::reply;

/// Rooms that a connection enters at the same time when it begins.
const AT_ONCE: usize = 8;
/// Events at the end of a log among which the one is looked for that let the user in.
const RECENT: u32 = 200;

/// Follows everything, and says who is online: the user first. Whatever happens meanwhile comes after that.
pub(in super::super) async fn greet(peer: Rc<Peer>) {
    let hold = peer.mailbox.hold();
    let complain = |what: &str, error: &dyn std::fmt::Display| {
        tracing::warn!(%error, connection.id = %peer.id(), "{what}");
    };
    if let Err(error) = peer.sockets.hub.follow_everywhere().await {
        complain("a connection hears of no new users", &error);
    }
    let attendance = peer.sockets.app.attendance();
    if let Err(error) = attendance.arrive(&peer.actor, peer.id()).await {
        complain("a user is not shown as online", &error);
    }
    match peer.sockets.app.rooms().mine(&peer.actor).await {
        Ok(mine) => {
            let rooms = in_order(mine.into_iter().map(|(room, _)| room), peer.sockets.settings.rooms);
            stream::iter(rooms).for_each_concurrent(AT_ONCE, |room| begin(&peer, room)).await;
        }
        Err(error) => {
            complain("the rooms of a connection are not known", &error);
            // It would hear of nothing, and not know: its client comes back by itself.
            peer.close(hallway_domain::Disconnect::Internal);
        }
    }
    let online = attendance.online(&peer.actor, false).await.unwrap_or_else(|error| {
        complain("who is online is not known", &error);
        Vec::new()
    });
    let users = std::iter::once(peer.actor.id()).chain(online.into_iter().map(|user| user.id));
    hold.release(reply::online(users));
}

/// Direct conversations first, then private rooms, the newest first, and no more than a connection may follow.
fn in_order(rooms: impl Iterator<Item = Room>, most: usize) -> Vec<RoomId> {
    let mut rooms: Vec<Room> = rooms.collect();
    rooms.sort_by_key(|room| {
        let kind = match room.kind {
            RoomKind::Direct => 0,
            RoomKind::Private => 1,
            RoomKind::Public => 2,
        };
        (kind, Reverse(room.id))
    });
    rooms.into_iter().take(most).map(|room| room.id).collect()
}

async fn begin(peer: &Peer, room: RoomId) {
    match follow(peer, room, false).await {
        // It may have been taken away since it was listed.
        Ok(())
        | Err(
            Refusal::Hub(HubError::Closed | HubError::Revoked) | Refusal::App(Error::Denied(_) | Error::NotFound(_)),
        ) => {}
        Err(refusal) => {
            tracing::warn!(?refusal, connection.id = %peer.id(), room.id = %room, "a room is not followed");
            // It would miss messages, and not know: its client comes back by itself.
            peer.close(hallway_domain::Disconnect::Internal);
        }
    }
}

/// The user has become a member of the room, or may read it again.
pub(in super::super) async fn granted(peer: Rc<Peer>, room: RoomId) {
    if peer.followed.borrow().is_joined(room) {
        return;
    }
    let mut end = follow(&peer, room, true).await;
    if matches!(end, Err(Refusal::Hub(HubError::TooManyRooms))) {
        end = match make_place(&peer).await {
            Ok(()) => follow(&peer, room, true).await,
            failed => failed,
        };
    }
    match end {
        // It may have been taken away again meanwhile.
        Ok(())
        | Err(
            Refusal::Hub(HubError::TooManyRooms | HubError::Closed | HubError::Revoked)
            | Refusal::App(Error::Denied(_) | Error::NotFound(_)),
        ) => {}
        Err(refusal) => {
            tracing::warn!(?refusal, connection.id = %peer.id(), room.id = %room, "a room is not followed");
            peer.close(hallway_domain::Disconnect::Internal);
        }
    }
}

/// Follows a room that the user writes in. Where there is no place for it, it is none that is new: that would have been
/// followed when it began.
pub(super) async fn follow_to_write(peer: &Peer, room: RoomId) -> Result<(), Refusal> {
    match follow(peer, room, true).await {
        Err(Refusal::Hub(HubError::TooManyRooms)) => {
            make_place(peer).await?;
            follow(peer, room, false).await
        }
        end => end,
    }
}

/// A connection that follows as many rooms as it may lets go of one, for another in which something happens.
async fn make_place(peer: &Peer) -> Result<(), Refusal> {
    let oldest = peer.followed.borrow().oldest();
    match oldest {
        Some(room) => give_up(peer, room).await,
        None => Ok(()),
    }
}

/// Follows a room of the user from now on; one that is `new` to the user from the moment that it became so. A room that
/// the user is no member of is not followed.
async fn follow(peer: &Peer, room: RoomId, new: bool) -> Result<(), Refusal> {
    let reservation = peer.sockets.hub.reserve(peer.id(), room).await?;
    match enter(peer, room, reservation, new).await {
        Ok(Some(label)) => {
            peer.followed.borrow_mut().add(label, &RoomRef::Id(room));
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(refusal) => {
            give_up(peer, room).await?;
            Err(refusal)
        }
    }
}

async fn enter(peer: &Peer, id: RoomId, reservation: Reservation, new: bool) -> Result<Option<RoomLabel>, Refusal> {
    let app = &peer.sockets.app;
    let (permit, room, standing) = app.rooms().permit(&peer.actor, id).await?;
    if standing.membership.is_none() {
        return Ok(None);
    }
    let subscription = reservation.open(&permit)?;
    app.attendance().enter(&peer.actor, &permit, peer.id()).await?;
    let head = subscription.head().clone();
    let label = RoomLabel::of(&head).seen_by(peer.actor.id());
    if new {
        if let Some(room) = reply::room(&room) {
            subscription.push(reply::room_created(room))?;
        }
        let since = let_in(peer, &permit, &room, head.seq).await?;
        let past = Past { label: &label, subscription: Some(&subscription) };
        // A log that was cut by retention has nothing new in it.
        stretch(peer, &past, since, head.seq).await?;
    }
    subscription.go_live(|_| Bytes::new())?;
    Ok(Some(label))
}

/// Where the user's time in the room began, if that is not long ago.
async fn let_in(peer: &Peer, permit: &Permit<Read>, room: &Room, head: Seq) -> Result<Seq, Refusal> {
    let after = Seq((head.0 - i64::from(RECENT)).max(0));
    if room.kind == RoomKind::Direct && after == Seq::ZERO {
        return Ok(Seq::ZERO);
    }
    let recent = peer.sockets.app.messages().events(permit, after, head, RECENT).await?.unwrap_or_default();
    let began = recent.iter().rev().find(|event| lets_in(event, peer.actor.id()));
    Ok(began.map_or(head, |event| event.seq))
}

fn lets_in(event: &Event, user: UserId) -> bool {
    match &event.fact {
        Fact::MemberJoined { user: joined } => joined.id == user,
        Fact::MemberUpdated(change) => change.user.id == user && change.ban == Some(Toggle::Off),
        _ => false,
    }
}
