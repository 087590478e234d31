//! Blocks, and accounts that go for good.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{AccountFilter, AccountQueries, AccountRepository, Erased, StoreResult};
use hallway_domain::{
    Attachment, BlockView, DirectKey, Disconnect, Membership, MessageId, OwnDeed, OwnMessage, OwnPlace, OwnReaction,
    Page, PageRequest, RoomId, SecondFactor, SessionId, Timestamp, User, UserId,
};

use super::queries::{contains, page};
use super::state::{State, Table};
use super::{FakeStore, FakeUnit};

/// The tables.
#[derive(Clone, Default)]
pub(super) struct AccountRows {
    blocks: Table<(UserId, UserId), Timestamp>,
    erasures: Table<UserId, Timestamp>,
    factors: Table<UserId, SecondFactor>,
    codes: Table<(UserId, [u8; 32]), ()>,
}

impl AccountRows {
    fn blocks(&self, key: DirectKey) -> bool {
        let (low, high) = key.both();
        self.blocks.contains_key(&(low, high)) || self.blocks.contains_key(&(high, low))
    }
}

impl State {
    fn own_place(&self, room: RoomId) -> OwnPlace {
        OwnPlace { room, name: self.rooms.get(&room).and_then(|room| room.name.clone()) }
    }

    fn messages_by(&self, user: UserId, room: RoomId) -> BTreeSet<MessageId> {
        let own = self.messages_of(room).into_iter().filter(|message| message.author_id() == Some(user));
        own.map(|message| message.id).collect()
    }
}

#[async_trait]
impl AccountRepository for FakeUnit {
    async fn block(&mut self, user: UserId, blocked: UserId, at: Timestamp) -> StoreResult<bool> {
        let blocks = Arc::make_mut(&mut self.state.accounts.blocks);
        if blocks.contains_key(&(user, blocked)) {
            return Ok(false);
        }
        blocks.insert((user, blocked), at);
        Ok(true)
    }

    async fn unblock(&mut self, user: UserId, blocked: UserId) -> StoreResult<bool> {
        Ok(Arc::make_mut(&mut self.state.accounts.blocks).remove(&(user, blocked)).is_some())
    }

    async fn unreachable(&mut self, keys: &[DirectKey]) -> StoreResult<Vec<DirectKey>> {
        let state = &self.state;
        let disabled = |user: UserId| state.user(user).is_some_and(|user| user.disabled);
        let is_unreachable = |key: &&DirectKey| state.accounts.blocks(**key) || key.members().any(disabled);
        Ok(keys.iter().filter(is_unreachable).copied().collect())
    }

    async fn second_factor(&mut self, user: UserId) -> StoreResult<Option<SecondFactor>> {
        Ok(self.state.accounts.factors.get(&user).cloned())
    }

    async fn set_second_factor(&mut self, factor: &SecondFactor) -> StoreResult<()> {
        Arc::make_mut(&mut self.state.accounts.factors).insert(factor.user, factor.clone());
        Ok(())
    }

    async fn use_step(&mut self, user: UserId, step: i64) -> StoreResult<bool> {
        let factor = Arc::make_mut(&mut self.state.accounts.factors).get_mut(&user);
        let Some(factor) = factor.filter(|factor| factor.last_step < step) else { return Ok(false) };
        factor.last_step = step;
        Ok(true)
    }

    async fn remove_second_factor(&mut self, user: UserId) -> StoreResult<bool> {
        self.set_recovery_codes(user, &[]).await?;
        Ok(Arc::make_mut(&mut self.state.accounts.factors).remove(&user).is_some())
    }

    async fn set_recovery_codes(&mut self, user: UserId, hashes: &[[u8; 32]]) -> StoreResult<()> {
        let codes = Arc::make_mut(&mut self.state.accounts.codes);
        codes.retain(|(owner, _), ()| *owner != user);
        codes.extend(hashes.iter().map(|hash| ((user, *hash), ())));
        Ok(())
    }

    async fn use_recovery_code(&mut self, user: UserId, hash: &[u8; 32]) -> StoreResult<bool> {
        Ok(Arc::make_mut(&mut self.state.accounts.codes).remove(&(user, *hash)).is_some())
    }

