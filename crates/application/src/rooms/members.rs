//! Who belongs to a room.

use hallway_domain::policy::{self, AddMember, Denied, Read, Scope};
use hallway_domain::ports::{AuditEntry, MemberView};
use hallway_domain::{Actor, Fact, Page, PageRequest, Revocation, Role, RoomId, UserId, Username};

use super::{Rooms, membership};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Conflict, Missing, Result};

impl Rooms<'_> {
    pub async fn members(&self, actor: &Actor, room: RoomId, page: PageRequest) -> Result<Page<MemberView>> {
        self.context.permit(actor, Read, room).await?;
        Ok(self.context.ports.store.queries().members(room, page, self.context.now()).await?)
    }

    pub async fn member(&self, actor: &Actor, room: RoomId, user: UserId) -> Result<MemberView> {
        self.context.permit(actor, Read, room).await?;
        let queries = self.context.ports.store.queries();
        let standing = queries.standing(room, user, self.context.now()).await?;
        if standing.membership.is_none() {
            return Err(Missing::Member.into());
        }
        let user = queries.user(user).await?.ok_or(Missing::Member)?;
        Ok(MemberView { user: user.to_ref(), full_name: user.full_name, standing })
    }

    /// Makes `username` a member, which is the only way into a private room. Who is banned has to be unbanned first.
    pub async fn add_member(&self, actor: &Actor, room: RoomId, username: &Username) -> Result<MemberView> {
        unit::run(|| self.add(actor, room, username)).await
    }

    async fn add(&self, actor: &Actor, room: RoomId, username: &Username) -> Attempt<MemberView> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        policy::authorize(actor, AddMember, Scope { room: &room, standing: &standing })?;
        let user = unit.work.users().find_by_username(username).await?;
        let user = user.filter(|user| !user.disabled).ok_or(Missing::User)?;
        let mut standing = unit.standing(room.id, user.id, now).await?;
        if standing.membership.is_some() {
            return Err(Conflict::AlreadyMember.into());
        }
        if standing.ban.is_some() {
            return Err(Denied::NotPermitted.into());
        }
        let membership = membership(&room, user.id, Role::Member, now);
        unit.work.memberships().insert(&membership).await?;
        standing.membership = Some(membership);
        unit.record(&mut room, now, Fact::MemberJoined { user: user.to_ref() });
        unit.revoke(Revocation::Granted { room: room.id, user: user.id });
        let entry = AuditEntry {
            room: Some(room.id),
            actor: Some(actor.id()),
            target: Some(user.id),
            ..audit("add_member", now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(MemberView { user: user.to_ref(), full_name: user.full_name, standing })
    }
}
