//! Conversations between two users.

use hallway_domain::ports::{DirectFilter, RoomSummary};
use hallway_domain::{
    Actor, DirectKey, Membership, NewRoom, Page, PageRequest, Peers, Revocation, Role, Room, RoomKind, User, UserKey,
};

use super::{Rooms, join_key, membership};
use crate::unit::{self, Abort, Attempt, Unit};
use crate::{Missing, Result};

impl Rooms<'_> {
    /// The caller's direct conversation with `peer`, and whether it was made now. With oneself it is a place for notes.
    /// However many ask at once, and whoever of the two asks: there is one room.
    ///
    /// # Errors
    /// [`Missing::User`] when there is no such account, or none that could answer.
    pub async fn direct(&self, actor: &Actor, peer: impl Into<UserKey>) -> Result<(Room, bool)> {
        let peer = self.peer(&peer.into()).await?;
        let key = DirectKey::new(actor.id(), peer.id);
        if let Some(room) = self.context.ports.store.queries().room_by_direct(key).await? {
            return Ok((room, false));
        }
        self.context.throttle(|rates| rates.join, || join_key(actor.id())).await?;
        unit::run(|| self.find_or_make(actor, key)).await
    }

    /// The caller's direct conversation with `peer`, if there is one.
    pub async fn direct_with(&self, actor: &Actor, peer: impl Into<UserKey>) -> Result<Room> {
        let queries = self.context.ports.store.queries();
        let peer = match peer.into() {
            UserKey::Id(id) => Some(id),
            UserKey::Name(name) => queries.user_by_username(&name).await?.map(|user| user.id),
        };
        let key = DirectKey::new(actor.id(), peer.ok_or(Missing::Room)?);
        Ok(queries.room_by_direct(key).await?.ok_or(Missing::Room)?)
    }

    /// The caller's direct conversations, the newest message first. One that the other side began counts once
    /// something was said in it.
    pub async fn directs(&self, actor: &Actor, filter: &DirectFilter, page: PageRequest) -> Result<Page<RoomSummary>> {
        Ok(self.context.ports.store.queries().direct_rooms_of(actor.id(), filter, page).await?)
    }

    /// The two of a direct conversation, after whom its frames are labelled; none of a room with a name.
    pub async fn peers(&self, room: &Room) -> Result<Option<Peers>> {
        if room.direct.is_none() {
            return Ok(None);
        }
        let heads = self.context.ports.store.queries().heads(&[room.id]).await?;
        Ok(heads.into_iter().find(|head| head.room == room.id).and_then(|head| head.peers))
    }

    async fn peer(&self, key: &UserKey) -> Result<User> {
        let queries = self.context.ports.store.queries();
        let user = match key {
            UserKey::Id(id) => queries.user(*id).await?,
            UserKey::Name(name) => queries.user_by_username(name).await?,
        };
        Ok(user.filter(|user| !user.disabled).ok_or(Missing::User)?)
    }

    async fn find_or_make(&self, actor: &Actor, key: DirectKey) -> Attempt<(Room, bool)> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        // Who may not be written to is answered for as if there were no such account.
        if !unit.work.accounts().unreachable(&[key]).await?.is_empty() {
            return Err(Missing::User.into());
        }
        let new = NewRoom {
            kind: RoomKind::Direct,
            name: None,
            topic: None,
            direct: Some(key),
            created_by: actor.id(),
            created_at: now,
            epoch: self.context.ports.ids.epoch(),
        };
        let Some(room) = unit.work.rooms().insert(new).await? else {
            // The other side was faster.
            let room = unit.work.rooms().find_direct(key).await?;
            let room = room.ok_or_else(|| Abort::Conflict("a direct conversation came and went".to_owned()))?;
            return Ok((room, false));
        };
        let members: Vec<Membership> = key.members().map(|user| membership(&room, user, Role::Member, now)).collect();
        unit.work.memberships().insert_many(&members).await?;
        for user in key.members() {
            unit.revoke(Revocation::Granted { room: room.id, user });
        }
        unit.commit().await?;
        Ok((room, true))
    }
}