    async fn recovery_codes(&mut self, user: UserId) -> StoreResult<u64> {
        Ok(self.state.accounts.codes.keys().filter(|(owner, _)| *owner == user).count() as u64)
    }

    async fn begin_erasure(&mut self, user: UserId, at: Timestamp) -> StoreResult<()> {
        Arc::make_mut(&mut self.state.accounts.erasures).entry(user).or_insert(at);
        Ok(())
    }

    async fn erase_messages(
        &mut self,
        room: RoomId,
        user: UserId,
        at: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<Erased>> {
        let state = &mut self.state;
        let mut own: Vec<_> = state.messages_by(user, room).into_iter().collect();
        own.sort_by_key(|id| state.messages.get(id).map(|message| message.seq));
        own.truncate(limit as usize);
        let mut erased = Vec::new();
        for id in own {
            if let Some(message) = Arc::make_mut(&mut state.messages).get_mut(&id) {
                erased.push(Erased { message: id, seq: message.seq, was_shown: message.deleted_at.is_none() });
                message.body.clear();
                (message.author, message.client_id, message.edited_at) = (None, None, None);
                message.deleted_at.get_or_insert(at);
            }
            state.files.detach(id);
            state.highlights.forget_message(id);
        }
        Ok(erased)
    }

    async fn erase(&mut self, user: UserId) -> StoreResult<()> {
        let state = &mut self.state;
        state.highlights.forget_user(user);
        for entry in Arc::make_mut(&mut state.audit).iter_mut() {
            if entry.actor == Some(user) || entry.target == Some(user) {
                entry.reason = None;
                entry.details.clear();
            }
        }
        Arc::make_mut(&mut state.users).remove(&user);
        let sessions = Arc::make_mut(&mut state.sessions);
        sessions.retain(|_, session| session.user != user);
        Arc::make_mut(&mut state.refresh).retain(|_, token| sessions.contains_key(&token.session));
        Arc::make_mut(&mut state.memberships).retain(|(_, member), _| *member != user);
        let sanctions = Arc::make_mut(&mut state.sanctions);
        sanctions.retain(|_, sanction| sanction.user != user);
        for sanction in sanctions.values_mut().filter(|sanction| sanction.by == Some(user)) {
            sanction.by = None;
        }
        for room in Arc::make_mut(&mut state.rooms).values_mut().filter(|room| room.created_by == Some(user)) {
            room.created_by = None;
        }
        Arc::make_mut(&mut state.reactions).retain(|given| given.user.id != user);
        state.files.delete_owner(user);
        state.review.forget_user(user);
        Arc::make_mut(&mut state.accounts.blocks).retain(|(one, other), _| *one != user && *other != user);
        Arc::make_mut(&mut state.accounts.erasures).remove(&user);
        Arc::make_mut(&mut state.accounts.factors).remove(&user);
        Arc::make_mut(&mut state.accounts.codes).retain(|(owner, _), ()| *owner != user);
        Ok(())
    }
}

#[async_trait]
impl AccountQueries for FakeStore {
    async fn accounts(&self, filter: &AccountFilter, request: PageRequest) -> StoreResult<Page<User>> {
        let matches = |user: &User| {
            let full_name = user.full_name.as_ref().map(hallway_domain::FullName::as_str);
            let text = filter.text.as_ref().is_none_or(|text| {
                contains(user.username.as_str(), text) || full_name.is_some_and(|name| contains(name, text))
            });
            text && filter.disabled.is_none_or(|disabled| user.disabled == disabled)
        };
        let state = self.state();
        let users = state.users.values().map(|(user, _)| user).filter(|user| matches(user));
        Ok(page(users.cloned().collect(), request))
    }

    async fn blocks_of(&self, user: UserId, request: PageRequest) -> StoreResult<Page<BlockView>> {
        let state = self.state();
        let own = state.accounts.blocks.iter().filter(|((by, _), _)| *by == user);
        let mut views: Vec<BlockView> = own
            .filter_map(|((_, blocked), since)| Some(BlockView { user: state.user(*blocked)?.to_ref(), since: *since }))
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse((view.since, view.user.id)));
        Ok(page(views, PageRequest { order: hallway_domain::Order::Ascending, ..request }))
    }

