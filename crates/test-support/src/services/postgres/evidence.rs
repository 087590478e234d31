//! What the database holds at the end of a run, for the checker; and how to cut those off who use it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use uuid::Uuid;

use super::{execute, open};
use crate::checker::{Database, Fact, Key, Kind, Room, Seq, Stored, Text, User};

const LOG: &str = "SELECT e.room_id, e.seq, e.kind, e.message_id, e.user_id, m.client_id FROM room_events e \
                   LEFT JOIN messages m ON m.id = e.message_id AND e.kind = 'message_posted'";
const MESSAGES: &str = "SELECT room_id, seq, id, author_id, client_id, body, deleted_at FROM messages";
const HEADS: &str = "SELECT id, last_seq FROM rooms";
/// Every other connection of this database.
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                   AND backend_type = 'client backend' AND pid <> pg_backend_pid()";

/// All logs and messages.
pub async fn evidence(url: &str) -> Result<Database, DbErr> {
    Ok(Database {
        log: rows(url, LOG, event).await?,
        messages: rows(url, MESSAGES, message).await?,
        heads: heads(url).await?,
    })
}

/// Where the log of each room ends.
pub async fn heads(url: &str) -> Result<Vec<(Room, Seq)>, DbErr> {
    rows(url, HEADS, |row| Ok((Room(row.try_get("", "id")?), row.try_get("", "last_seq")?))).await
}

/// Ends all other connections to this database.
pub async fn cut_connections(url: &str) -> Result<(), DbErr> {
    execute(url, CUT).await
}

/// How many statements have waited for another transaction's lock for so long.
pub async fn waiting_for_locks(url: &str, time: Duration) -> Result<i64, DbErr> {
    let sql = format!(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() \
         AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '{} milliseconds'",
        time.as_millis()
    );
    Ok(rows(url, &sql, |row| row.try_get::<i64>("", "n")).await?.into_iter().sum())
}

async fn rows<T>(url: &str, sql: &str, read: impl Fn(&QueryResult) -> Result<T, DbErr>) -> Result<Vec<T>, DbErr> {
    let database = open(url).await?;
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let found = database.query_all_raw(statement).await?.iter().map(read).collect();
    database.close().await?;
    found
}

fn event(row: &QueryResult) -> Result<(Room, Fact), DbErr> {
    let word: String = row.try_get("", "kind")?;
    let kind = kind(&word).ok_or_else(|| DbErr::Custom(format!("unknown kind of event {word:?}")))?;
    let column = if matches!(kind, Kind::MemberJoined | Kind::MemberLeft | Kind::MemberUpdated) {
        "user_id"
    } else {
        "message_id"
    };
    let fact = Fact {
        seq: row.try_get("", "seq")?,
        kind,
        subject: row.try_get::<Option<i64>>("", column)?.unwrap_or(0),
        key: key(row)?,
        text: None,
    };
    Ok((Room(row.try_get("", "room_id")?), fact))
}

fn message(row: &QueryResult) -> Result<Stored, DbErr> {
    let body: String = row.try_get("", "body")?;
    let is_removed = row.try_get::<Option<i64>>("", "deleted_at")?.is_some();
    let fact = Fact {
        seq: row.try_get("", "seq")?,
        kind: Kind::Posted,
        subject: row.try_get("", "id")?,
        key: key(row)?,
        text: (!is_removed).then(|| Text::of(&body)),
    };
    let author = User(row.try_get::<Option<i64>>("", "author_id")?.unwrap_or(0));
    Ok(Stored { room: Room(row.try_get("", "room_id")?), author, fact })
}

fn key(row: &QueryResult) -> Result<Option<Key>, DbErr> {
    Ok(row.try_get::<Option<Uuid>>("", "client_id")?.map(|id| Key(id.as_u128())))
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "message_posted" => Kind::Posted,
        "message_edited" => Kind::Edited,
        "message_deleted" => Kind::Deleted,
        "reaction_changed" => Kind::Reaction,
        "member_joined" => Kind::MemberJoined,
        "member_left" => Kind::MemberLeft,
        "member_updated" => Kind::MemberUpdated,
        "room_updated" => Kind::RoomUpdated,
        _ => return None,
    })
}
