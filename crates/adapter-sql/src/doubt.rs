//! Connections that may be dead without anybody knowing.
//!
//! A server that restarts leaves dead connections in the pool, and each would be found by whoever uses it next. So the
//! first that is found puts all others in doubt: what has lain in the pool since before that is asked for a sign of
//! life before it is used again. A healthy pool asks nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};

use crate::errors::is_broken;

/// When a connection was last found broken.
#[derive(Clone, Default)]
pub(crate) struct Doubt(Arc<Mutex<Option<Instant>>>);

impl Doubt {
    fn raise(&self) {
        *self.0.lock() = Some(Instant::now());
    }

    /// Whether something that has lain still for so long may have broken meanwhile.
    pub(crate) fn covers(&self, idle_for: Duration) -> bool {
        self.0.lock().is_some_and(|raised| raised.elapsed() <= idle_for)
    }

    /// Does `work`, once more if the connection that it got turns out to be broken. Only for what has no effect, or
    /// none that lasts, when it fails.
    pub(crate) async fn retrying<T, F>(&self, work: impl Fn() -> F) -> Result<T, DbErr>
    where
        F: Future<Output = Result<T, DbErr>>,
    {
        match work().await {
            Err(error) if is_broken(&error) => {
                self.raise();
                tracing::info!(%error, "a database connection was lost; trying another");
                work().await
            }
            end => end,
        }
    }
}

/// A pool that only reads: a query that met a broken connection is asked again on another.
pub(crate) struct Reader {
    pub(crate) db: DatabaseConnection,
    pub(crate) doubt: Doubt,
}

impl Reader {
    pub(crate) async fn ping(&self) -> Result<(), DbErr> {
        self.doubt.retrying(|| self.db.ping()).await
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.doubt.retrying(|| self.db.query_one_raw(statement.clone())).await
    }

    async fn query_one<S: StatementBuilder>(&self, statement: &S) -> Result<Option<QueryResult>, DbErr> {
        self.doubt.retrying(|| self.db.query_one(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.doubt.retrying(|| self.db.query_all_raw(statement.clone())).await
    }

    async fn query_all<S: StatementBuilder>(&self, statement: &S) -> Result<Vec<QueryResult>, DbErr> {
        self.doubt.retrying(|| self.db.query_all(statement)).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use sea_orm::RuntimeErr;

    use super::*;

    fn broken() -> DbErr {
        let cause = sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into());
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(cause)))
    }

    async fn tries(doubt: &Doubt, error: fn() -> DbErr) -> usize {
        let tries = AtomicUsize::new(0);
        let work = || {
            tries.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Err::<(), _>(error()))
        };
        doubt.retrying(work).await.expect_err("it never works");
        tries.into_inner()
    }

    #[tokio::test]
    async fn only_what_lay_still_since_before_is_in_doubt() {
        let doubt = Doubt::default();
        assert!(!doubt.covers(Duration::from_hours(1)), "a healthy pool asks nothing");
        assert_eq!(tries(&doubt, || DbErr::Type("x".to_owned())).await, 1);
        assert!(!doubt.covers(Duration::from_hours(1)), "a bad statement says nothing of the connection");
        assert_eq!(tries(&doubt, broken).await, 2);
        assert!(doubt.covers(Duration::from_hours(1)));
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(!doubt.covers(Duration::from_millis(1)), "released after the trouble");
    }
}
