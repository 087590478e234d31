//! An application over fakes, and people to use it.

use std::sync::Arc;

use hallway_adapter_local::{LocalPresence, LocalRateLimiter, LocalTickets};
use hallway_application::{
    Application, Authenticated, CreateRoom, Device, Login, MessageWriter, Ports, Rates, Register, Result, SendMessage,
    Sent, Settings, TokenPair,
};
use hallway_domain::ambient::{Clock, Ids};
use hallway_domain::ports::{Presence, Queries, Rate, Store};
use hallway_domain::{
    Actor, Body, ClientId, Event, Fact, Room, RoomId, RoomName, Seq, Signal, Timestamp, UserId, Username,
};
use hallway_test_support::fakes::{FakeBus, FakeClock, FakeCodes, FakeHasher, FakeIds, FakeStore, FakeTokens};
use tokio::task::JoinSet;

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) app: Application,
    pub(crate) store: FakeStore,
    pub(crate) bus: Arc<FakeBus>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) ids: Arc<FakeIds>,
    pub(crate) hasher: Arc<FakeHasher>,
    /// Ends with the world.
    tasks: JoinSet<()>,
}

pub(crate) fn settings() -> Settings {
    Settings { emojis_per_message: 3, writer_queue: 1000, writer_batch: 64, rates: None, ..Settings::default() }
}

