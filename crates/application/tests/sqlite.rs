//! What only a real database shows: use cases at once, over SQLite.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use hallway_adapter_local::{LocalPresence, LocalRateLimiter, LocalTickets, SystemClock, SystemIds};
use hallway_adapter_sql::{SqlOptions, SqlStore, sqlite_url};
use hallway_application::{
    Application, CreateRoom, Device, Login, Ports, Register, SendMessage, Sent, Settings, TokenPair,
};
use hallway_domain::ambient::Ids;
use hallway_domain::ports::{AccountQueries, Queries, Store, StoreResult, UnitOfWork};
use hallway_domain::{Actor, Body, Fact, RoomName, Seq, Timestamp, User, Username};
use hallway_test_support::fakes::{FakeBus, FakeCodes, FakeHasher, FakeTokens};
use time::Duration;
use tokio::task::JoinSet;

/// Counts the units of a store.
struct Counting {
    store: SqlStore,
    begun: AtomicU64,
}

#[async_trait]
impl Store for Counting {
    async fn begin(&self) -> StoreResult<Box<dyn UnitOfWork>> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.store.begin().await
    }

    fn queries(&self) -> &dyn Queries {
        self.store.queries()
    }

    fn account_queries(&self) -> &dyn AccountQueries {
        self.store.account_queries()
    }

    fn review_queries(&self) -> &dyn hallway_domain::ports::ReviewQueries {
        self.store.review_queries()
    }

    fn call_queries(&self) -> &dyn hallway_domain::ports::CallQueries {
        self.store.call_queries()
    }

    async fn ping(&self) -> StoreResult<()> {
        self.store.ping().await
    }

    async fn prune_events(&self, now: Timestamp, keep: Duration, limit: u32) -> StoreResult<u64> {
        self.store.prune_events(now, keep, limit).await
    }

    async fn prune_sessions(&self, now: Timestamp, keep: Duration) -> StoreResult<u64> {
        self.store.prune_sessions(now, keep).await
    }
}

struct World {
    app: Application,
    store: Arc<Counting>,
    bus: Arc<FakeBus>,
    _tasks: JoinSet<()>,
    _directory: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let options = SqlOptions::new(sqlite_url(&directory.path().join("hallway.db")));
        SqlStore::migrate(&options).await.expect("migrate");
        let store = SqlStore::connect(&options).await.expect("connect");
        let store = Arc::new(Counting { store, begun: AtomicU64::new(0) });
        let bus = Arc::new(FakeBus::default());
        let ports = Ports {
            store: Arc::<Counting>::clone(&store),
            bus: Arc::<FakeBus>::clone(&bus),
            presence: Arc::new(LocalPresence::default()),
            limiter: Arc::new(LocalRateLimiter::default()),
            tickets: Arc::new(LocalTickets::default()),
            lines: Arc::new(hallway_adapter_local::LocalCallLines::default()),
            hasher: Arc::new(FakeHasher::default()),
            codes: Arc::new(FakeCodes),
            tokens: Arc::new(FakeTokens),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            files: None,
        };
        let (app, writer) = Application::new(ports, Settings { rates: None, ..Settings::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.run());
        Self { app, store, bus, _tasks: tasks, _directory: directory }
    }

    async fn user(&self, name: &str) -> Actor {
        register(&self.app, name).await;
        let pair = login(&self.app, name).await;
        self.app.accounts().authenticate(&pair.access).await.expect("authenticate").actor
    }
}

async fn register(app: &Application, name: &str) -> User {
    let username = Username::parse(name).expect("a valid username");
    let account = Register { username, email: None, full_name: None, password: "correct horse".to_owned() };
    app.accounts().register(account, None).await.expect("register")
}

async fn login(app: &Application, name: &str) -> TokenPair {
    let login = Login {
        username: name.to_owned(),
        password: "correct horse".to_owned(),
        code: None,
        device: Device::default(),
    };
    app.accounts().login(login).await.expect("login")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_first_registrations_one_is_the_administrator() {
    let world = World::new().await;
    let mut tasks = JoinSet::new();
    for n in 0..8 {
        let app = world.app.clone();
        tasks.spawn(async move { register(&app, &format!("user_{n}")).await.is_admin });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|admin| *admin).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_refreshes_at_once_one_makes_the_successor() {
    let world = World::new().await;
    register(&world.app, "ann").await;
    let first = login(&world.app, "ann").await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (app, token) = (world.app.clone(), first.refresh.clone());
        tasks.spawn(async move {
            app.accounts().refresh(&token, &Device::default()).await.expect("all are answered").refresh
        });
    }
    let mut successors = tasks.join_all().await;
    successors.sort_unstable();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    world.app.accounts().refresh(&successors[0], &Device::default()).await.expect("and it works");
}

/// 20 connections with 10 messages each, pipelined.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_make_one_log_in_few_transactions() {
    let world = World::new().await;
    let ann = world.user("ann").await;
    let command = CreateRoom {
        name: RoomName::parse("lobby").expect("a valid name"),
        topic: None,
        private: false,
        members: Vec::new(),
    };
    let room = world.app.rooms().create(&ann, command).await.expect("create").id;
    let mut senders = Vec::new();
    for n in 0..20 {
        let sender = world.user(&format!("user_{n}")).await;
        world.app.rooms().join(&sender, room).await.expect("join");
        senders.push(sender);
    }
    let begun = world.store.begun.load(Ordering::SeqCst);
    let mut tasks = JoinSet::new();
    for sender in senders {
        let app = world.app.clone();
        tasks.spawn(async move {
            let sends: Vec<_> = (0..10).map(|n| app.messages().send(&sender, text(room, &sender, n))).collect();
            let mut acked: Vec<Sent> = Vec::new();
            for send in sends {
                acked.push(send.await.expect("acked"));
            }
            assert!(acked.is_sorted_by_key(|sent| sent.seq), "each caller's order is kept");
            acked
        });
    }
    let acked: Vec<Sent> = tasks.join_all().await.into_iter().flatten().collect();
    let transactions = world.store.begun.load(Ordering::SeqCst) - begun;
    assert_eq!(acked.len(), 200);
    assert!(transactions <= 50, "200 messages in {transactions} transactions");

    let log = world.store.queries().events(room, Seq::ZERO, Seq(i64::MAX), 1000).await.expect("events");
    assert_eq!(log.iter().map(|event| event.seq.0).collect::<Vec<_>>(), (1..=221).collect::<Vec<_>>());
    let posted = log.iter().filter(|event| matches!(event.fact, Fact::MessagePosted(_))).count();
    assert_eq!(posted, 200);
    let published: Vec<Seq> = world.bus.events().iter().map(|event| event.seq).collect();
    assert_eq!(published, log.iter().map(|event| event.seq).collect::<Vec<_>>(), "published in the order of the log");
}

fn text(room: hallway_domain::RoomId, sender: &Actor, n: u32) -> SendMessage {
    let body = Body::parse(format!("{} {n}", sender.user.username), 8000).expect("a valid body");
    SendMessage { room, body, client_id: Some(SystemIds.client()), reply_to: None, attachments: Vec::new() }
}
