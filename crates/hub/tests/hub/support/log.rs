//! Logs of rooms in memory, behind the query door. Reads wait a moment, so that other things can come in between.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use hallway_domain::ports::{
    Access, MemberView, Queries, RoomFilter, RoomSummary, Store, StoreError, StoreResult, UnitOfWork, UnreadCount,
    UserFilter,
};
use hallway_domain::{
    Epoch, Event, Fact, Membership, MessageId, MessageView, Page, PageRequest, PasswordHash, Role, Room, RoomHead,
    RoomId, RoomKind, RoomName, Seq, Session, SessionId, Standing, Timestamp, User, UserId, Username,
};
use parking_lot::Mutex;

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
    ended: BTreeSet<SessionId>,
    down: bool,
    head_reads: usize,
    event_reads: usize,
}

struct RoomLog {
    name: RoomName,
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
            name: RoomName::from_stored(format!("r{room}")),
            epoch: Epoch(1),
            cut: 0,
            events: Vec::new(),
        })
    }
}

impl RoomLog {
    fn read(&self, after: Seq, up_to: Seq, limit: usize) -> Vec<Event> {
        let there = self.events.iter().skip(self.cut);
        there.filter(|event| event.seq > after && event.seq <= up_to).take(limit).cloned().collect()
    }
}

fn membership(room: RoomId, user: UserId) -> Membership {
    Membership {
        room,
        user,
        role: Role::Member,
        joined_at: AT,
        last_read: Seq::ZERO,
        last_delivered: Seq::ZERO,
        notify: hallway_domain::NotifyLevel::All,
    }
}

#[async_trait]
impl Store for Log {
    async fn begin(&self) -> StoreResult<Box<dyn UnitOfWork>> {
        unread()
    }
    fn queries(&self) -> &dyn Queries {
        self
    }
    async fn ping(&self) -> StoreResult<()> {
        unread()
    }
    async fn prune_events(&self, _: Timestamp, _: time::Duration, _: u32) -> StoreResult<u64> {
        unread()
    }
    async fn prune_sessions(&self, _: Timestamp, _: time::Duration) -> StoreResult<u64> {
        unread()
    }
}

fn unread<T>() -> T {
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
                .map(|(room, log)| RoomHead { room, name: Some(log.name.clone()), epoch: log.epoch, seq: head(log) })
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
    async fn standing(&self, room: RoomId, user: UserId, _: Timestamp) -> StoreResult<Standing> {
        self.query(|state| {
            let is_member = state.members.get(&room).is_some_and(|members| members.contains(&user));
            Standing { membership: is_member.then(|| membership(room, user)), ..Standing::default() }
        })
        .await
    }
    async fn rooms_of(&self, user: UserId, _: Timestamp, limit: u32) -> StoreResult<Vec<(Room, Membership)>> {
        let of_user = |state: &mut State| {
            let rooms = state.members.iter().filter(|(_, members)| members.contains(&user)).map(|(room, _)| *room);
            let head = |id| state.rooms.get(&id).map_or(0, |log| log.events.len());
            let known = |id| Room { last_seq: Seq(i64::try_from(head(id)).unwrap()), ..room(id) };
            rooms.take(limit as usize).map(|id| (known(id), membership(id, user))).collect()
        };
        self.query(of_user).await
    }

    async fn user(&self, _: UserId) -> StoreResult<Option<User>> {
        unread()
    }
    async fn user_by_username(&self, _: &Username) -> StoreResult<Option<User>> {
        unread()
    }
    async fn users(&self, _: &UserFilter, _: PageRequest) -> StoreResult<Page<User>> {
        unread()
    }
    async fn credentials(&self, _: &Username) -> StoreResult<Option<(User, PasswordHash)>> {
        unread()
    }
    async fn session(&self, _: SessionId) -> StoreResult<Option<(Session, User)>> {
        unread()
    }
    async fn sessions_of(&self, _: UserId, _: Timestamp, _: PageRequest) -> StoreResult<Page<Session>> {
        unread()
    }
    async fn room(&self, _: RoomId) -> StoreResult<Option<Room>> {
        unread()
    }
    async fn room_by_name(&self, _: &RoomName) -> StoreResult<Option<Room>> {
        unread()
    }
    async fn room_summary(&self, _: RoomId, _: UserId) -> StoreResult<Option<RoomSummary>> {
        unread()
    }
    async fn rooms_visible_to(
        &self,
        _: UserId,
        _: &RoomFilter,
        _: PageRequest,
        _: Timestamp,
    ) -> StoreResult<Page<RoomSummary>> {
        unread()
    }
    async fn members(&self, _: RoomId, _: PageRequest, _: Timestamp) -> StoreResult<Page<MemberView>> {
        unread()
    }
    async fn unread(&self, _: UserId, _: &[RoomId]) -> StoreResult<Vec<UnreadCount>> {
        unread()
    }
    async fn messages(&self, _: RoomId, _: PageRequest) -> StoreResult<Page<MessageView>> {
        unread()
    }
    async fn history(&self, _: RoomId, _: Seq, _: Option<MessageId>, _: u32) -> StoreResult<Vec<MessageView>> {
        unread()
    }
    async fn history_after(&self, _: RoomId, _: MessageId, _: u32) -> StoreResult<Vec<MessageView>> {
        unread()
    }
    async fn message(&self, _: RoomId, _: MessageId) -> StoreResult<Option<MessageView>> {
        unread()
    }
}

fn room(id: RoomId) -> Room {
    Room {
        id,
        kind: RoomKind::Public,
        name: None,
        topic: None,
        created_by: None,
        created_at: AT,
        epoch: Epoch(1),
        last_seq: Seq::ZERO,
        slow_mode_seconds: 0,
        archived_at: None,
    }
}
