//! Logs of rooms in memory, behind the query door. Reads wait a moment, so that other things can come in between.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use hallway_domain::ports::{
    Access, DirectFilter, MemberMark, MemberView, Queries, RoomFilter, RoomSummary, Store, StoreError, StoreResult,
    UnitOfWork, UnreadCount, UserFilter,
};
use hallway_domain::search::{FoundPage, MessageSearch};
use hallway_domain::{
    DirectKey, Email, Epoch, Event, Fact, Membership, MessageId, MessagePlace, MessageView, Page, PageRequest,
    PasswordHash, Peers, PinView, Receipt, Room, RoomHead, RoomId, RoomKind, RoomName, Seq, Session, SessionId,
    Standing, Timestamp, User, UserId, UserRef, Username,
};
use parking_lot::Mutex;

use super::rows::of_member;

const AT: Timestamp = Timestamp::UNIX_EPOCH;

#[derive(Default)]
pub(crate) struct Log {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rooms: BTreeMap<RoomId, RoomLog>,
    members: BTreeMap<RoomId, BTreeSet<UserId>>,
    private: BTreeSet<RoomId>,
    banned: BTreeSet<(RoomId, UserId)>,
    read: BTreeMap<(RoomId, UserId), Seq>,
    ended: BTreeSet<SessionId>,
    down: bool,
    head_reads: usize,
    event_reads: usize,
}

struct RoomLog {
    name: RoomName,
    /// Of a direct conversation, which has no name.
    peers: Option<Peers>,
    epoch: Epoch,
    /// So many events at the beginning are gone.
    cut: usize,
    events: Vec<Event>,
}

impl Log {
    /// Commits an event, in a new room if need be.
    pub(crate) fn append(&self, room: RoomId, fact: Fact) -> Event {
        let mut state = self.state.lock();
        let log = state.room(room);
        if let Fact::RoomUpdated { name: Some(name), .. } = &fact {
            log.name = name.clone();
        }
        let seq = Seq(i64::try_from(log.events.len()).unwrap() + 1);
        let event = Event { room, epoch: log.epoch, seq, at: AT, fact };
        log.events.push(event.clone());
        event
    }

    pub(crate) fn create(&self, room: RoomId) {
        self.state.lock().room(room);
    }

    pub(crate) fn create_direct(&self, room: RoomId, one: &str, other: &str) {
        self.state.lock().room(room).peers = Some(Peers::new(super::user_ref(one), super::user_ref(other)));
    }

    pub(crate) fn head(&self, room: RoomId) -> Seq {
        Seq(i64::try_from(self.state.lock().room(room).events.len()).unwrap())
    }

    /// The log as a connection reads it for a replay; none when the database is down.
    pub(crate) fn read(&self, room: RoomId, after: Seq, up_to: Seq, limit: usize) -> Option<Vec<Event>> {
        let mut state = self.state.lock();
        (!state.down).then(|| state.room(room).read(after, up_to, limit))
    }

    /// Retention takes the first `count` events.
    pub(crate) fn cut(&self, room: RoomId, count: usize) {
        self.state.lock().room(room).cut = count;
    }

    /// Another log begins.
    pub(crate) fn restart(&self, room: RoomId) {
        let mut state = self.state.lock();
        let log = state.room(room);
        log.epoch = Epoch(log.epoch.0 + 1);
        log.events.clear();
    }

    pub(crate) fn delete(&self, room: RoomId) {
        self.state.lock().rooms.remove(&room);
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.state.lock().down = down;
    }

    pub(crate) fn set_members(&self, room: RoomId, users: &[&str]) {
        self.state.lock().members.insert(room, users.iter().map(|user| super::user_id(user)).collect());
    }

    pub(crate) fn mark_read(&self, room: RoomId, user: &str, seq: Seq) {
        self.state.lock().read.insert((room, super::user_id(user)), seq);
    }

    pub(crate) fn make_private(&self, room: RoomId) {
        self.state.lock().private.insert(room);
    }

    pub(crate) fn set_banned(&self, room: RoomId, user: &str, banned: bool) {
        let mut state = self.state.lock();
        let pair = (room, super::user_id(user));
        if banned {
            state.banned.insert(pair)
        } else {
            state.banned.remove(&pair)
        };
    }

    /// The session is over.
    pub(crate) fn end(&self, session: SessionId) {
        self.state.lock().ended.insert(session);
    }

    pub(crate) fn head_reads(&self) -> usize {
        self.state.lock().head_reads
    }

    pub(crate) fn event_reads(&self) -> usize {
        self.state.lock().event_reads
    }

    /// Waits a moment, and again after `read`, as a database does.
    async fn query<T>(&self, read: impl FnOnce(&mut State) -> T + Send) -> StoreResult<T>
    where
        T: Send,
    {
        tokio::task::yield_now().await;
        let answer = {
            let mut state = self.state.lock();
            if state.down { Err(StoreError::Unavailable("down".into())) } else { Ok(read(&mut state)) }
        };
        tokio::task::yield_now().await;
        answer
    }
}

