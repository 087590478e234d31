//! Making a room.

use hallway_domain::{
    Actor, Fact, InvalidText, Membership, NewRoom, Revocation, Role, Room, RoomKind, User, UserKey, UserRef,
};

use super::{CreateRoom, Rooms, join_key, membership};
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Missing, Result};

impl Rooms<'_> {
    /// Makes a room; the caller becomes its owner. Whoever else is to be a member is one from the beginning, or there
    /// is no room: a user who does not exist stops it.
    pub async fn create(&self, actor: &Actor, command: CreateRoom) -> Result<Room> {
        self.context.throttle(|rates| rates.join, || join_key(actor.id())).await?;
        let CreateRoom { name, topic, private, mut members } = command;
        members.sort_unstable();
        members.dedup();
        if members.len() > CreateRoom::MEMBERS {
            let message = format!("members must be at most {}", CreateRoom::MEMBERS);
            return Err(InvalidText::new("members", message).into());
        }
        let room = NewRoom {
            kind: if private { RoomKind::Private } else { RoomKind::Public },
            name: Some(name),
            topic,
            direct: None,
            created_by: actor.id(),
            created_at: self.context.now(),
            epoch: self.context.ports.ids.epoch(),
        };
        unit::run(|| self.insert(actor, &room, &members)).await
    }

    async fn insert(&self, actor: &Actor, room: &NewRoom, members: &[UserKey]) -> Attempt<Room> {
        let mut unit = Unit::begin(self.context).await?;
        let members = users(&mut unit, members).await?;
        let at = room.created_at;
        let mut room = unit.work.rooms().insert(room.clone()).await?.ok_or(Conflict::RoomNameTaken)?;
        let others: Vec<UserRef> = members.iter().filter(|user| user.id != actor.id()).map(User::to_ref).collect();
        let mut all: Vec<Membership> = vec![membership(&room, actor.id(), Role::Owner, at)];
        all.extend(others.iter().map(|user| membership(&room, user.id, Role::Member, at)));
        unit.work.memberships().insert_many(&all).await?;
        for user in std::iter::once(&actor.user).chain(&others) {
            unit.record(&mut room, at, Fact::MemberJoined { user: user.clone() });
            unit.revoke(Revocation::Granted { room: room.id, user: user.id });
        }
        unit.commit().await?;
        Ok(room)
    }
}

/// All of them, or that one is missing. Disabled accounts do not count.
async fn users(unit: &mut Unit<'_>, keys: &[UserKey]) -> Attempt<Vec<User>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut users = unit.work.users().find_many(keys).await?;
    users.retain(|user| !user.disabled);
    users.sort_unstable_by_key(|user| user.id);
    if keys.iter().all(|key| users.iter().any(|user| key.names(user))) { Ok(users) } else { Err(Missing::User.into()) }
}
