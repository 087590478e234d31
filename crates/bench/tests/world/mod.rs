//! A server without sockets: use cases, a hub and a database, and counts of what they ask of each other.

mod bus;
mod reader;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hallway_adapter_local::{LocalCallLines, LocalPresence, LocalRateLimiter, LocalTickets, SystemClock, SystemIds};
use hallway_adapter_sql::{SqlOptions, SqlStore};
use hallway_app::ws::fastroom::FastroomEncoder;
use hallway_application::{
    Application, CreateRoom, Device, Login, Ports, Register, Result, SendMessage, Sent, Settings,
};
use hallway_domain::ambient::Ids as _;
use hallway_domain::call::DeviceId;
use hallway_domain::ports::{EventBus, Presence, Store};
use hallway_domain::{Actor, Body, Disconnect, Event, RoomId, RoomLoss, RoomName, Signal, Username};
use hallway_hub::{
    Activity, ConnectionInfo, Dialect, Encoder, Hub, HubDeps, HubSettings, HubSink, MailboxSettings, RoomLabel,
};
use hallway_test_support::fakes::{FakeCodes, FakeHasher, FakeTokens};
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

pub(crate) use self::bus::CountingBus;
pub(crate) use self::reader::Reader;

/// Connections that agreed to the subprotocol.
pub(crate) const NATIVE: Dialect = Dialect(1);
const MEGABYTE: usize = 1024 * 1024;

/// What was asked for so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Of the database, but for `BEGIN` and `COMMIT`.
    pub(crate) statements: u64,
    /// Batches given to the bus, and what was in them.
    pub(crate) publishes: u64,
    pub(crate) items: u64,
    pub(crate) follows: u64,
    /// Events that became bytes.
    pub(crate) encodings: u64,
}

impl Counts {
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            statements: self.statements - before.statements,
            publishes: self.publishes - before.publishes,
            items: self.items - before.items,
            follows: self.follows - before.follows,
            encodings: self.encodings - before.encodings,
        }
    }
}

/// The server's own encoder, counted.
struct CountingEncoder {
    inner: FastroomEncoder,
    events: Arc<AtomicU64>,
}

impl Encoder for CountingEncoder {
    fn event(&self, dialect: Dialect, label: &RoomLabel, event: &Event) -> bytes::Bytes {
        self.events.fetch_add(1, Ordering::Relaxed);
        self.inner.event(dialect, label, event)
    }

    fn signal(&self, dialect: Dialect, label: &RoomLabel, signal: &Signal) -> bytes::Bytes {
        self.inner.signal(dialect, label, signal)
    }

    fn activity(&self, dialect: Dialect, label: &RoomLabel, activity: Activity) -> bytes::Bytes {
        self.inner.activity(dialect, label, activity)
    }

    fn loss(&self, dialect: Dialect, label: &RoomLabel, why: RoomLoss) -> bytes::Bytes {
        self.inner.loss(dialect, label, why)
    }

    fn close(&self, dialect: Dialect, why: Disconnect) -> bytes::Bytes {
        self.inner.close(dialect, why)
    }
}

pub(crate) struct World {
    pub(crate) app: Application,
    pub(crate) hub: Arc<Hub>,
    pub(crate) bus: Arc<CountingBus>,
    statements: Arc<AtomicU64>,
    encodings: Arc<AtomicU64>,
    /// Runs the writer and the hub's repairs.
    _tasks: JoinSet<()>,
}

fn hub_settings() -> HubSettings {
    HubSettings {
        mailbox: MailboxSettings { max_bytes: 16 * MEGABYTE, ephemeral_bytes: MEGABYTE, low_water_bytes: MEGABYTE },
        connections_per_user: 10,
        connections: 100_000,
        rooms_per_connection: 100,
        reservation_bytes: MEGABYTE,
        crowd: 50,
        repair_page: 500,
    }
}