impl State {
    fn room(&mut self, room: RoomId) -> &mut RoomLog {
        self.rooms.entry(room).or_insert_with(|| RoomLog {
            peers: None,
            name: RoomName::from_stored(format!("r{room}")),
            epoch: Epoch(1),
            cut: 0,
            events: Vec::new(),
        })
    }

    fn unread(&self, room: RoomId, user: UserId) -> Option<UnreadCount> {
        let events = &self.rooms.get(&room)?.events;
        let read = self.read.get(&(room, user)).copied().unwrap_or(Seq::ZERO);
        let is_unread = |event: &&Event| {
            let by_other = |view: &MessageView| view.message.author_id() != Some(user);
            event.seq > read && matches!(&event.fact, Fact::MessagePosted(view) if by_other(view))
        };
        let messages = events.iter().filter(is_unread).count() as u64;
        let is_meant = |event: &&Event| matches!(&event.fact, Fact::MessagePosted(view) if view.mentions(user));
        let mentions = events.iter().filter(is_unread).filter(is_meant).count() as u64;
        Some(UnreadCount { room, messages, mentions, as_of: events.last().map_or(Seq::ZERO, |event| event.seq) })
    }
}

impl RoomLog {
    fn read(&self, after: Seq, up_to: Seq, limit: usize) -> Vec<Event> {
        let there = self.events.iter().skip(self.cut);
        there.filter(|event| event.seq > after && event.seq <= up_to).take(limit).cloned().collect()
    }
}

#[async_trait]
impl Store for Log {
    async fn begin(&self) -> StoreResult<Box<dyn UnitOfWork>> {
        unasked()
    }
    fn queries(&self) -> &dyn Queries {
        self
    }
    fn account_queries(&self) -> &dyn hallway_domain::ports::AccountQueries {
        unasked()
    }
    fn review_queries(&self) -> &dyn hallway_domain::ports::ReviewQueries {
        unasked()
    }
    fn call_queries(&self) -> &dyn hallway_domain::ports::CallQueries {
        unasked()
    }
    async fn ping(&self) -> StoreResult<()> {
        unasked()
    }
    async fn prune_events(&self, _: Timestamp, _: time::Duration, _: u32) -> StoreResult<u64> {
        unasked()
    }
    async fn prune_sessions(&self, _: Timestamp, _: time::Duration) -> StoreResult<u64> {
        unasked()
    }
}

fn unasked<T>() -> T {
    panic!("the hub does not do this")
}

#[async_trait]
impl Queries for Log {
    async fn heads(&self, rooms: &[RoomId]) -> StoreResult<Vec<RoomHead>> {
        self.query(|state| {
            state.head_reads += 1;
            let found = rooms.iter().filter_map(|room| Some((*room, state.rooms.get(room)?)));
            let head = |log: &RoomLog| Seq(i64::try_from(log.events.len()).unwrap());
            found
                .map(|(room, log)| RoomHead {
                    room,
                    name: log.peers.is_none().then(|| log.name.clone()),
                    peers: log.peers.clone(),
                    epoch: log.epoch,
                    seq: head(log),
                })
                .collect()
        })
        .await
    }
    async fn events(&self, room: RoomId, after: Seq, up_to: Seq, limit: u32) -> StoreResult<Vec<Event>> {
        self.query(|state| {
            state.event_reads += 1;
            state.rooms.get(&room).map(|log| log.read(after, up_to, limit as usize)).unwrap_or_default()
        })
        .await
    }
    async fn access(&self, pairs: &[(RoomId, UserId)], _: Timestamp) -> StoreResult<Vec<Access>> {
        self.query(|state| {
            let pairs = pairs.iter().copied().filter(|(room, _)| state.rooms.contains_key(room));
            let access = |(room, user)| Access {
                room,
                user,
                kind: if state.private.contains(&room) { RoomKind::Private } else { RoomKind::Public },
                is_member: state.members.get(&room).is_some_and(|members| members.contains(&user)),
                is_banned: state.banned.contains(&(room, user)),
            };
            pairs.map(access).collect()
        })
        .await
    }
    async fn live_sessions(&self, sessions: &[SessionId], _: Timestamp) -> StoreResult<Vec<SessionId>> {
        self.query(|state| sessions.iter().copied().filter(|session| !state.ended.contains(session)).collect()).await
    }
    async fn unread(&self, user: UserId, rooms: &[RoomId]) -> StoreResult<Vec<UnreadCount>> {
        let is_member = |state: &State, room| state.members.get(&room).is_some_and(|members| members.contains(&user));
        self.query(|state| {
            let rooms = rooms.iter().copied().filter(|room| is_member(state, *room));
            rooms.filter_map(|room| state.unread(room, user)).collect()
        })
        .await
    }

