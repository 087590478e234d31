//! What members report, what rooms keep out, and what waits for a moderator's word.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null, uuid_null};

use crate::columns::{belongs_to, create, drop_all, index, moment, moment_null, refers_to, row_id, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// How the audit log is narrowed down.
const AUDIT_INDEXES: [(&str, &str); 2] = [("ix_audit_log_actor", "actor_id"), ("ix_audit_log_target", "target_id")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        reports(manager).await?;
        room_filters(manager).await?;
        word_filters(manager).await?;
        held_messages(manager).await?;
        for (name, column) in AUDIT_INDEXES {
            manager.create_index(index(name, "audit_log", &[column, "id"])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in AUDIT_INDEXES {
            manager.drop_index(Index::drop().name(name).table("audit_log").to_owned()).await?;
        }
        drop_all(manager, &["reports", "room_filters", "word_filters", "held_messages"]).await
    }
}

/// A report goes with who made it and with whom it is about: both sides' words are in it. `subject` names what it is
/// about, so that one reporter has one open report of it.
async fn reports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let open = || Expr::col("resolved_at").is_null();
    create(
        manager,
        Table::create()
            .table("reports")
            .col(row_id())
            .col(big_integer_null("room_id"))
            .col(big_integer("reporter_id"))
            .col(big_integer_null("target_id"))
            .col(big_integer_null("message_id"))
            .col(text("subject"))
            .col(text("reason"))
            // What the message said when it was reported.
            .col(text_null("quote"))
            .col(moment("created_at"))
            .col(moment_null("resolved_at"))
            .col(big_integer_null("resolved_by"))
            .col(text_null("resolution"))
            .col(text_null("note"))
            .foreign_key(&mut belongs_to("reports", "room_id", "rooms"))
            .foreign_key(&mut belongs_to("reports", "reporter_id", "users"))
            .foreign_key(&mut belongs_to("reports", "target_id", "users"))
            .foreign_key(&mut belongs_to("reports", "message_id", "messages"))
            .foreign_key(&mut refers_to("reports", "resolved_by", "users")),
        vec![
            unique("uq_reports_open", "reports", &["reporter_id", "subject"]).cond_where(open()).to_owned(),
            index("ix_reports_reporter", "reports", &["reporter_id", "id"]),
            index("ix_reports_room", "reports", &["room_id", "id"]),
            index("ix_reports_waiting", "reports", &["room_id", "id"]).cond_where(open()).to_owned(),
            index("ix_reports_subject", "reports", &["subject"]).cond_where(open()).to_owned(),
            index("ix_reports_target", "reports", &["target_id"]),
            index("ix_reports_message", "reports", &["message_id"]),
            index("ix_reports_resolved_by", "reports", &["resolved_by"]),
        ],
    )
    .await
}

/// `version` grows with every change of the room's word filter. No row: there never was a rule.
async fn room_filters(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("room_filters")
            .col(ColumnDef::new("room_id").big_integer().not_null().primary_key().take())
            .col(big_integer("version"))
            .foreign_key(&mut belongs_to("room_filters", "room_id", "rooms")),
        vec![],
    )
    .await
}

async fn word_filters(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("word_filters")
            .col(row_id())
            .col(big_integer("room_id"))
            .col(text("pattern"))
            .col(text("action"))
            .col(big_integer_null("created_by"))
            .col(moment("created_at"))
            .foreign_key(&mut belongs_to("word_filters", "room_id", "rooms"))
            .foreign_key(&mut refers_to("word_filters", "created_by", "users")),
        vec![
            unique("uq_word_filters_pattern", "word_filters", &["room_id", "pattern"]),
            index("ix_word_filters_created_by", "word_filters", &["created_by"]),
        ],
    )
    .await
}

/// Messages that wait for a moderator. A row goes when it is decided.
async fn held_messages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("held_messages")
            .col(row_id())
            .col(big_integer("room_id"))
            .col(big_integer("author_id"))
            .col(text("body"))
            .col(big_integer_null("reply_to"))
            .col(uuid_null("client_id"))
            // Numbers of files, with commas.
            .col(text("attachments"))
            .col(text("pattern"))
            .col(moment("created_at"))
            .foreign_key(&mut belongs_to("held_messages", "room_id", "rooms"))
            .foreign_key(&mut belongs_to("held_messages", "author_id", "users")),
        vec![
            unique("uq_held_messages_client", "held_messages", &["room_id", "author_id", "client_id"]),
            index("ix_held_messages_room", "held_messages", &["room_id", "id"]),
            index("ix_held_messages_author", "held_messages", &["author_id"]),
        ],
    )
    .await
}