impl World {
    /// On a database with nothing in it.
    pub(crate) async fn new(url: &str) -> Self {
        let options = SqlOptions::new(url);
        SqlStore::migrate(&options).await.expect("the schema can be made");
        let (statements, encodings) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counted = Arc::clone(&statements);
        let store = SqlStore::connect(&options).await.expect("the database opens");
        let store: Arc<dyn Store> = Arc::new(store.watching(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        let bus = Arc::new(CountingBus::default());
        let presence: Arc<dyn Presence> = Arc::new(LocalPresence::default());
        let hub = Hub::new(HubDeps {
            store: Arc::clone(&store),
            bus: Arc::<CountingBus>::clone(&bus) as Arc<dyn EventBus>,
            presence: Arc::clone(&presence),
            encoder: Arc::new(CountingEncoder {
                inner: FastroomEncoder { spread: Duration::from_secs(1) },
                events: Arc::clone(&encodings),
            }),
            clock: Arc::new(SystemClock),
            tasks: TaskTracker::new(),
            settings: hub_settings(),
        });
        bus.attach(Arc::new(HubSink(Arc::downgrade(&hub))));
        let ports = Ports {
            store,
            bus: Arc::<CountingBus>::clone(&bus),
            presence,
            limiter: Arc::new(LocalRateLimiter::default()),
            tickets: Arc::new(LocalTickets::default()),
            lines: Arc::new(LocalCallLines::default()),
            hasher: Arc::new(FakeHasher::default()),
            codes: Arc::new(FakeCodes),
            tokens: Arc::new(FakeTokens),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            files: None,
        };
        // Rooms of both sizes are told who has read what, so that they differ in size alone.
        let settings = Settings { rates: None, seen_by_members: 1_000, ..Settings::default() };
        let (app, writer) = Application::new(ports, settings);
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.run());
        Self { app, hub, bus, statements, encodings, _tasks: tasks }
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            statements: self.statements.load(Ordering::Relaxed),
            encodings: self.encodings.load(Ordering::Relaxed),
            ..self.bus.counts()
        }
    }

    /// Somebody with an account, signed in.
    pub(crate) async fn user(&self, name: &str) -> Actor {
        let password = "the password of everybody";
        let username = Username::parse(name).expect("a valid name");
        let account = Register { username, email: None, full_name: None, password: password.to_owned() };
        self.app.accounts().register(account, None).await.expect("registered");
        let login =
            Login { username: name.to_owned(), password: password.to_owned(), code: None, device: Device::default() };
        let pair = self.app.accounts().login(login).await.expect("signed in");
        self.app.accounts().authenticate(&pair.access).await.expect("known").actor
    }

    pub(crate) async fn room(&self, owner: &Actor, name: &str) -> RoomId {
        let name = RoomName::parse(name).expect("a valid name");
        let command = CreateRoom { name, topic: None, private: false, members: Vec::new() };
        self.app.rooms().create(owner, command).await.expect("made").id
    }

    /// A connection of that user.
    pub(crate) fn connect(&self, actor: &Actor) -> Reader {
        let id = SystemIds.connection();
        let info = ConnectionInfo {
            id,
            device: DeviceId(id.0),
            user: actor.user.clone(),
            session: actor.session,
            dialect: NATIVE,
        };
        let (mailbox, notices) = self.hub.connect(info.clone()).expect("there is room");
        Reader::new(actor.clone(), info.id, mailbox, notices)
    }

    /// A room with so many connections in it, all of which have read what there was.
    pub(crate) async fn full_room(&self, members: usize) -> (RoomId, Vec<Reader>) {
        let mut readers = Vec::new();
        for place in 0..members {
            readers.push(self.connect(&self.user(&format!("member_{place}")).await));
        }
        let room = self.room(&readers[0].actor, "lobby").await;
        for reader in &readers {
            reader.join(self, room).await;
        }
        for reader in &mut readers {
            reader.drain();
        }
        (room, readers)
    }

    /// Queues a message at once; the answer comes when it is committed and published.
    pub(crate) fn send(
        &self,
        actor: &Actor,
        room: RoomId,
        number: usize,
    ) -> impl Future<Output = Result<Sent>> + use<> {
        let text = format!("message {number}: the quick brown fox jumps over the lazy dog and goes home to sleep");
        let command = SendMessage {
            room,
            body: Body::parse(text, 8000).expect("a valid text"),
            client_id: Some(SystemIds.client()),
            reply_to: None,
            attachments: Vec::new(),
        };
        let (app, actor) = (self.app.clone(), actor.clone());
        async move { app.messages().send(&actor, command).await }
    }
}
