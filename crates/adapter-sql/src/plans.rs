//! Which indexes the hot queries use, asked of both databases with 10,000 messages in a room. In here, not beside the
//! other tests, because the statements are taken with their values, which leave this crate nowhere else.

mod direct;
mod highlights;
mod search;

use std::sync::Arc;

use hallway_domain::ports::{Queries, RoomFilter, UserFilter};
use hallway_domain::{MessageId, PageRequest, RoomId, Seq, Timestamp, UserId};
use hallway_test_support::contract::store::at;
use hallway_test_support::services::postgres;
use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::queries::SqlQueries;
use crate::{SqlOptions, SqlStore, sqlite_url};

const ROOM: RoomId = RoomId(1);
const USER: UserId = UserId(7);
const FIRST: PageRequest = PageRequest::first(50);

/// 200 users, 3,000 rooms; 100 members in each of the first 100 rooms; 10,000 messages with their events in the first room
/// and 400 in each of the next 100; a sanction for every tenth member; a reaction to every message.
const FILL: &[&str] = &[
    "INSERT INTO users (username, search, password_hash, disabled, is_admin, created_at) {n200}
     SELECT 'user' || i, 'user' || i, 'x', {false}, {false}, i FROM n",
    "INSERT INTO rooms (kind, name, search, created_by, created_at, epoch, last_seq, slow_mode_seconds) {n3000}
     SELECT CASE WHEN i % 3 = 0 THEN 'private' ELSE 'public' END, 'room' || i, 'room' || i, 1, i, 1, 10000, 0 FROM n",
    "INSERT INTO memberships (room_id, user_id, role, joined_at, last_read_seq, last_delivered_seq, notify) {n10000}
     SELECT 1 + (i - 1) / 100, 1 + (i - 1) % 100, 'member', i, CASE WHEN i <= 100 THEN 9900 ELSE 50 END, 0, 'all' FROM n",
    "INSERT INTO sanctions (room_id, user_id, kind, by_id, created_at, expires_at) {n1000}
     SELECT 1 + i / 10, 1 + (i * 10) % 100, 'ban', 1, i, NULL FROM n",
    "INSERT INTO messages (room_id, seq, author_id, kind, body, created_at, deleted_at) {n50000}
     SELECT CASE WHEN i <= 10000 THEN 1 ELSE 2 + (i - 10001) / 400 END,
            CASE WHEN i <= 10000 THEN i ELSE 1 + (i - 10001) % 400 END,
            1 + i % 100, 'text', 'hello hello hello hello', i, CASE WHEN i % 50 = 0 THEN i END FROM n",
    "INSERT INTO room_events (room_id, seq, kind, message_id, created_at)
     SELECT room_id, seq, 'message_posted', id, created_at FROM messages",
    "INSERT INTO reactions (message_id, user_id, emoji, created_at)
     SELECT id, 1 + id % 100, ':tada:', created_at FROM messages",
    "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at) {n10000}
     SELECT {uuid}, 1 + i % 200, i, i, 9000000000000000 FROM n",
    // What PostgreSQL does by itself when enough has been inserted.
    "{vacuum} ANALYZE",
];

async fn fill(db: &DatabaseConnection) {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let (no, uuid, vacuum) =
        if postgres { ("FALSE", "gen_random_uuid()", "VACUUM") } else { ("0", "randomblob(16)", "") };
    for sql in FILL {
        let mut sql = sql.replace("{false}", no).replace("{uuid}", uuid).replace("{vacuum}", vacuum);
        for rows in [200, 1000, 3000, 10_000, 50_000] {
            let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})");
            sql = sql.replace(&format!("{{n{rows}}}"), &numbers);
        }
        db.execute_unprepared(&sql).await.expect("fills");
    }
}

/// A store whose read statements are kept.
struct Watched {
    queries: SqlQueries,
    seen: Arc<Mutex<Vec<Statement>>>,
    plain: DatabaseConnection,
}

