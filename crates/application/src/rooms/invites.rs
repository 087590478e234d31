//! Links into a room.

use hallway_domain::policy::{self, Invite as MayInvite, JoinByInvite, Scope};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{
    Actor, InvalidText, Invite, InviteId, InvitePreview, InviteTerms, InviteView, NewInvite, Page, PageRequest, RoomId,
};

use super::join::take_in;
use super::{Entry, Rooms, join_key};
use crate::accounts::{SECRET_CHARS, url_safe};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Conflict, Missing, Result};

/// A new invitation, and the code that nobody is told again.
#[derive(Clone, Debug)]
pub struct MadeInvite {
    pub invite: Invite,
    pub code: String,
}

impl Rooms<'_> {
    /// Makes a link that lets whoever holds it into the room, private ones too, until its end or its last use.
    pub async fn create_invite(&self, actor: &Actor, room: RoomId, terms: InviteTerms) -> Result<MadeInvite> {
        self.context.throttle(|rates| rates.join, || join_key(actor.id())).await?;
        if terms.max_uses.is_some_and(|most| most == 0 || most > InviteTerms::MOST_USES) {
            let message = format!("max_uses must be from 1 to {}", InviteTerms::MOST_USES);
            return Err(InvalidText::new("max_uses", message).into());
        }
        let is_too_long = |lifetime: time::Duration| {
            !lifetime.is_positive() || lifetime.whole_seconds().unsigned_abs() > InviteTerms::MOST_SECONDS
        };
        if terms.lifetime.is_some_and(is_too_long) {
            let message = format!("seconds must be from 1 to {}", InviteTerms::MOST_SECONDS);
            return Err(InvalidText::new("seconds", message).into());
        }
        let code = url_safe(&self.context.ports.ids.secret());
        let invite = unit::run(|| self.insert_invite(actor, room, (terms, &code))).await?;
        Ok(MadeInvite { invite, code })
    }

    async fn insert_invite(&self, actor: &Actor, room: RoomId, (terms, code): (InviteTerms, &str)) -> Attempt<Invite> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        policy::authorize(actor, MayInvite, Scope { room: &room, standing: &standing })?;
        if unit.work.invites().live(room.id, now).await? >= self.context.settings.invites_per_room as u64 {
            return Err(Conflict::TooManyInvites.into());
        }
        let invite = NewInvite {
            room: room.id,
            hash: self.context.ports.tokens.fingerprint(code),
            created_by: actor.id(),
            created_at: now,
            expires_at: terms.lifetime.map(|lifetime| now + lifetime),
            max_uses: terms.max_uses,
        };
        let invite = unit.work.invites().insert(invite).await?;
        let details = vec![("invite", invite.id.to_string())];
        let entry = AuditEntry { room: Some(room.id), actor: Some(actor.id()), details, ..audit("create_invite", now) };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(invite)
    }

    /// Links that let somebody in now. Their codes are not among it: nobody knows them any more.
    pub async fn invites(&self, actor: &Actor, room: RoomId, page: PageRequest) -> Result<Page<InviteView>> {
        self.context.permit(actor, MayInvite, room).await?;
        Ok(self.context.ports.store.queries().invites(room, page, self.context.now()).await?)
    }

    /// Ends a link. Ending what is over is fine.
    pub async fn revoke_invite(&self, actor: &Actor, room: RoomId, invite: InviteId) -> Result<()> {
        unit::run(|| self.end_invite(actor, room, invite)).await
    }

    async fn end_invite(&self, actor: &Actor, room: RoomId, invite: InviteId) -> Attempt<()> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        policy::authorize(actor, MayInvite, Scope { room: &room, standing: &standing })?;
        if !unit.work.invites().revoke(room.id, invite, now).await? {
            return Ok(());
        }
        let details = vec![("invite", invite.to_string())];
        let entry = AuditEntry { room: Some(room.id), actor: Some(actor.id()), details, ..audit("revoke_invite", now) };
        unit.work.audit().append(&entry).await?;
        unit.commit().await
    }

    /// What a link leads to: the room's name and how many are in it, and nothing else. A link that is over, used up,
    /// revoked or made up is not found, whichever it is.
    pub async fn preview_invite(&self, actor: &Actor, code: &str) -> Result<InvitePreview> {
        self.context.throttle(|rates| rates.join, || join_key(actor.id())).await?;
        let queries = self.context.ports.store.queries();
        let invite = queries.invite(&self.hash(code)?).await?;
        let invite = invite.filter(|invite| invite.is_live(self.context.now())).ok_or(Missing::Invite)?;
        let (_, room, standing) = self.context.permit(actor, JoinByInvite, invite.room).await?;
        let summary = queries.room_summary(room.id, actor.id()).await?.ok_or(Missing::Invite)?;
        Ok(InvitePreview {
            room: room.id,
            name: room.name,
            members: summary.members,
            expires_at: invite.expires_at,
            is_member: standing.membership.is_some(),
        })
    }

    /// Makes the caller a member by a link. Who is one already stays that, and uses up nothing; who is banned stays
    /// out.
    pub async fn accept_invite(&self, actor: &Actor, code: &str) -> Result<Entry> {
        self.context.throttle(|rates| rates.join, || join_key(actor.id())).await?;
        let hash = self.hash(code)?;
        unit::run(|| self.enter_by(actor, &hash)).await
    }

    async fn enter_by(&self, actor: &Actor, hash: &[u8; 32]) -> Attempt<Entry> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let invite = unit.work.invites().find(hash).await?.ok_or(Missing::Invite)?;
        let mut room = unit.lock(invite.room).await?;
        let standing = unit.standing(room.id, actor.id(), now).await?;
        // Whose answer got lost may ask again, though theirs was the last use; to others a link that is over says nothing.
        if standing.membership.is_none() && !invite.is_live(now) {
            return Err(Missing::Invite.into());
        }
        policy::authorize(actor, JoinByInvite, Scope { room: &room, standing: &standing })?;
        if let Some(membership) = standing.membership {
            return Ok(Entry { room, membership, new: false });
        }
        // Looked at once more, under the lock: of two who come for the last use, one gets it.
        if !unit.work.invites().use_once(invite.id, now).await? {
            return Err(Missing::Invite.into());
        }
        let membership = take_in(&mut unit, &mut room, &actor.user, now).await?;
        let details = vec![("invite", invite.id.to_string())];
        let entry = AuditEntry {
            room: Some(room.id),
            actor: Some(actor.id()),
            target: Some(actor.id()),
            details,
            ..audit("join_by_invite", now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await?;
        Ok(Entry { room, membership, new: true })
    }

    fn hash(&self, code: &str) -> Result<[u8; 32]> {
        if code.len() != SECRET_CHARS {
            return Err(Missing::Invite.into());
        }
        Ok(self.context.ports.tokens.fingerprint(code))
    }
}
