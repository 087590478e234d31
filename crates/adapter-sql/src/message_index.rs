//! What search looks through, kept right in the transaction that changes a message.

use std::collections::BTreeSet;

use hallway_domain::Message;
use hallway_domain::ports::StoreResult;
use hallway_domain::search::indexed;
use sea_orm::sea_query::{Expr, ExprTrait, Func, LockType, OnConflict, Order, Query};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

use crate::batch::capacity;
use crate::entities::message_search::{Column, Entity};
use crate::entities::messages;
use crate::errors::failed;
use crate::queries::messages::{plain, read_plain};
use crate::statement::{all, insert, update};

const COLUMNS: [Column; 3] = [Column::MessageId, Column::Text, Column::Tokens];
/// Messages in one transaction of filling.
const FILL_AT_ONCE: u64 = 500;
/// How many of the newest messages are looked at when a process starts: an older version, which does not write the index,
/// may have run beside this one.
const RECENT: u64 = 10_000;

/// Adds messages that are not in it yet: one statement for as many as fit.
pub(crate) async fn add<C: ConnectionTrait>(db: &C, new: &[Message]) -> StoreResult<()> {
    for new in new.chunks(capacity(COLUMNS.len())) {
        let mut insert = insert::<Entity>(&COLUMNS);
        for message in new {
            let (text, tokens) = indexed(message);
            insert.values_panic([Expr::val(message.id.0), Expr::val(text), tokens_of(db, &tokens)]);
        }
        insert.on_conflict(OnConflict::column(Column::MessageId).do_nothing().to_owned());
        db.execute(&insert).await.map_err(failed)?;
    }
    Ok(())
}

/// Follows a change of the message: one statement.
pub(crate) async fn follow<C: ConnectionTrait>(db: &C, message: &Message) -> StoreResult<()> {
    if message.is_deleted() {
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::MessageId).eq(message.id.0)).take();
        return db.execute(&delete).await.map_err(failed).map(drop);
    }
    let (text, tokens) = indexed(message);
    let mut update = update::<Entity, _>([(Column::Text, text.into())]);
    update.value(Column::Tokens, tokens_of(db, &tokens)).and_where(Expr::col(Column::MessageId).eq(message.id.0));
    db.execute(&update).await.map_err(failed).map(drop)
}

/// Tokens as the database keeps them.
fn tokens_of<C: ConnectionTrait>(db: &C, tokens: &BTreeSet<String>) -> Expr {
    let mut words = String::with_capacity(tokens.len() * 6);
    for token in tokens {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(token);
    }
    if db.get_database_backend() == DbBackend::Postgres {
        let list = Func::cust("string_to_array").args([Expr::val(words), Expr::cust("' '")]);
        return Func::cust("array_to_tsvector").arg(list).into();
    }
    Expr::val(words)
}

/// Adds what was there before there was an index, the newest first, and what an older version wrote since. Goes on where
/// it was interrupted.
pub(crate) async fn fill(db: &DatabaseConnection) -> StoreResult<()> {
    let mut filled = 0;
    loop {
        let transaction = begin(db).await?;
        let Some(up_to) = backlog(&transaction).await? else { break };
        let batch = unfilled(&transaction, up_to, FILL_AT_ONCE).await?;
        add(&transaction, &batch).await?;
        filled += batch.len();
        let rest = match batch.last() {
            Some(last) => format!("UPDATE search_backlog SET up_to = {}", last.id.0 - 1),
            None => "DELETE FROM search_backlog".to_owned(),
        };
        transaction.execute_unprepared(&rest).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
    }
    let transaction = begin(db).await?;
    let late = recent_without(&transaction).await?;
    add(&transaction, &late).await?;
    transaction.commit().await.map_err(failed)?;
    if filled + late.len() > 0 {
        tracing::info!(messages = filled + late.len(), "old messages can be searched now");
    }
    Ok(())
}

async fn begin(db: &DatabaseConnection) -> StoreResult<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    db.begin_with_options(options).await.map_err(failed)
}

async fn backlog(db: &DatabaseTransaction) -> StoreResult<Option<i64>> {
    let sql = "SELECT max(up_to) AS up_to FROM search_backlog";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.map_err(failed)?;
    row.map_or(Ok(None), |row| row.try_get("", "up_to").map_err(failed))
}

/// Undeleted messages up to `up_to`, locked, so that what is read of them stays true until it is in the index.
async fn unfilled(db: &DatabaseTransaction, up_to: i64, limit: u64) -> StoreResult<Vec<Message>> {
    let mut select = plain();
    select
        .and_where(Expr::col(("m", messages::Column::Id)).lte(up_to))
        .and_where(Expr::col(("m", messages::Column::DeletedAt)).is_null())
        .order_by(("m", messages::Column::Id), Order::Desc)
        .limit(limit)
        .lock_with_tables(LockType::Update, ["m"]);
    all(db, &select, read_plain).await
}

async fn recent_without(db: &DatabaseTransaction) -> StoreResult<Vec<Message>> {
    let first = Query::select()
        .column(messages::Column::Id)
        .from(messages::Entity)
        .order_by(messages::Column::Id, Order::Desc)
        .limit(1)
        .offset(RECENT)
        .take();
    // Fewer than so many: all.
    let first = Func::coalesce([Expr::from(first), Expr::val(0_i64)]);
    let known = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, "s")
        .and_where(Expr::col(("s", Column::MessageId)).equals(("m", messages::Column::Id)))
        .take();
    let mut select = plain();
    select
        .and_where(Expr::col(("m", messages::Column::Id)).gt(first))
        .and_where(Expr::col(("m", messages::Column::DeletedAt)).is_null())
        .and_where(Expr::exists(known).not())
        .lock_with_tables(LockType::Update, ["m"]);
    all(db, &select, read_plain).await
}
