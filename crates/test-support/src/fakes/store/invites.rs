//! Links into rooms, and who is kept out of them.

use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{InviteRepository, StoreResult};
use hallway_domain::{Invite, InviteId, InviteView, NewInvite, RoomId, SanctionKind, SanctionView, Timestamp, UserId};

use super::FakeUnit;
use super::state::{State, Table};

/// The table: invitations and the hashes of their codes.
#[derive(Clone, Default)]
pub(super) struct Invites(Table<InviteId, (Invite, [u8; 32])>);

impl Invites {
    pub(super) fn delete_room(&mut self, room: RoomId) {
        Arc::make_mut(&mut self.0).retain(|_, (invite, _)| invite.room != room);
    }

    pub(super) fn find(&self, hash: &[u8; 32]) -> Option<Invite> {
        self.0.values().find(|(_, stored)| stored == hash).map(|(invite, _)| invite.clone())
    }

    fn live(&self, room: RoomId, now: Timestamp) -> impl Iterator<Item = &Invite> {
        self.0.values().map(|(invite, _)| invite).filter(move |invite| invite.room == room && invite.is_live(now))
    }
}

impl State {
    /// The oldest first.
    pub(super) fn invite_views(&self, room: RoomId, now: Timestamp) -> Vec<InviteView> {
        let by = |user: UserId| self.user(user).map(|user| user.to_ref());
        let view = |invite: &Invite| InviteView { invite: invite.clone(), by: invite.created_by.and_then(by) };
        self.invites.live(room, now).map(view).collect()
    }

    /// The oldest first.
    pub(super) fn sanction_views(&self, room: RoomId, kind: SanctionKind, now: Timestamp) -> Vec<SanctionView> {
        let all = self.sanctions.values();
        let of_kind = all.filter(|it| (it.room, it.kind) == (room, kind) && it.is_in_force(now));
        let view = |it: &hallway_domain::Sanction| {
            let user = self.user(it.user)?;
            let by = it.by.and_then(|by| self.user(by)).map(|by| by.to_ref());
            Some(SanctionView { sanction: it.clone(), user: user.to_ref(), full_name: user.full_name, by })
        };
        of_kind.filter_map(view).collect()
    }

    /// Tombstones too.
    pub(super) fn last_sent(&self, room: RoomId, user: UserId) -> Option<Timestamp> {
        self.memberships.get(&(room, user))?;
        let own = self.messages.values().filter(|it| it.room == room && it.author_id() == Some(user));
        own.max_by_key(|message| message.seq).map(|message| message.created_at)
    }
}

#[async_trait]
impl InviteRepository for FakeUnit {
    async fn insert(&mut self, new: NewInvite) -> StoreResult<Invite> {
        let NewInvite { room, hash, created_by, created_at, expires_at, max_uses } = new;
        let id = InviteId(self.state.next_id());
        let created_by = Some(created_by);
        let invite = Invite { id, room, created_by, created_at, expires_at, max_uses, uses: 0, revoked_at: None };
        Arc::make_mut(&mut self.state.invites.0).insert(id, (invite.clone(), hash));
        Ok(invite)
    }

    async fn find(&mut self, hash: &[u8; 32]) -> StoreResult<Option<Invite>> {
        Ok(self.state.invites.find(hash))
    }

    async fn use_once(&mut self, id: InviteId, now: Timestamp) -> StoreResult<bool> {
        let Some((invite, _)) = Arc::make_mut(&mut self.state.invites.0).get_mut(&id) else { return Ok(false) };
        let is_live = invite.is_live(now);
        invite.uses += u32::from(is_live);
        Ok(is_live)
    }

    async fn revoke(&mut self, room: RoomId, id: InviteId, at: Timestamp) -> StoreResult<bool> {
        let found = Arc::make_mut(&mut self.state.invites.0).get_mut(&id);
        let Some((invite, _)) = found.filter(|(it, _)| it.room == room && it.revoked_at.is_none()) else {
            return Ok(false);
        };
        invite.revoked_at = Some(at);
        Ok(true)
    }

    async fn live(&mut self, room: RoomId, now: Timestamp) -> StoreResult<u64> {
        Ok(self.state.invites.live(room, now).count() as u64)
    }
}
