//! Making a room.

use hallway_domain::{Actor, Fact, NewRoom, Role, Room, RoomKind};

use super::{CreateRoom, Rooms, join_key, membership};
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Result};

impl Rooms<'_> {
    /// Makes a room; the caller becomes its owner.
    pub async fn create(&self, actor: &Actor, command: CreateRoom) -> Result<Room> {
        self.context.throttle(|rates| rates.join, || join_key(actor.id())).await?;
        let CreateRoom { name, topic, private } = command;
        let room = NewRoom {
            kind: if private { RoomKind::Private } else { RoomKind::Public },
            name: Some(name),
            topic,
            created_by: actor.id(),
            created_at: self.context.now(),
            epoch: self.context.ports.ids.epoch(),
        };
        unit::run(|| self.insert(actor, &room)).await
    }

    async fn insert(&self, actor: &Actor, room: &NewRoom) -> Attempt<Room> {
        let mut unit = Unit::begin(self.context).await?;
        let at = room.created_at;
        let mut room = unit.work.rooms().insert(room.clone()).await?.ok_or(Conflict::RoomNameTaken)?;
        let owner = membership(&room, actor.id(), Role::Owner, at);
        unit.work.memberships().insert(&owner).await?;
        unit.record(&mut room, at, Fact::MemberJoined { user: actor.user.clone() });
        unit.commit().await?;
        Ok(room)
    }
}
