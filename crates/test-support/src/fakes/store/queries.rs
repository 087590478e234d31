//! The read door: each query looks at what is committed.

use async_trait::async_trait;
use hallway_domain::ports::{
    Access, DirectFilter, MemberMark, MemberView, PeerView, Queries, RoomFilter, RoomSummary, StoreResult, UnreadCount,
    UserFilter,
};
use hallway_domain::search::{FoundPage, MessageSearch};
use hallway_domain::{
    DirectKey, Email, Event, Membership, Message, MessageId, MessagePlace, MessageView, Order, Page, PageRequest,
    PasswordHash, PinView, Receipt, Room, RoomHead, RoomId, RoomKind, RoomName, Seq, Session, SessionId, Standing,
    Timestamp, User, UserId, UserRef, Username,
};

use super::FakeStore;

/// The part of a list, given in ascending order, that a page asks for.
pub(super) fn page<T>(mut all: Vec<T>, request: PageRequest) -> Page<T> {
    let total = all.len() as u64;
    if request.order == Order::Descending {
        all.reverse();
    }
    let offset = usize::try_from(request.offset).unwrap_or(usize::MAX);
    Page { items: all.into_iter().skip(offset).take(request.limit as usize).collect(), total }
}

pub(super) fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// The last `limit` of a list.
fn tail<T>(mut all: Vec<T>, limit: usize) -> Vec<T> {
    all.drain(..all.len().saturating_sub(limit));
    all
}

#[async_trait]
impl Queries for FakeStore {
    async fn user(&self, id: UserId) -> StoreResult<Option<User>> {
        Ok(self.state().user(id))
    }

    async fn user_by_username(&self, username: &Username) -> StoreResult<Option<User>> {
        Ok(self.credentials(username).await?.map(|(user, _)| user))
    }

    async fn users(&self, filter: &UserFilter, request: PageRequest) -> StoreResult<Page<User>> {
        let state = self.state();
        let matches = |user: &User| {
            let full_name = user.full_name.as_ref().map(hallway_domain::FullName::as_str);
            filter.text.as_ref().is_none_or(|text| {
                contains(user.username.as_str(), text) || full_name.is_some_and(|name| contains(name, text))
            })
        };
        let users = state.users.values().map(|(user, _)| user).filter(|user| !user.disabled && matches(user));
        Ok(page(users.cloned().collect(), request))
    }

    async fn credentials(&self, username: &Username) -> StoreResult<Option<(User, PasswordHash)>> {
        Ok(self.state().users.values().find(|(user, _)| user.username == *username).cloned())
    }

    async fn credentials_by_email(&self, email: &Email) -> StoreResult<Option<(User, PasswordHash)>> {
        Ok(self.state().users.values().find(|(user, _)| user.email.as_ref() == Some(email)).cloned())
    }

    async fn session(&self, id: SessionId) -> StoreResult<Option<(Session, User)>> {
        let state = self.state();
        Ok(state.sessions.get(&id).and_then(|session| Some((session.clone(), state.user(session.user)?))))
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp, request: PageRequest) -> StoreResult<Page<Session>> {
        let state = self.state();
        let live = state.sessions.values().filter(|session| session.user == user && session.is_live(now));
        let mut live: Vec<Session> = live.cloned().collect();
        live.sort_by_key(|session| (std::cmp::Reverse(session.last_used_at), session.id));
        Ok(page(live, request))
    }

    async fn live_sessions(&self, sessions: &[SessionId], now: Timestamp) -> StoreResult<Vec<SessionId>> {
        let state = self.state();
        let live = |id: &SessionId| {
            let session = state.sessions.get(id).filter(|session| session.is_live(now))?;
            state.user(session.user).filter(|user| !user.disabled).map(|_| *id)
        };
        Ok(sessions.iter().filter_map(live).collect())
    }

    async fn room(&self, id: RoomId) -> StoreResult<Option<Room>> {
        Ok(self.state().rooms.get(&id).cloned())
    }

    async fn room_by_name(&self, name: &RoomName) -> StoreResult<Option<Room>> {
        Ok(self.state().rooms.values().find(|room| room.name.as_ref() == Some(name)).cloned())
    }

    async fn room_summary(&self, room: RoomId, user: UserId) -> StoreResult<Option<RoomSummary>> {
        Ok(self.state().summary(room, user))
    }

