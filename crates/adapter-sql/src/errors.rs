//! Errors of the database as the port names them. They say what went wrong, never with which values.

use hallway_domain::ports::StoreError;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::{DatabaseError, ErrorKind};

/// A statement that did not work.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn failed(error: DbErr) -> StoreError {
    match &error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => classify(cause),
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Internal(error.to_string()),
    }
}

/// Whether the connection is to blame: another one may well work. Not for one that could not be had.
pub(crate) fn is_broken(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(cause))
    | DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    match cause.as_ref() {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        // Told before it was ended: by the administrator, a crash, a database that is gone; or lost on the way.
        sqlx::Error::Database(error) => {
            error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some()
                && error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        _ => false,
    }
}

/// Opening a database did not work.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn not_open(error: sqlx::Error) -> StoreError {
    match classify(&error) {
        // Wrong password, no such database: trying again is of no use.
        StoreError::Internal(problem) => StoreError::Internal(format!("cannot open the database: {problem}")),
        other => other,
    }
}

/// A URL that cannot be read. What is wrong with it is said without repeating it: it may hold a password.
pub(crate) fn bad_url(error: sqlx::Error) -> StoreError {
    let problem = match error {
        sqlx::Error::Configuration(cause) => cause.to_string(),
        _ => "not a database URL".to_owned(),
    };
    StoreError::Internal(format!("the database URL cannot be read: {problem}"))
}

fn classify(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(error) => of_database(error.as_ref()),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Internal(error.to_string()),
    }
}

fn of_database(error: &dyn DatabaseError) -> StoreError {
    let problem = error.message().to_owned();
    // Another unit was there first: what this one read is not true any more.
    if matches!(error.kind(), ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation) {
        return StoreError::Conflict(problem);
    }
    let code = error.code().unwrap_or_default();
    let class = if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        of_postgres(&code)
    } else {
        of_sqlite(&code)
    };
    match class {
        Class::Conflict => StoreError::Conflict(problem),
        Class::Unavailable => StoreError::Unavailable(problem),
        Class::Internal => StoreError::Internal(format!("{problem} ({code})")),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Class {
    Conflict,
    Unavailable,
    Internal,
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn of_postgres(code: &str) -> Class {
    match code {
        // Serialisation failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => Class::Conflict,
        // Statement timeout, read-only after a failover, a transaction that sat idle for too long.
        "57014" | "25006" | "25P03" => Class::Unavailable,
        // Connection lost, out of resources, shutting down or starting.
        _ if matches!(code.get(..2), Some("08" | "53")) || code.starts_with("57P") => Class::Unavailable,
        _ => Class::Internal,
    }
}

/// <https://www.sqlite.org/rescode.html>; extended codes keep the primary one in their low byte.
fn of_sqlite(code: &str) -> Class {
    match code.parse::<u32>().map(|code| code & 0xff) {
        // BUSY, LOCKED.
        Ok(5 | 6) => Class::Conflict,
        // READONLY, INTERRUPT (ran for too long), IOERR, FULL, CANTOPEN, PROTOCOL.
        Ok(8 | 9 | 10 | 13 | 14 | 15) => Class::Unavailable,
        _ => Class::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_class() {
        for (code, class) in [
            ("40001", Class::Conflict),
            ("40P01", Class::Conflict),
            ("55P03", Class::Conflict),
            ("57014", Class::Unavailable),
            ("08006", Class::Unavailable),
            ("53300", Class::Unavailable),
            ("57P01", Class::Unavailable),
            ("57P03", Class::Unavailable),
            ("22021", Class::Internal),
            ("42P01", Class::Internal),
            ("", Class::Internal),
        ] {
            assert_eq!(of_postgres(code), class, "{code}");
        }
        for (code, class) in [
            ("5", Class::Conflict),
            ("517", Class::Conflict),
            ("6", Class::Conflict),
            ("10", Class::Unavailable),
            ("3850", Class::Unavailable),
            ("13", Class::Unavailable),
            ("14", Class::Unavailable),
            ("1", Class::Internal),
            ("", Class::Internal),
        ] {
            assert_eq!(of_sqlite(code), class, "{code}");
        }
    }

    #[test]
    fn a_full_or_closed_pool_is_no_bug() {
        for error in [sqlx::Error::PoolTimedOut, sqlx::Error::PoolClosed, sqlx::Error::WorkerCrashed] {
            assert!(matches!(not_open(error), StoreError::Unavailable(_)));
        }
        let acquire = DbErr::ConnectionAcquire(sea_orm::error::ConnAcquireErr::Timeout);
        assert!(matches!(failed(acquire), StoreError::Unavailable(_)));
        assert!(matches!(failed(DbErr::Type("x".to_owned())), StoreError::Internal(_)));
    }
}