    async fn is_blocked(&self, key: DirectKey) -> StoreResult<bool> {
        Ok(self.state().accounts.blocks(key))
    }

    async fn blocked_among(&self, user: UserId, others: &[UserId]) -> StoreResult<Vec<UserId>> {
        let state = self.state();
        let blocked = others.iter().filter(|other| state.accounts.blocks(DirectKey::new(user, **other)));
        Ok(blocked.copied().collect::<BTreeSet<_>>().into_iter().collect())
    }

    async fn ended_sessions(&self, since: Timestamp, limit: u32) -> StoreResult<Vec<(SessionId, Disconnect)>> {
        let state = self.state();
        let mut ended: Vec<_> =
            state.sessions.values().filter(|session| session.revoked_at.is_some_and(|at| at >= since)).collect();
        ended.sort_by_key(|session| std::cmp::Reverse(session.revoked_at));
        let why = |user: UserId| match state.user(user) {
            Some(user) if user.disabled => Disconnect::AccountDisabled,
            _ => Disconnect::SessionRevoked,
        };
        Ok(ended.into_iter().map(|session| (session.id, why(session.user))).take(limit as usize).collect())
    }

    async fn erasures(&self, limit: u32) -> StoreResult<Vec<UserId>> {
        Ok(self.state().accounts.erasures.keys().copied().take(limit as usize).collect())
    }

    async fn rooms_with(&self, user: UserId, limit: u32) -> StoreResult<Vec<RoomId>> {
        let state = self.state();
        let member = state.memberships.keys().filter(|(_, member)| *member == user).map(|(room, _)| *room);
        let author = state.messages.values().filter(|message| message.author_id() == Some(user));
        let rooms: BTreeSet<RoomId> = member.chain(author.map(|message| message.room)).collect();
        Ok(rooms.into_iter().take(limit as usize).collect())
    }

    async fn own_memberships(
        &self,
        user: UserId,
        after: RoomId,
        limit: u32,
    ) -> StoreResult<Vec<(OwnPlace, Membership)>> {
        let state = self.state();
        let own = state.memberships.values().filter(|member| member.user == user && member.room > after);
        Ok(own.map(|member| (state.own_place(member.room), member.clone())).take(limit as usize).collect())
    }

    async fn own_messages(&self, user: UserId, after: MessageId, limit: u32) -> StoreResult<Vec<OwnMessage>> {
        let state = self.state();
        let own = state
            .messages
            .values()
            .filter(|message| message.author_id() == Some(user) && message.id > after && !message.is_deleted());
        let shown = own.map(|message| OwnMessage {
            id: message.id,
            place: state.own_place(message.room),
            seq: message.seq,
            body: message.body.clone(),
            reply_to: message.reply_to,
            created_at: message.created_at,
            edited_at: message.edited_at,
        });
        Ok(shown.take(limit as usize).collect())
    }

    async fn own_reactions(&self, user: UserId, after: i64, limit: u32) -> StoreResult<Vec<OwnReaction>> {
        let state = self.state();
        let own = (1_i64..).zip(state.reactions.iter()).filter(|(row, given)| *row > after && given.user.id == user);
        let shown = own.map(|(row, given)| OwnReaction {
            row,
            message: given.message,
            emoji: given.emoji.as_str().to_owned(),
            at: given.at,
        });
        Ok(shown.take(limit as usize).collect())
    }

    async fn own_files(
        &self,
        user: UserId,
        after: i64,
        limit: u32,
    ) -> StoreResult<Vec<(Attachment, Option<MessageId>)>> {
        let mut own = self.state().files.of_owner(user);
        own.retain(|(file, _)| file.id.0 > after);
        own.truncate(limit as usize);
        Ok(own)
    }

    async fn own_deeds(&self, user: UserId, after: i64, limit: u32) -> StoreResult<Vec<OwnDeed>> {
        let state = self.state();
        let own = (1_i64..).zip(state.audit.iter()).filter(|(row, entry)| *row > after && entry.actor == Some(user));
        let shown = own.map(|(row, entry)| OwnDeed {
            row,
            room: entry.room,
            target: entry.target.filter(|target| *target != user),
            action: entry.action.to_owned(),
            reason: entry.reason.clone(),
            at: entry.at,
        });
        Ok(shown.take(limit as usize).collect())
    }
}