/// One at once of everything, and then one a minute.
pub(crate) fn strict() -> Rates {
    let rate = Rate { per_second: 1.0 / 60.0, burst: 1 };
    Rates {
        chat: rate,
        typing: rate,
        join: rate,
        login: rate,
        wrong_password: rate,
        register: rate,
        refresh: rate,
        upload: rate,
        search: rate,
        write: rate,
        mark: rate,
        report: rate,
        call: rate,
        call_frames: rate,
        call_offers: rate,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let (mut world, writer) = Self::idle(settings);
        world.run(writer);
        world
    }

    pub(crate) fn with_presence(presence: impl Presence) -> Self {
        let (mut world, writer) = Self::idle_on(settings(), presence);
        world.run(writer);
        world
    }

    /// Nothing is written before the writer runs.
    pub(crate) fn idle(settings: Settings) -> (Self, MessageWriter) {
        Self::idle_on(settings, LocalPresence::default())
    }

    fn idle_on(settings: Settings, presence: impl Presence) -> (Self, MessageWriter) {
        let store = FakeStore::default();
        let bus = Arc::new(FakeBus::default());
        let clock = Arc::new(FakeClock::default());
        let ids = Arc::new(FakeIds::default());
        let hasher = Arc::new(FakeHasher::default());
        let ports = Ports {
            store: Arc::new(store.clone()),
            bus: Arc::<FakeBus>::clone(&bus),
            presence: Arc::new(presence),
            limiter: Arc::new(LocalRateLimiter::default()),
            tickets: Arc::new(LocalTickets::default()),
            lines: Arc::new(hallway_adapter_local::LocalCallLines::default()),
            hasher: Arc::<FakeHasher>::clone(&hasher),
            codes: Arc::new(FakeCodes),
            tokens: Arc::new(FakeTokens),
            clock: Arc::<FakeClock>::clone(&clock),
            ids: Arc::<FakeIds>::clone(&ids),
            files: None,
        };
        let (app, writer) = Application::new(ports, settings);
        (Self { app, store, bus, clock, ids, hasher, tasks: JoinSet::new() }, writer)
    }

    pub(crate) fn run(&mut self, writer: MessageWriter) {
        self.tasks.spawn(writer.run());
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn queries(&self) -> &dyn Queries {
        Store::queries(&self.store)
    }

    /// Somebody new, signed in.
    pub(crate) async fn user(&self, name: &str) -> Actor {
        self.register(name).await;
        let pair = self.login(name).await;
        self.authenticate(&pair).await.expect("a fresh token").actor
    }

    pub(crate) async fn register(&self, name: &str) {
        self.app.accounts().register(account(name), None).await.expect("register");
    }

    pub(crate) async fn login(&self, name: &str) -> TokenPair {
        self.app.accounts().login(credentials(name, PASSWORD)).await.expect("login")
    }

    pub(crate) async fn authenticate(&self, pair: &TokenPair) -> Result<Authenticated> {
        self.app.accounts().authenticate(&pair.access).await
    }

    pub(crate) async fn disable(&self, user: UserId) {
        let mut unit = self.store.begin().await.expect("begin");
        let mut user = unit.users().find(user).await.expect("find").expect("user");
        user.disabled = true;
        assert!(unit.users().update(&user).await.expect("update"));
        unit.commit().await.expect("commit");
    }

    pub(crate) async fn room(&self, owner: &Actor, name: &str) -> Room {
        self.create(owner, name, false).await
    }

    pub(crate) async fn private_room(&self, owner: &Actor, name: &str) -> Room {
        self.create(owner, name, true).await
    }

    async fn create(&self, owner: &Actor, name: &str, private: bool) -> Room {
        let command = CreateRoom { name: room_name(name), topic: None, private, members: Vec::new() };
        self.app.rooms().create(owner, command).await.expect("create")
    }

    pub(crate) async fn join(&self, actor: &Actor, room: &Room) {
        assert!(self.app.rooms().join(actor, room.id).await.expect("join").new);
    }

    pub(crate) async fn send(&self, actor: &Actor, room: &Room, text: &str) -> Sent {
        self.app.messages().send(actor, message(room.id, text)).await.expect("send")
    }

    pub(crate) fn client_id(&self) -> ClientId {
        self.ids.client()
    }

    /// The room's log from its beginning. Checks that it has no hole.
    pub(crate) async fn log(&self, room: RoomId) -> Vec<Event> {
        let events = self.queries().events(room, Seq::ZERO, Seq(i64::MAX), u32::MAX).await.expect("events");
        for (event, seq) in events.iter().zip(1..) {
            assert_eq!(event.seq, Seq(seq), "the log has no hole");
        }
        events
    }

    pub(crate) async fn facts(&self, room: RoomId) -> Vec<Fact> {
        self.log(room).await.into_iter().map(|event| event.fact).collect()
    }

    /// The texts of the room's log.
    pub(crate) async fn texts(&self, room: RoomId) -> Vec<String> {
        let text = |fact| if let Fact::MessagePosted(view) = fact { Some(view.message.body) } else { None };
        self.facts(room).await.into_iter().filter_map(text).collect()
    }

    /// What was told in rooms.
    pub(crate) fn signals(&self) -> Vec<Signal> {
        self.bus.signals().into_iter().filter(|signal| signal.room != RoomId::EVERYWHERE).collect()
    }

    /// The words of the audit log.
    pub(crate) fn audited(&self) -> Vec<&'static str> {
        self.store.audit_log().into_iter().map(|entry| entry.action).collect()
    }
}

pub(crate) fn account(name: &str) -> Register {
    Register { username: username(name), email: None, full_name: None, password: PASSWORD.to_owned() }
}

pub(crate) fn credentials(name: &str, password: &str) -> Login {
    Login { username: name.to_owned(), password: password.to_owned(), code: None, device: Device::default() }
}

pub(crate) fn username(name: &str) -> Username {
    Username::parse(name).expect("a valid username")
}

pub(crate) fn room_name(name: &str) -> RoomName {
    RoomName::parse(name).expect("a valid room name")
}

pub(crate) fn body(text: &str) -> Body {
    Body::parse(text.to_owned(), 8000).expect("a valid body")
}

pub(crate) fn message(room: RoomId, text: &str) -> SendMessage {
    SendMessage { room, body: body(text), client_id: None, reply_to: None, attachments: Vec::new() }
}

/// The error of an outcome that has to be one, by its code.
#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T>) -> &'static str {
    outcome.expect_err("this is refused").code()
}
