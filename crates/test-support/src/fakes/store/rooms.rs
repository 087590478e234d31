//! Rooms, memberships and sanctions.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{MembershipRepository, RoomRepository, SanctionRepository, StoreError, StoreResult};
use hallway_domain::{
    DirectKey, Membership, NewRoom, NewSanction, NotifyLevel, Role, Room, RoomId, RoomName, RoomRules, Sanction,
    SanctionId, SanctionKind, Seq, Timestamp, UserId,
};

use super::FakeUnit;

impl FakeUnit {
    fn name_is_taken(&self, name: Option<&RoomName>, by_other_than: Option<RoomId>) -> bool {
        let mut others = self.state.rooms.values();
        name.is_some() && others.any(|room| room.name.as_ref() == name && Some(room.id) != by_other_than)
    }

    fn membership(&mut self, room: RoomId, user: UserId) -> Option<&mut Membership> {
        Arc::make_mut(&mut self.state.memberships).get_mut(&(room, user))
    }
}

#[async_trait]
impl RoomRepository for FakeUnit {
    async fn insert(&mut self, new: NewRoom) -> StoreResult<Option<Room>> {
        if self.name_is_taken(new.name.as_ref(), None) || self.state.direct(new.direct).is_some() {
            return Ok(None);
        }
        let NewRoom { kind, name, topic, direct, created_by, created_at, epoch } = new;
        let room = Room {
            id: RoomId(self.state.next_id()),
            kind,
            name,
            topic,
            direct,
            created_by: Some(created_by),
            created_at,
            epoch,
            last_seq: Seq::ZERO,
            slow_mode_seconds: 0,
            archived_at: None,
            rules: RoomRules::default(),
        };
        Arc::make_mut(&mut self.state.rooms).insert(room.id, room.clone());
        Ok(Some(room))
    }

    async fn lock(&mut self, ids: &[RoomId]) -> StoreResult<Vec<Room>> {
        let ids: BTreeSet<RoomId> = ids.iter().copied().collect();
        Ok(ids.iter().filter_map(|id| self.state.rooms.get(id)).cloned().collect())
    }

    async fn find_direct(&mut self, key: DirectKey) -> StoreResult<Option<Room>> {
        Ok(self.state.direct(Some(key)).cloned())
    }

    async fn update(&mut self, room: &Room) -> StoreResult<bool> {
        if self.name_is_taken(room.name.as_ref(), Some(room.id)) {
            return Ok(false);
        }
        if let Some(stored) = Arc::make_mut(&mut self.state.rooms).get_mut(&room.id) {
            stored.name.clone_from(&room.name);
            stored.topic.clone_from(&room.topic);
            stored.kind = room.kind;
            stored.slow_mode_seconds = room.slow_mode_seconds;
            stored.archived_at = room.archived_at;
            stored.rules = room.rules;
        }
        Ok(true)
    }

    async fn set_last_seq(&mut self, heads: &[(RoomId, Seq)]) -> StoreResult<()> {
        let rooms = Arc::make_mut(&mut self.state.rooms);
        for (id, seq) in heads {
            if let Some(room) = rooms.get_mut(id) {
                room.last_seq = *seq;
            }
        }
        Ok(())
    }

    async fn delete(&mut self, id: RoomId) -> StoreResult<()> {
        let state = &mut self.state;
        Arc::make_mut(&mut state.rooms).remove(&id);
        Arc::make_mut(&mut state.memberships).retain(|(room, _), _| *room != id);
        Arc::make_mut(&mut state.sanctions).retain(|_, sanction| sanction.room != id);
        Arc::make_mut(&mut state.events).retain(|(room, _), _| *room != id);
        let messages = Arc::make_mut(&mut state.messages);
        messages.retain(|_, message| message.room != id);
        state.highlights.keep_only(messages);
        Arc::make_mut(&mut state.reactions).retain(|given| messages.contains_key(&given.message));
        state.files.delete_room(id);
        state.invites.delete_room(id);
        state.review.keep_rooms(&state.rooms);
        Ok(())
    }
}

#[async_trait]
impl MembershipRepository for FakeUnit {
    async fn find(&mut self, room: RoomId, user: UserId) -> StoreResult<Option<Membership>> {
        Ok(self.state.memberships.get(&(room, user)).cloned())
    }

    async fn find_many(&mut self, pairs: &[(RoomId, UserId)]) -> StoreResult<Vec<Membership>> {
        let pairs: BTreeSet<_> = pairs.iter().collect();
        Ok(pairs.into_iter().filter_map(|pair| self.state.memberships.get(pair)).cloned().collect())
    }

    async fn insert(&mut self, membership: &Membership) -> StoreResult<bool> {
        let key = (membership.room, membership.user);
        if self.state.memberships.contains_key(&key) {
            return Ok(false);
        }
        Arc::make_mut(&mut self.state.memberships).insert(key, membership.clone());
        Ok(true)
    }

