//! What a PostgreSQL server counts of itself. Its connections report at most once a second, so a stretch of a few
//! seconds is a little short or long of what happened in it.

use sqlx::{Connection as _, PgConnection};

use super::report::Report;

/// Since the server's statistics began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    /// Transactions of this database.
    transactions: i64,
    /// Flushes of the write-ahead log to disk, of all databases.
    flushes: i64,
}

/// What it counts now; what stands in the way is noted in the report.
pub(super) async fn read(url: Option<&str>, report: &mut Report) -> Option<Counted> {
    match ask(url?).await {
        Ok(counted) => Some(counted),
        Err(error) => {
            report.notes.push(format!("PostgreSQL does not tell: {error}"));
            None
        }
    }
}

async fn ask(url: &str) -> Result<Counted, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let version: i32 =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(&mut connection).await?;
    let flushes = if version >= 180_000 {
        "SELECT coalesce(sum(fsyncs), 0)::bigint FROM pg_stat_io WHERE object = 'wal'"
    } else {
        "SELECT wal_sync::bigint FROM pg_stat_wal"
    };
    let flushes = sqlx::query_scalar(flushes).fetch_one(&mut connection).await?;
    let transactions = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    let transactions = sqlx::query_scalar(transactions).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(Counted { transactions, flushes })
}

impl Counted {
    /// Adds figures of the newest stretch.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
    pub(super) fn tell(self, before: Self, report: &mut Report) {
        let Some(messages) = report.phases.last().map(|phase| phase.messages as f64) else { return };
        let (flushes, transactions) = (self.flushes - before.flushes, self.transactions - before.transactions);
        report.figure("flushes of PostgreSQL's log", flushes as f64, "");
        report.figure("transactions of PostgreSQL", transactions as f64, "");
        // Some scenarios do not know when a message has reached everybody.
        if messages > 0.0 && flushes > 0 && transactions > 0 {
            report.figure("messages per flush", messages / flushes as f64, "");
            report.figure("messages per transaction", messages / transactions as f64, "");
        }
    }
}
