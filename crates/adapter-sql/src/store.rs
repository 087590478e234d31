//! The store: two doors, and what keeps it small.

use std::time::Duration as StdDuration;

use async_trait::async_trait;
use hallway_domain::Timestamp;
use hallway_domain::ports::{AccountQueries, CallQueries, Queries, ReviewQueries, Store, StoreResult, UnitOfWork};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use time::Duration;

use crate::batch::capacity;
use crate::convert::micros;
use crate::doubt::{Doubt, Reader};
use crate::entities::{refresh_tokens, room_events, sessions};
use crate::errors::failed;
use crate::queries::SqlQueries;
use crate::units::SqlUnit;
use crate::{SqlOptions, connect, migrate, statement};

/// How many rooms [`Store::prune_events`] looks at in one go.
const ROOMS_AT_ONCE: u64 = 100;

/// A database, open.
pub struct SqlStore {
    pub(crate) writer: DatabaseConnection,
    pub(crate) queries: SqlQueries,
    doubt: Doubt,
}

const _: () = assert!(capacity(8) >= SqlStore::BATCH, "a batch of messages fits into one statement");

/// One statement that ran. Its values are not shown: they hold what users wrote.
#[derive(Clone, Copy, Debug)]
pub struct StatementInfo<'a> {
    pub sql: &'a str,
    pub elapsed: StdDuration,
    pub failed: bool,
}

impl SqlStore {
    /// Most items of a call for which "in one statement" holds; the calls take more, in several statements. It comes
    /// from the 32,766 values that SQLite takes, eight for each message.
    pub const BATCH: usize = 4_000;

    /// Opens a database whose schema is up to date.
    pub async fn connect(options: &SqlOptions) -> StoreResult<Self> {
        let pools = connect::connect(options).await?;
        let [reader, searcher] = [pools.reader, pools.searcher].map(|db| Reader { db, doubt: pools.doubt.clone() });
        Ok(Self { writer: pools.writer, queries: SqlQueries { db: reader, searcher }, doubt: pools.doubt })
    }

    /// Applies what is pending; the names of what was. Processes that start together wait for each other.
    pub async fn migrate(options: &SqlOptions) -> StoreResult<Vec<String>> {
        migrate::up(options).await
    }

    /// The names of migrations that the database has not got yet.
    pub async fn pending_migrations(options: &SqlOptions) -> StoreResult<Vec<String>> {
        migrate::pending(options).await
    }