    async fn rooms_visible_to(
        &self,
        user: UserId,
        filter: &RoomFilter,
        request: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Page<RoomSummary>> {
        let state = self.state();
        let mut rooms: Vec<RoomSummary> = Vec::new();
        for room in state.rooms.values() {
            let Standing { membership, ban, .. } = state.standing(room.id, user, now);
            let visible = membership.is_some() || (room.kind == RoomKind::Public && !filter.mine);
            let named = filter
                .text
                .as_ref()
                .is_none_or(|text| room.name.as_ref().is_some_and(|name| contains(name.as_str(), text)));
            if visible && named && ban.is_none() && room.kind != RoomKind::Direct {
                rooms.extend(state.summary(room.id, user));
            }
        }
        rooms.sort_by_key(|summary| (summary.room.created_at, summary.room.id));
        Ok(page(rooms, request))
    }

    async fn room_by_direct(&self, key: DirectKey) -> StoreResult<Option<Room>> {
        Ok(self.state().direct(Some(key)).cloned())
    }

    async fn direct_rooms_of(
        &self,
        user: UserId,
        filter: &DirectFilter,
        request: PageRequest,
    ) -> StoreResult<Page<RoomSummary>> {
        let state = self.state();
        let matches = |peer: &PeerView| {
            filter.text.as_ref().is_none_or(|text| {
                let full_name = peer.full_name.as_ref().map(hallway_domain::FullName::as_str);
                contains(peer.user.username.as_str(), text) || full_name.is_some_and(|name| contains(name, text))
            })
        };
        let own = state.rooms.values().filter(|room| room.direct.is_some_and(|key| key.has(user)));
        let mut rooms: Vec<RoomSummary> = own.filter_map(|room| state.summary(room.id, user)).collect();
        rooms.retain(|summary| {
            (summary.last_message_at.is_some() || summary.room.created_by == Some(user))
                && summary.peer.as_ref().is_some_and(matches)
        });
        rooms.sort_by_key(|summary| (summary.last_message_at.unwrap_or(summary.room.created_at), summary.room.id));
        Ok(page(rooms, PageRequest { order: Order::Descending, ..request }))
    }

    async fn standing(&self, room: RoomId, user: UserId, now: Timestamp) -> StoreResult<Standing> {
        Ok(self.state().standing(room, user, now))
    }

    async fn sanctions(
        &self,
        room: RoomId,
        kind: hallway_domain::SanctionKind,
        request: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Page<hallway_domain::SanctionView>> {
        Ok(page(self.state().sanction_views(room, kind, now), request))
    }

    async fn invites(
        &self,
        room: RoomId,
        request: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Page<hallway_domain::InviteView>> {
        Ok(page(self.state().invite_views(room, now), request))
    }

    async fn invite(&self, hash: &[u8; 32]) -> StoreResult<Option<hallway_domain::Invite>> {
        Ok(self.state().invites.find(hash))
    }

    async fn last_sent(&self, room: RoomId, user: UserId) -> StoreResult<Option<Timestamp>> {
        Ok(self.state().last_sent(room, user))
    }

    async fn members(&self, room: RoomId, request: PageRequest, now: Timestamp) -> StoreResult<Page<MemberView>> {
        let state = self.state();
        let mut members: Vec<&Membership> = state.members(room).collect();
        members.sort_by_key(|membership| (membership.joined_at, membership.user));
        Ok(page(members.into_iter().filter_map(|member| state.member_view(member, now)).collect(), request))
    }

    async fn access(&self, pairs: &[(RoomId, UserId)], now: Timestamp) -> StoreResult<Vec<Access>> {
        let state = self.state();
        let access = |(id, user): &(RoomId, UserId)| {
            let room = state.rooms.get(id)?;
            let Standing { membership, ban, .. } = state.standing(*id, *user, now);
            let (is_member, is_banned) = (membership.is_some(), ban.is_some());
            Some(Access { room: *id, user: *user, kind: room.kind, is_member, is_banned })
        };
        Ok(pairs.iter().filter_map(access).collect())
    }

    async fn unread(&self, user: UserId, rooms: &[RoomId]) -> StoreResult<Vec<UnreadCount>> {
        let state = self.state();
        Ok(rooms.iter().filter_map(|room| state.unread_count(*room, user)).collect())
    }

    async fn unread_of(&self, room: RoomId, users: &[UserId]) -> StoreResult<Vec<(UserId, UnreadCount)>> {
        let state = self.state();
        Ok(users.iter().filter_map(|user| Some((*user, state.unread_count(room, *user)?))).collect())
    }

    async fn marks(&self, room: RoomId, limit: u32) -> StoreResult<Vec<MemberMark>> {
        Ok(self.state().marks(room, limit))
    }

    async fn pins(&self, room: RoomId, request: PageRequest) -> StoreResult<Page<PinView>> {
        Ok(page(self.state().pins(room), PageRequest { order: Order::Descending, ..request }))
    }

    async fn messages(&self, room: RoomId, request: PageRequest) -> StoreResult<Page<MessageView>> {
        let state = self.state();
        let messages = state.messages_of(room).into_iter().filter(|message| !message.is_deleted());
        let mut page = page(messages.collect(), PageRequest { order: Order::Descending, ..request });
        page.items.reverse();
        Ok(page.map(|message: &Message| state.view(message)))
    }

    async fn history(
        &self,
        room: RoomId,
        up_to: Seq,
        before: Option<MessageId>,
        limit: u32,
    ) -> StoreResult<Vec<MessageView>> {
        let state = self.state();
        let before = match before {
            None => Seq(i64::MAX),
            Some(id) => match state.messages.get(&id).filter(|message| message.room == room) {
                Some(message) => message.seq,
                None => return Ok(Vec::new()),
            },
        };
        let wanted = |message: &&Message| !message.is_deleted() && message.seq <= up_to && message.seq < before;
        let messages = state.messages_of(room).into_iter().filter(wanted).collect();
        Ok(tail(messages, limit as usize).into_iter().map(|message| state.view(message)).collect())
    }

    async fn history_after(&self, room: RoomId, after: MessageId, limit: u32) -> StoreResult<Vec<MessageView>> {
        let state = self.state();
        let Some(after) = state.messages.get(&after).filter(|message| message.room == room) else {
            return Ok(Vec::new());
        };
        let wanted = |message: &&Message| !message.is_deleted() && message.seq > after.seq;
        let messages = state.messages_of(room).into_iter().filter(wanted).take(limit as usize);
        Ok(messages.map(|message| state.view(message)).collect())
    }

    async fn message(&self, room: RoomId, id: MessageId) -> StoreResult<Option<MessageView>> {
        let state = self.state();
        Ok(state.messages.get(&id).filter(|message| message.room == room).map(|message| state.view(message)))
    }

    async fn message_place(&self, id: MessageId) -> StoreResult<Option<MessagePlace>> {
        Ok(self.state().place(id))
    }

    async fn receipts(&self, room: RoomId, user: UserId, span: (Seq, Seq), limit: u32) -> StoreResult<Vec<Receipt>> {
        let mut receipts = self.state().receipts(room, user, span);
        receipts.truncate(limit as usize);
        Ok(receipts)
    }

    async fn read_by_others(&self, room: RoomId, user: UserId) -> StoreResult<Seq> {
        Ok(self.state().read_by_others(room, user))
    }

    async fn acquaintances(&self, user: UserId, direct: bool, limit: u32) -> StoreResult<Vec<UserRef>> {
        let mut users = self.state().acquaintances(user, direct);
        users.truncate(limit as usize);
        Ok(users)
    }

    async fn events(&self, room: RoomId, after: Seq, up_to: Seq, limit: u32) -> StoreResult<Vec<Event>> {
        let state = self.state();
        if after >= up_to {
            return Ok(Vec::new());
        }
        let events = state.events.range((room, after.next())..=(room, up_to)).take(limit as usize);
        Ok(events.map(|(_, event)| state.replayed(event)).collect())
    }

    async fn heads(&self, rooms: &[RoomId]) -> StoreResult<Vec<RoomHead>> {
        let state = self.state();
        Ok(rooms.iter().filter_map(|id| state.rooms.get(id)).map(|room| state.head(room)).collect())
    }

    async fn search(&self, search: &MessageSearch, now: Timestamp) -> StoreResult<FoundPage> {
        Ok(self.state().search(search, now))
    }

    async fn attachment(
        &self,
        id: hallway_domain::AttachmentId,
    ) -> StoreResult<Option<hallway_domain::StoredAttachment>> {
        Ok(self.state().files.get(id))
    }

    async fn attachment_bytes(&self, owner: UserId) -> StoreResult<u64> {
        Ok(self.state().files.bytes_of(owner))
    }

    async fn rooms_of(&self, user: UserId, now: Timestamp, limit: u32) -> StoreResult<Vec<(Room, Membership)>> {
        let state = self.state();
        let mut found = Vec::new();
        for room in state.rooms.values() {
            let standing = state.standing(room.id, user, now);
            if let Some(membership) = standing.membership.filter(|_| standing.ban.is_none()) {
                found.push((room.clone(), membership));
            }
        }
        let surplus = found.len().saturating_sub(limit as usize);
        found.drain(..surplus);
        Ok(found)
    }
}