    async fn insert_many(&mut self, memberships: &[Membership]) -> StoreResult<()> {
        for membership in memberships {
            if !MembershipRepository::insert(self, membership).await? {
                return Err(StoreError::Internal("unique constraint: memberships".to_owned()));
            }
        }
        Ok(())
    }

    async fn set_role(&mut self, room: RoomId, user: UserId, role: Role) -> StoreResult<()> {
        if let Some(membership) = self.membership(room, user) {
            membership.role = role;
        }
        Ok(())
    }

    async fn delete(&mut self, room: RoomId, user: UserId) -> StoreResult<bool> {
        Ok(Arc::make_mut(&mut self.state.memberships).remove(&(room, user)).is_some())
    }

    async fn heir(&mut self, room: RoomId, leaving: UserId, now: Timestamp) -> StoreResult<Option<Membership>> {
        let state = &self.state;
        let heir = state
            .members(room)
            .filter(|member| member.user != leaving && state.standing(room, member.user, now).ban.is_none())
            .min_by_key(|member| (std::cmp::Reverse(member.role), member.joined_at, member.user));
        Ok(heir.cloned())
    }

    async fn owners(&mut self, room: RoomId) -> StoreResult<u64> {
        Ok(self.state.members(room).filter(|member| member.role == Role::Owner).count() as u64)
    }

    async fn raise_read(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool> {
        let Some(membership) = self.membership(room, user).filter(|membership| membership.last_read < seq) else {
            return Ok(false);
        };
        membership.last_read = seq;
        membership.last_delivered = membership.last_delivered.max(seq);
        Ok(true)
    }

    async fn raise_delivered(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool> {
        let Some(membership) = self.membership(room, user).filter(|membership| membership.last_delivered < seq) else {
            return Ok(false);
        };
        membership.last_delivered = seq;
        Ok(true)
    }

    async fn lower_read(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool> {
        let Some(membership) = self.membership(room, user).filter(|membership| membership.last_read > seq) else {
            return Ok(false);
        };
        membership.last_read = seq;
        Ok(true)
    }

    async fn set_notify(&mut self, room: RoomId, user: UserId, level: NotifyLevel) -> StoreResult<bool> {
        let Some(membership) = self.membership(room, user).filter(|membership| membership.notify != level) else {
            return Ok(false);
        };
        membership.notify = level;
        Ok(true)
    }
}

#[async_trait]
impl SanctionRepository for FakeUnit {
    async fn in_force(&mut self, pairs: &[(RoomId, UserId)], now: Timestamp) -> StoreResult<Vec<Sanction>> {
        let holds = |sanction: &&Sanction| sanction.is_in_force(now) && pairs.contains(&(sanction.room, sanction.user));
        Ok(self.state.sanctions.values().filter(holds).cloned().collect())
    }

    async fn insert(&mut self, new: NewSanction) -> StoreResult<Sanction> {
        let NewSanction { room, user, kind, reason, by, created_at, expires_at } = new;
        let id = SanctionId(self.state.next_id());
        let sanction = Sanction { id, room, user, kind, reason, by: Some(by), created_at, expires_at, lifted_at: None };
        Arc::make_mut(&mut self.state.sanctions).insert(id, sanction.clone());
        Ok(sanction)
    }

    async fn amend(&mut self, sanction: &Sanction) -> StoreResult<()> {
        if let Some(stored) = Arc::make_mut(&mut self.state.sanctions).get_mut(&sanction.id) {
            stored.reason.clone_from(&sanction.reason);
            (stored.by, stored.expires_at) = (sanction.by, sanction.expires_at);
        }
        Arc::make_mut(&mut self.state.noted).remove(&sanction.id);
        Ok(())
    }

    async fn take_expired(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<Sanction>> {
        let noted = Arc::make_mut(&mut self.state.noted);
        let is_over = |it: &&Sanction| it.lifted_at.is_none() && it.expires_at.is_some_and(|end| end <= now);
        let mut over: Vec<Sanction> =
            self.state.sanctions.values().filter(is_over).filter(|it| !noted.contains(&it.id)).cloned().collect();
        over.sort_by_key(|sanction| (sanction.expires_at, sanction.id));
        over.truncate(limit as usize);
        noted.extend(over.iter().map(|sanction| sanction.id));
        Ok(over)
    }

    async fn lift(&mut self, room: RoomId, user: UserId, kind: SanctionKind, at: Timestamp) -> StoreResult<bool> {
        let mut lifted = false;
        for sanction in Arc::make_mut(&mut self.state.sanctions).values_mut() {
            if (sanction.room, sanction.user, sanction.kind) == (room, user, kind) && sanction.is_in_force(at) {
                sanction.lifted_at = Some(at);
                lifted = true;
            }
        }
        Ok(lifted)
    }
}