    /// Calls `seen` after each statement but `BEGIN`, `COMMIT` and `ROLLBACK`. For metrics; must not block.
    #[must_use]
    pub fn watching(mut self, seen: impl Fn(StatementInfo<'_>) + Clone + Send + Sync + 'static) -> Self {
        for db in [&mut self.writer, &mut self.queries.db.db, &mut self.queries.searcher.db] {
            let seen = seen.clone();
            db.set_metric_callback(move |info| {
                seen(StatementInfo { sql: &info.statement.sql, elapsed: info.elapsed, failed: info.failed });
            });
        }
        self
    }

    /// Waits for units and queries under way, and closes all connections. A SQLite file is then whole without its log.
    pub async fn close(&self) -> StoreResult<()> {
        self.queries.db.db.close_by_ref().await.map_err(failed)?;
        self.queries.searcher.db.close_by_ref().await.map_err(failed)?;
        self.writer.close_by_ref().await.map_err(failed)
    }

    /// Rooms whose log has an event from before `cutoff`, at most [`ROOMS_AT_ONCE`], by id after `after`.
    async fn rooms_to_cut(&self, cutoff: i64, after: i64) -> StoreResult<Vec<i64>> {
        use room_events::Column;
        let select = Query::select()
            .distinct()
            .column(Column::RoomId)
            .from(room_events::Entity)
            .and_where(Expr::col(Column::CreatedAt).lt(cutoff))
            .and_where(Expr::col(Column::RoomId).gt(after))
            .order_by(Column::RoomId, Order::Asc)
            .limit(ROOMS_AT_ONCE)
            .take();
        statement::all(&self.queries.db, &select, |row| row.try_get("", "room_id").map_err(failed)).await
    }

    /// Removes the beginning of a log up to its first event that is young enough, at most `limit` events.
    async fn cut(&self, room: i64, cutoff: i64, limit: u64) -> StoreResult<u64> {
        use room_events::Column;
        let of_room = || Expr::col(Column::RoomId).eq(room);
        let first_young = Query::select()
            .expr(Func::min(Expr::col(Column::Seq)))
            .from(room_events::Entity)
            .and_where(of_room())
            .and_where(Expr::col(Column::CreatedAt).gte(cutoff))
            .take();
        let first_young = Func::coalesce([Expr::from(first_young), Expr::val(i64::MAX)]);
        let old = Query::select()
            .column(Column::Seq)
            .from(room_events::Entity)
            .and_where(of_room())
            .and_where(Expr::col(Column::Seq).lt(first_young))
            .order_by(Column::Seq, Order::Asc)
            .limit(limit)
            .take();
        let last_old =
            Query::select().expr(Func::max(Expr::col(("old", Column::Seq)))).from_subquery(old, "old").take();
        let delete = Query::delete()
            .from_table(room_events::Entity)
            .and_where(of_room())
            .and_where(Expr::col(Column::Seq).lte(Expr::from(last_old)))
            .take();
        Ok(self.writer.execute(&delete).await.map_err(failed)?.rows_affected())
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> StoreResult<Box<dyn UnitOfWork>> {
        // SQLite: takes the write lock now. A unit that took it at its first write could find that what it read before
        // is not true any more, and would fail. PostgreSQL: READ COMMITTED, and rows are locked as they are named.
        let options = || TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        // A BEGIN that failed has changed nothing.
        let begin = || self.writer.begin_with_options(options());
        let transaction = self.doubt.retrying(begin).await.map_err(failed)?;
        Ok(Box::new(SqlUnit::new(transaction)))
    }

    fn queries(&self) -> &dyn Queries {
        &self.queries
    }

    fn account_queries(&self) -> &dyn AccountQueries {
        &self.queries
    }

    fn review_queries(&self) -> &dyn ReviewQueries {
        &self.queries
    }

    fn call_queries(&self) -> &dyn CallQueries {
        &self.queries
    }

    async fn ping(&self) -> StoreResult<()> {
        self.queries.db.ping().await.map_err(failed)
    }

    async fn prune_events(&self, now: Timestamp, keep: Duration, limit: u32) -> StoreResult<u64> {
        let cutoff = micros(now - keep);
        let limit = u64::from(limit);
        let (mut removed, mut after) = (0, i64::MIN);
        while removed < limit {
            let rooms = self.rooms_to_cut(cutoff, after).await?;
            let Some(last) = rooms.last() else { break };
            after = *last;
            for room in rooms {
                if removed < limit {
                    // A transaction each, so that writers get their turn in between.
                    removed += self.cut(room, cutoff, limit - removed).await?;
                }
            }
        }
        Ok(removed)
    }

    async fn prune_sessions(&self, now: Timestamp, keep: Duration) -> StoreResult<u64> {
        let cutoff = micros(now - keep);
        let tokens = Query::delete()
            .from_table(refresh_tokens::Entity)
            .and_where(Expr::col(refresh_tokens::Column::ExpiresAt).lt(cutoff))
            .take();
        self.writer.execute(&tokens).await.map_err(failed)?;
        let ended =
            Expr::col(sessions::Column::ExpiresAt).lt(cutoff).or(Expr::col(sessions::Column::RevokedAt).lt(cutoff));
        let sessions = Query::delete().from_table(sessions::Entity).and_where(ended).take();
        Ok(self.writer.execute(&sessions).await.map_err(failed)?.rows_affected())
    }
}
