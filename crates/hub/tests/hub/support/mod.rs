//! A hub over a log in memory, and clients that read what it sends.

mod encoder;
mod log;
mod reader;
mod rows;

use std::sync::{Arc, Weak};

use hallway_domain::ambient::Clock;
use hallway_domain::policy::{Permit, Read, Scope, authorize};
use hallway_domain::ports::{
    Arrival, BusError, BusItem, BusSink, Departure, Entered, EventBus, Presence, PresenceError,
};
use hallway_domain::{
    Actor, ConnectionId, Epoch, Event, Fact, MemberChange, Revocation, Room, RoomId, RoomKind, RoomMode, RoomName,
    RoomRules, Seq, SessionId, Signal, SignalKind, Standing, Timestamp, Toggle, UserId, UserRef, Username,
};
use hallway_hub::{
    ConnectionInfo, Dialect, Hub, HubDeps, HubError, HubSettings, HubSink, MailboxSettings, Subscription,
};
use parking_lot::Mutex;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub(crate) use self::encoder::Lines;
pub(crate) use self::log::Log;
pub(crate) use self::reader::Reader;

pub(crate) const ROOM: RoomId = RoomId(1);
pub(crate) const PLAIN: Dialect = Dialect(0);
pub(crate) const NATIVE: Dialect = Dialect(1);

pub(crate) struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// Knows who follows what. Tests deliver by themselves.
#[derive(Default)]
pub(crate) struct Bus {
    pub(crate) followed: Mutex<Vec<RoomId>>,
    pub(crate) fails: Mutex<bool>,
}

#[async_trait::async_trait]
impl EventBus for Bus {
    async fn publish(&self, _items: Vec<BusItem>) -> Result<(), BusError> {
        Ok(())
    }

    async fn follow(&self, room: RoomId) -> Result<(), BusError> {
        tokio::task::yield_now().await;
        if *self.fails.lock() {
            return Err(BusError("down".into()));
        }
        let mut followed = self.followed.lock();
        assert!(!followed.contains(&room), "{room} is followed twice");
        followed.push(room);
        Ok(())
    }

    async fn unfollow(&self, room: RoomId) -> Result<(), BusError> {
        tokio::task::yield_now().await;
        self.followed.lock().retain(|other| *other != room);
        tokio::task::yield_now().await;
        Ok(())
    }
}

impl Bus {
    pub(crate) fn follows(&self, room: RoomId) -> bool {
        self.followed.lock().contains(&room)
    }
}

/// Knows who is in the one room. The hub only asks.
#[derive(Default)]
pub(crate) struct Attendees {
    pub(crate) users: Mutex<Vec<UserRef>>,
    pub(crate) fails: Mutex<bool>,
    pub(crate) reads: Mutex<Vec<RoomId>>,
}

impl Attendees {
    pub(crate) fn set(&self, users: &[&str]) {
        *self.users.lock() = users.iter().map(|user| user_ref(user)).collect();
    }
}

#[async_trait::async_trait]
impl Presence for Attendees {
    /// Answers a moment after it looked, so that something may be told in between.
    async fn list(&self, room: RoomId) -> Result<Vec<UserRef>, PresenceError> {
        self.reads.lock().push(room);
        tokio::task::yield_now().await;
        if *self.fails.lock() {
            return Err(PresenceError("down".into()));
        }
        let users = self.users.lock().clone();
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        Ok(users)
    }
    async fn occupied(&self, _: &[RoomId]) -> Result<Vec<RoomId>, PresenceError> {
        unasked()
    }
    async fn enter(&self, _: RoomId, _: &UserRef, _: ConnectionId, _: Timestamp) -> Result<Entered, PresenceError> {
        unasked()
    }
    async fn leave(&self, _: RoomId, _: &UserRef, _: ConnectionId) -> Result<Option<Departure>, PresenceError> {
        unasked()
    }
    async fn lose(&self, _: ConnectionId, _: Timestamp, _: time::Duration) -> Result<(), PresenceError> {
        unasked()
    }
    async fn renew(&self, _: Timestamp) -> Result<Vec<Arrival>, PresenceError> {
        unasked()
    }
    async fn sweep(&self, _: Timestamp) -> Result<Vec<Departure>, PresenceError> {
        unasked()
    }
}