impl Watched {
    async fn open(options: &SqlOptions) -> Self {
        let store = SqlStore::connect(options).await.expect("connect");
        let plain = store.queries.db.db.clone();
        fill(&store.writer).await;
        search::fill(&store.writer).await;
        let mut queries = store.queries;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&seen);
        queries.db.db.set_metric_callback(move |info| keep.lock().push(info.statement.clone()));
        let keep = Arc::clone(&seen);
        queries.searcher.db.set_metric_callback(move |info| keep.lock().push(info.statement.clone()));
        Self { queries, seen, plain }
    }

    /// How the statements since the last call were planned, and how many they were.
    async fn plans(&self) -> (String, usize) {
        let statements = std::mem::take(&mut *self.seen.lock());
        let postgres = self.plain.get_database_backend() == DbBackend::Postgres;
        let (explain, column) = if postgres { ("EXPLAIN ", "QUERY PLAN") } else { ("EXPLAIN QUERY PLAN ", "detail") };
        let count = statements.len();
        let mut plan = String::new();
        for mut statement in statements {
            statement.sql.insert_str(0, explain);
            for row in self.plain.query_all_raw(statement).await.expect("explains") {
                plan += &row.try_get::<String>("", column).expect("a line of a plan");
                plan.push('\n');
            }
            plan.push('\n');
        }
        (plan, count)
    }

    /// The statements since the last call read through these indexes (`a|b`: one of the two, which are as good), and none
    /// reads a big table from end to end.
    async fn uses(&self, what: &str, statements: usize, indexes: [&[&str]; 2]) {
        let (plan, count) = self.plans().await;
        assert_eq!(count, statements, "statements of {what}");
        let postgres = self.plain.get_database_backend() == DbBackend::Postgres;
        for index in indexes[usize::from(!postgres)] {
            assert!(index.split('|').any(|index| plan.contains(index)), "{what} does not use {index}:\n{plan}");
        }
        for whole in
            ["Seq Scan on messages", "Seq Scan on room_events", "Seq Scan on memberships", "Seq Scan on sessions"]
        {
            assert!(!plan.contains(whole), "{what}:\n{plan}");
        }
        for line in plan.lines().filter(|line| line.starts_with("SCAN ")) {
            let fine = line.contains("USING")
                || line.contains("CONSTANT")
                || line == "SCAN wanted"
                || line.ends_with("VALUES CLAUSE");
            assert!(fine, "{what} reads a whole table: {line}\n{plan}");
        }
    }

    async fn check(&self) {
        let (queries, now): (&dyn Queries, Timestamp) = (&self.queries, at(0));
        let live: [&[&str]; 2] =
            [&["Index Only Scan using ix_messages_live"], &["USING COVERING INDEX ix_messages_live"]];
        let place: [&[&str]; 2] = [&["uq_messages_seq|ix_messages_live"]; 2];

        let history = queries.history(ROOM, Seq(10_000), None, 50).await.expect("history");
        assert_eq!(history.len(), 50);
        self.uses(
            "history",
            3,
            [
                &["uq_messages_seq|ix_messages_live", "uq_reactions"],
                &["uq_messages_seq|ix_messages_live", "uq_reactions"],
            ],
        )
        .await;
        let older = queries.history(ROOM, Seq(10_000), Some(MessageId(5_000)), 50).await.expect("history");
        assert_eq!(older.len(), 50);
        self.uses("history before a message", 3, place).await;
        assert_eq!(queries.history_after(ROOM, MessageId(5_000), 50).await.expect("history").len(), 50);
        self.uses("history after a message", 3, place).await;
        assert_eq!(queries.messages(ROOM, FIRST).await.expect("messages").total, 9_800);
        self.uses("messages", 4, live).await;

        let events = queries.events(ROOM, Seq(9_000), Seq(9_200), 200).await.expect("events");
        assert_eq!(events.len(), 200);
        self.uses(
            "events",
            3,
            [
                &["pk_room_events", "messages_pkey"],
                &["sqlite_autoindex_room_events_1", "SEARCH m USING INTEGER PRIMARY KEY"],
            ],
        )
        .await;

        let rooms: Vec<RoomId> = (1..=20).map(RoomId).collect();
        assert_eq!(queries.heads(&rooms).await.expect("heads").len(), 20);
        self.uses("heads", 1, [&["rooms_pkey"], &["USING INTEGER PRIMARY KEY"]]).await;
        let unread = queries.unread(USER, &rooms).await.expect("unread");
        assert_eq!((unread.len(), unread[0].messages), (20, 97));
        self.uses(
            "unread",
            1,
            [
                &["Index Only Scan using ix_messages_live", "pk_memberships|ix_memberships_user"],
                &["USING COVERING INDEX ix_messages_live", "sqlite_autoindex_memberships_1|ix_memberships_user"],
            ],
        )
        .await;

        assert_eq!(queries.members(ROOM, FIRST, now).await.expect("members").total, 100);
        self.uses(
            "members",
            3,
            [
                &["ix_memberships_joined", "ix_sanctions_room_user"],
                &["ix_memberships_joined", "ix_sanctions_room_user"],
            ],
        )
        .await;
        queries.standing(ROOM, USER, now).await.expect("standing");
        self.uses(
            "standing",
            2,
            [
                &["pk_memberships|ix_memberships_user", "ix_sanctions_room_user"],
                &["sqlite_autoindex_memberships_1|ix_memberships_user", "ix_sanctions_room_user"],
            ],
        )
        .await;
        self.check_rights(queries, now).await;
        assert!(queries.rooms_of(USER, now, 50).await.expect("rooms").len() > 40);
        self.uses("rooms of", 1, [&["ix_memberships_user"], &["ix_memberships_user"]]).await;
        let page = queries.rooms_visible_to(USER, &RoomFilter::default(), FIRST, now).await.expect("rooms");
        assert_eq!(page.items.len(), 50);
        // As the log of 10,000 messages began at the epoch.
        assert_eq!(page.items[0].last_message_at.map(Timestamp::unix_timestamp_nanos), Some(9_999_000));
        let (plan, count) = self.plans().await;
        assert_eq!(count, 5, "statements of the list of rooms");
        assert!(plan.contains("ix_rooms_created"), "{plan}");
        // The end of each room's messages; the index of the undeleted ones is as good.
        let newest = [
            "Index Scan Backward using uq_messages_seq|Index Scan Backward using ix_messages_live",
            "SEARCH m USING INDEX uq_messages_seq (room_id=?)|SEARCH m USING INDEX ix_messages_live (room_id=?)",
        ];
        assert!(newest.iter().flat_map(|newest| newest.split('|')).any(|newest| plan.contains(newest)), "{plan}");
        assert!(!plan.contains("Seq Scan on messages"), "{plan}");
        let summary = queries.room_summary(ROOM, USER).await.expect("summary").expect("there");
        assert_eq!((summary.members, summary.unread), (100, 97));
        self.uses(
            "one room",
            4,
            [
                &["rooms_pkey", "pk_memberships|ix_memberships_user", newest[0]],
                &["USING INTEGER PRIMARY KEY", "sqlite_autoindex_memberships_1", newest[1]],
            ],
        )
        .await;

        queries.sessions_of(USER, now, FIRST).await.expect("sessions");
        self.uses("sessions", 2, [&["ix_sessions_user"], &["ix_sessions_user"]]).await;
        queries.users(&UserFilter::default(), FIRST).await.expect("users");
        assert_eq!(self.plans().await.1, 2, "statements of the list of users");
    }

    /// What is asked of many at once, when the bus may have lost revocations.
    async fn check_rights(&self, queries: &dyn Queries, now: Timestamp) {
        let pairs: Vec<_> = (1..=50).flat_map(|room| (1..=4).map(move |user| (RoomId(room), UserId(user)))).collect();
        assert_eq!(queries.access(&pairs, now).await.expect("access").len(), 200);
        self.uses(
            "access",
            1,
            [
                &["pk_memberships|ix_memberships_user", "ix_sanctions_room_user"],
                &[
                    "USING INTEGER PRIMARY KEY",
                    "sqlite_autoindex_memberships_1|ix_memberships_user",
                    "ix_sanctions_room_user",
                ],
            ],
        )
        .await;
        let sessions = queries.sessions_of(USER, now, PageRequest::first(8)).await.expect("sessions").items;
        self.plans().await;
        let sessions: Vec<_> = sessions.into_iter().map(|session| session.id).collect();
        assert_eq!(queries.live_sessions(&sessions, now).await.expect("live").len(), 8);
        self.uses("live sessions", 1, [&["sessions_pkey"], &["sqlite_autoindex_sessions_1"]]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_uses_its_indexes() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = SqlOptions::new(sqlite_url(&directory.path().join("plans.db")));
    SqlStore::migrate(&options).await.expect("migrate");
    Watched::open(&options).await.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_uses_its_indexes() {
    let database = postgres::migrated().await;
    Watched::open(&SqlOptions::new(database.url())).await.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_searches_by_its_index() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = SqlOptions::new(sqlite_url(&directory.path().join("plans.db")));
    SqlStore::migrate(&options).await.expect("migrate");
    Watched::open(&options).await.check_search().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_searches_by_its_index() {
    let database = postgres::migrated().await;
    Watched::open(&SqlOptions::new(database.url())).await.check_search().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_finds_mentions_and_pins_by_its_indexes() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = SqlOptions::new(sqlite_url(&directory.path().join("plans.db")));
    SqlStore::migrate(&options).await.expect("migrate");
    let watched = Watched::open(&options).await;
    let writer = SqlStore::connect(&options).await.expect("connect").writer;
    watched.check_highlights(&writer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_finds_mentions_and_pins_by_its_indexes() {
    let database = postgres::migrated().await;
    let options = SqlOptions::new(database.url());
    let watched = Watched::open(&options).await;
    let writer = SqlStore::connect(&options).await.expect("connect").writer;
    watched.check_highlights(&writer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_lists_direct_conversations_by_its_indexes() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = SqlOptions::new(sqlite_url(&directory.path().join("plans.db")));
    SqlStore::migrate(&options).await.expect("migrate");
    let watched = Watched::open(&options).await;
    let writer = SqlStore::connect(&options).await.expect("connect").writer;
    watched.check_direct(&writer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_lists_direct_conversations_by_its_indexes() {
    let database = postgres::migrated().await;
    let options = SqlOptions::new(database.url());
    let watched = Watched::open(&options).await;
    let writer = SqlStore::connect(&options).await.expect("connect").writer;
    watched.check_direct(&writer).await;
}