    async fn standing(&self, _: RoomId, _: UserId, _: Timestamp) -> StoreResult<Standing> {
        unasked()
    }
    async fn rooms_of(&self, user: UserId, _: Timestamp, _: u32) -> StoreResult<Vec<(Room, Membership)>> {
        self.query(|state| {
            let own = state.members.iter().filter(|(_, members)| members.contains(&user)).map(|(room, _)| *room);
            own.filter(|room| !state.banned.contains(&(*room, user))).map(|room| of_member(room, user)).collect()
        })
        .await
    }
    async fn sanctions(
        &self,
        _: RoomId,
        _: hallway_domain::SanctionKind,
        _: PageRequest,
        _: Timestamp,
    ) -> StoreResult<Page<hallway_domain::SanctionView>> {
        unasked()
    }
    async fn invites(&self, _: RoomId, _: PageRequest, _: Timestamp) -> StoreResult<Page<hallway_domain::InviteView>> {
        unasked()
    }
    async fn invite(&self, _: &[u8; 32]) -> StoreResult<Option<hallway_domain::Invite>> {
        unasked()
    }
    async fn last_sent(&self, _: RoomId, _: UserId) -> StoreResult<Option<Timestamp>> {
        unasked()
    }
    async fn user(&self, _: UserId) -> StoreResult<Option<User>> {
        unasked()
    }
    async fn user_by_username(&self, _: &Username) -> StoreResult<Option<User>> {
        unasked()
    }
    async fn users(&self, _: &UserFilter, _: PageRequest) -> StoreResult<Page<User>> {
        unasked()
    }
    async fn credentials(&self, _: &Username) -> StoreResult<Option<(User, PasswordHash)>> {
        unasked()
    }
    async fn credentials_by_email(&self, _: &Email) -> StoreResult<Option<(User, PasswordHash)>> {
        unasked()
    }
    async fn unread_of(&self, room: RoomId, users: &[UserId]) -> StoreResult<Vec<(UserId, UnreadCount)>> {
        self.query(|state| {
            let members = state.members.get(&room).cloned().unwrap_or_default();
            let users = users.iter().filter(|user| members.contains(user));
            users.filter_map(|user| Some((*user, state.unread(room, *user)?))).collect()
        })
        .await
    }
    async fn marks(&self, _: RoomId, _: u32) -> StoreResult<Vec<MemberMark>> {
        unasked()
    }
    async fn pins(&self, _: RoomId, _: PageRequest) -> StoreResult<Page<PinView>> {
        unasked()
    }
    async fn message_place(&self, _: MessageId) -> StoreResult<Option<MessagePlace>> {
        unasked()
    }
    async fn receipts(&self, _: RoomId, _: UserId, _: (Seq, Seq), _: u32) -> StoreResult<Vec<Receipt>> {
        unasked()
    }
    async fn read_by_others(&self, _: RoomId, _: UserId) -> StoreResult<Seq> {
        unasked()
    }
    async fn acquaintances(&self, _: UserId, _: bool, _: u32) -> StoreResult<Vec<UserRef>> {
        unasked()
    }
    async fn search(&self, _: &MessageSearch, _: Timestamp) -> StoreResult<FoundPage> {
        unasked()
    }
    async fn session(&self, _: SessionId) -> StoreResult<Option<(Session, User)>> {
        unasked()
    }
    async fn sessions_of(&self, _: UserId, _: Timestamp, _: PageRequest) -> StoreResult<Page<Session>> {
        unasked()
    }
    async fn room(&self, _: RoomId) -> StoreResult<Option<Room>> {
        unasked()
    }
    async fn room_by_name(&self, _: &RoomName) -> StoreResult<Option<Room>> {
        unasked()
    }
    async fn room_by_direct(&self, _: DirectKey) -> StoreResult<Option<Room>> {
        unasked()
    }
    async fn direct_rooms_of(&self, _: UserId, _: &DirectFilter, _: PageRequest) -> StoreResult<Page<RoomSummary>> {
        unasked()
    }
    async fn room_summary(&self, _: RoomId, _: UserId) -> StoreResult<Option<RoomSummary>> {
        unasked()
    }
    async fn rooms_visible_to(
        &self,
        _: UserId,
        _: &RoomFilter,
        _: PageRequest,
        _: Timestamp,
    ) -> StoreResult<Page<RoomSummary>> {
        unasked()
    }
    async fn members(&self, _: RoomId, _: PageRequest, _: Timestamp) -> StoreResult<Page<MemberView>> {
        unasked()
    }
    async fn messages(&self, _: RoomId, _: PageRequest) -> StoreResult<Page<MessageView>> {
        unasked()
    }
    async fn history(&self, _: RoomId, _: Seq, _: Option<MessageId>, _: u32) -> StoreResult<Vec<MessageView>> {
        unasked()
    }
    async fn history_after(&self, _: RoomId, _: MessageId, _: u32) -> StoreResult<Vec<MessageView>> {
        unasked()
    }
    async fn attachment(
        &self,
        _: hallway_domain::AttachmentId,
    ) -> StoreResult<Option<hallway_domain::StoredAttachment>> {
        unasked()
    }
    async fn attachment_bytes(&self, _: UserId) -> StoreResult<u64> {
        unasked()
    }
    async fn message(&self, _: RoomId, _: MessageId) -> StoreResult<Option<MessageView>> {
        unasked()
    }
}
