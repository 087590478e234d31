//! Whether somebody is online: has a connection at all, whatever rooms it is in.
//!
//! Presence keeps it like a room of each user's own ([`RoomId::of_user`]), with the same grace and the same sweeps. Who
//! came and who went is told in the rooms that they share with others, and there are bounds to that.

use hallway_domain::{Actor, ConnectionId, Room, RoomId, RoomKind, Signal, SignalKind, UserId, UserRef};

use super::Attendance;
use crate::Result;

/// Most rooms that are looked at for those that are told.
const ROOMS: u32 = 1000;
/// Most people of whom a connection is told when it begins.
const PEOPLE: u32 = 1000;

impl Attendance<'_> {
    /// Counts a connection that has begun, and tells if it is its user's first.
    pub async fn arrive(&self, actor: &Actor, connection: ConnectionId) -> Result<()> {
        let (room, now) = (RoomId::of_user(actor.id()), self.context.now());
        let _turn = self.context.turns.of(room).await;
        let entered = self.context.ports.presence.enter(room, &actor.user, connection, now).await?;
        if entered.first {
            self.tell_online(&actor.user, true).await?;
        }
        Ok(())
    }

    /// Who is online of those who share a room with the caller, by id; of the caller's direct conversations alone if
    /// `direct`. Where that is too many to look at, those of direct conversations come before the others.
    pub async fn online(&self, actor: &Actor, direct: bool) -> Result<Vec<UserRef>> {
        let store = &self.context.ports.store;
        let mut people = store.queries().acquaintances(actor.id(), direct, PEOPLE).await?;
        if !direct && people.len() >= PEOPLE as usize {
            let mut peers = store.queries().acquaintances(actor.id(), true, PEOPLE).await?;
            people.retain(|user| peers.binary_search_by_key(&user.id, |peer| peer.id).is_err());
            people.truncate(PEOPLE as usize - peers.len());
            people.append(&mut peers);
            people.sort_unstable_by_key(|user| user.id);
        }
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        let blocked = store.account_queries().blocked_among(actor.id(), &ids).await?;
        people.retain(|user| blocked.binary_search(&user.id).is_err());
        let rooms: Vec<RoomId> = people.iter().map(|user| RoomId::of_user(user.id)).collect();
        if rooms.is_empty() {
            return Ok(Vec::new());
        }
        let mut online = self.context.ports.presence.occupied(&rooms).await?;
        online.sort_unstable();
        let is_online = |user: &UserRef| online.binary_search(&RoomId::of_user(user.id)).is_ok();
        Ok(people.into_iter().filter(is_online).collect())
    }

    /// Tells who shares a room with the user: those of direct conversations first, then of private rooms, and no more
    /// rooms than the settings say.
    pub(super) async fn tell_online(&self, user: &UserRef, online: bool) -> Result<()> {
        let most = self.context.settings.online_rooms;
        if most == 0 {
            return Ok(());
        }
        let at = self.context.now();
        let mut rooms = self.context.ports.store.queries().rooms_of(user.id, at, ROOMS).await?;
        rooms.sort_by_key(|(room, _)| match room.kind {
            RoomKind::Direct => 0,
            RoomKind::Private => 1,
            RoomKind::Public => 2,
        });
        let others: Vec<UserId> = rooms.iter().filter_map(|(room, _)| room.direct?.other(user.id)).collect();
        let blocked = self.context.ports.store.account_queries().blocked_among(user.id, &others).await?;
        let is_told = |room: &Room| {
            let other = room.direct.and_then(|key| key.other(user.id));
            other.is_none_or(|other| blocked.binary_search(&other).is_err())
        };
        rooms.retain(|(room, _)| is_told(room));
        rooms.truncate(most);
        let kind = SignalKind::Online { user: user.clone(), online };
        let signal = |room| Signal { room, at, except: None, kind: kind.clone() };
        self.context.signals(rooms.into_iter().map(|(room, _)| signal(room.id)).collect()).await;
        Ok(())
    }

    /// That a user came or went while presence was swept.
    pub(super) async fn tell_swept(&self, room: RoomId, join: &[UserRef], leave: &[UserRef]) {
        for (user, online) in join.iter().map(|user| (user, true)).chain(leave.iter().map(|user| (user, false))) {
            debug_assert_eq!(room.as_user(), Some(user.id));
            if let Err(error) = self.tell_online(user, online).await {
                tracing::warn!(%error, "who is online is not told");
            }
        }
    }
}