fn unasked<T>() -> T {
    panic!("the hub does not do this")
}

pub(crate) struct World {
    pub(crate) hub: Arc<Hub>,
    pub(crate) presence: Arc<Attendees>,
    pub(crate) log: Arc<Log>,
    pub(crate) bus: Arc<Bus>,
    pub(crate) tasks: TaskTracker,
    sink: HubSink,
}

pub(crate) fn settings() -> HubSettings {
    HubSettings {
        mailbox: MailboxSettings { max_bytes: 10_000, ephemeral_bytes: 5_000, low_water_bytes: 1_000 },
        connections_per_user: 3,
        connections: 10,
        rooms_per_connection: 4,
        reservation_bytes: 5_000,
        crowd: 50,
        repair_page: 3,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: HubSettings) -> Self {
        let (log, bus, tasks) = (Arc::new(Log::default()), Arc::new(Bus::default()), TaskTracker::new());
        let presence = Arc::new(Attendees::default());
        let hub = Hub::new(HubDeps {
            store: Arc::clone(&log) as _,
            bus: Arc::clone(&bus) as _,
            presence: Arc::clone(&presence) as _,
            encoder: Arc::new(Lines),
            clock: Arc::new(StoppedClock),
            tasks: tasks.clone(),
            settings,
        });
        let sink = HubSink(Arc::downgrade(&hub));
        Self { hub, presence, log, bus, tasks, sink }
    }

    pub(crate) fn connect(&self, user: &str, session: u128, dialect: Dialect) -> Result<Reader, HubError> {
        let info = ConnectionInfo {
            id: ConnectionId(Uuid::from_u128(Reader::next_id())),
            user: user_ref(user),
            session: SessionId(Uuid::from_u128(session)),
            dialect,
            device: hallway_domain::call::DeviceId(Uuid::from_u128(session)),
        };
        let (mailbox, notices) = self.hub.connect(info.clone())?;
        Ok(Reader { info, mailbox, notices })
    }

    /// A connection that has the room open.
    pub(crate) async fn joined(&self, user: &str, dialect: Dialect) -> Reader {
        let reader = self.connect(user, 1, dialect).unwrap();
        self.join(&reader, ROOM).await;
        reader
    }

    pub(crate) async fn join(&self, reader: &Reader, room: RoomId) {
        self.open(reader, room).await.go_live(|_| bytes::Bytes::new()).unwrap();
        self.hub.check_invariants();
    }

    pub(crate) async fn open(&self, reader: &Reader, room: RoomId) -> Subscription {
        let reservation = self.hub.reserve(reader.id(), room).await.unwrap();
        self.hub.check_invariants();
        reservation.open(&permit(&reader.info.user, room)).unwrap()
    }

    pub(crate) fn deliver(&self, items: impl IntoIterator<Item = BusItem>) {
        self.sink.deliver(items.into_iter().collect());
        self.hub.check_invariants();
    }

    pub(crate) fn revoke(&self, revocation: Revocation) {
        self.deliver([BusItem::Revocation(revocation)]);
    }

    pub(crate) fn interrupted(&self) {
        self.sink.interrupted();
    }

    /// Commits an event and delivers it.
    pub(crate) fn post(&self, author: &str) -> Seq {
        let event = self.log.append(ROOM, message(author));
        let seq = event.seq;
        self.deliver([BusItem::Event(event)]);
        seq
    }

    /// Commits an event that the bus loses.
    pub(crate) fn lose(&self, author: &str) -> Event {
        self.log.append(ROOM, message(author))
    }

    /// Lets everything run that is under way, however long it pauses. Time is paused in these tests.
    pub(crate) async fn settle(&self) {
        for _ in 0..100 {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        self.hub.check_invariants();
    }

    pub(crate) fn hub(&self) -> Weak<Hub> {
        Arc::downgrade(&self.hub)
    }
}

pub(crate) fn user_ref(name: &str) -> UserRef {
    let id = name.bytes().fold(0, |id, byte| id * 256 + i64::from(byte));
    UserRef { id: UserId(id), username: Username::from_stored(name.to_owned()) }
}

pub(crate) fn user_id(name: &str) -> UserId {
    user_ref(name).id
}

pub(crate) fn permit(user: &UserRef, room: RoomId) -> Permit<Read> {
    permit_as_of(user, room, Seq::ZERO)
}

/// Given when the log was known up to there.
pub(crate) fn permit_as_of(user: &UserRef, room: RoomId, last_seq: Seq) -> Permit<Read> {
    let actor = Actor { user: user.clone(), session: SessionId(Uuid::nil()), is_admin: false };
    let room = Room {
        id: room,
        kind: RoomKind::Public,
        name: None,
        topic: None,
        direct: None,
        created_by: None,
        created_at: Timestamp::UNIX_EPOCH,
        epoch: Epoch(1),
        last_seq,
        slow_mode_seconds: 0,
        archived_at: None,
        rules: RoomRules::default(),
    };
    authorize(&actor, Read, Scope { room: &room, standing: &Standing::default() }).unwrap()
}

/// A message by somebody.
pub(crate) fn message(author: &str) -> Fact {
    let message = hallway_domain::Message {
        id: hallway_domain::MessageId(1),
        room: ROOM,
        seq: Seq::ZERO,
        author: Some(user_ref(author)),
        kind: hallway_domain::MessageKind::Text,
        body: "hello".into(),
        reply_to: None,
        client_id: None,
        created_at: Timestamp::UNIX_EPOCH,
        edited_at: None,
        deleted_at: None,
    };
    Fact::MessagePosted(Box::new(hallway_domain::MessageView::bare(message)))
}

/// Said at a place of the log that nobody has reached.
pub(crate) const LATER: Seq = Seq(i64::MAX);

pub(crate) fn left(user: &str) -> Fact {
    Fact::MemberLeft { user: user_ref(user), kicked: false }
}

pub(crate) fn entered(user: &str) -> Fact {
    Fact::MemberJoined { user: user_ref(user) }
}

pub(crate) fn ban(user: &str, on: bool) -> Fact {
    let toggle = if on { Toggle::On(None) } else { Toggle::Off };
    Fact::MemberUpdated(MemberChange { ban: Some(toggle), ..MemberChange::new(user_ref(user)) })
}

pub(crate) fn closed() -> Fact {
    Fact::RoomUpdated { name: None, topic: None, kind: RoomKind::Private, mode: RoomMode::default() }
}

pub(crate) fn rename(name: &str) -> Fact {
    Fact::RoomUpdated {
        name: Some(RoomName::from_stored(name.into())),
        topic: None,
        kind: RoomKind::Public,
        mode: RoomMode::default(),
    }
}

pub(crate) fn signal(kind: SignalKind) -> BusItem {
    signal_except(None, kind)
}

pub(crate) fn signal_except(except: Option<ConnectionId>, kind: SignalKind) -> BusItem {
    BusItem::Signal(Signal { room: ROOM, at: Timestamp::UNIX_EPOCH, except, kind })
}

pub(crate) fn typing(user: &str, typing: bool) -> SignalKind {
    SignalKind::Typing { user: user_ref(user), typing }
}

pub(crate) fn came(user: &str) -> SignalKind {
    SignalKind::PresenceChanged { join: vec![user_ref(user)], leave: vec![] }
}
