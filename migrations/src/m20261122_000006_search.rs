//! What search looks through: the folded text of every message that is not deleted, and its tokens. Both come from the
//! program, so that both databases find the same. Filling the table for messages that are there already is done in
//! batches after migrating, from the row in `search_backlog` on.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text};

use crate::columns::{belongs_to, create, drop_all};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `detail=none` keeps which messages have a token, not where. Tokens of what is deleted are wiped out at once, not
/// when segments happen to merge. Triggers, so that messages that go with their room leave nothing behind.
const SQLITE: [&str; 5] = [
    "CREATE VIRTUAL TABLE message_tokens USING fts5(
         tokens, content='message_search', content_rowid='message_id', tokenize='ascii', detail='none', columnsize=0)",
    "INSERT INTO message_tokens(message_tokens, rank) VALUES('secure-delete', 1)",
    "CREATE TRIGGER tr_message_search_insert AFTER INSERT ON message_search BEGIN
         INSERT INTO message_tokens(rowid, tokens) VALUES (new.message_id, new.tokens);
     END",
    "CREATE TRIGGER tr_message_search_delete AFTER DELETE ON message_search BEGIN
         INSERT INTO message_tokens(message_tokens, rowid, tokens) VALUES ('delete', old.message_id, old.tokens);
     END",
    "CREATE TRIGGER tr_message_search_update AFTER UPDATE ON message_search BEGIN
         INSERT INTO message_tokens(message_tokens, rowid, tokens) VALUES ('delete', old.message_id, old.tokens);
         INSERT INTO message_tokens(rowid, tokens) VALUES (new.message_id, new.tokens);
     END",
];

const POSTGRES: [&str; 1] = ["CREATE INDEX ix_message_search_tokens ON message_search USING gin (tokens)"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == sea_orm::DbBackend::Postgres;
        // SQLite takes only this very word for the row's own number.
        let (id, tokens) = if postgres { ("bigint", "tsvector") } else { ("integer", "text") };
        let typed = |name: &'static str, kind: &'static str| ColumnDef::new(name).custom(kind).not_null().take();
        create(
            manager,
            Table::create()
                .table("message_search")
                .col(typed("message_id", id).primary_key())
                .col(text("text"))
                .col(typed("tokens", tokens))
                .foreign_key(&mut belongs_to("message_search", "message_id", "messages")),
            vec![],
        )
        .await?;
        // Messages up to this id are still to be looked at.
        create(manager, Table::create().table("search_backlog").col(big_integer("up_to")), vec![]).await?;
        let db = manager.get_connection();
        db.execute_unprepared(
            "INSERT INTO search_backlog (up_to) SELECT max(id) FROM messages HAVING max(id) IS NOT NULL",
        )
        .await?;
        for sql in if postgres { &POSTGRES[..] } else { &SQLITE[..] } {
            db.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == sea_orm::DbBackend::Sqlite {
            manager.get_connection().execute_unprepared("DROP TABLE message_tokens").await?;
        }
        drop_all(manager, &["message_search", "search_backlog"]).await
    }
}
