//! Messages, the log that resume replays, and reactions.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null, uuid_null};

use crate::columns::{belongs_to, create, drop_all, index, key, moment, moment_null, refers_to, row_id, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        messages(manager).await?;
        room_events(manager).await?;
        reactions(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["messages", "room_events", "reactions"]).await
    }
}

async fn messages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("messages")
            .col(row_id())
            .col(big_integer("room_id"))
            .col(big_integer("seq"))
            .col(big_integer_null("author_id"))
            .col(text("kind"))
            .col(text("body"))
            .col(big_integer_null("reply_to"))
            .col(uuid_null("client_id"))
            .col(moment("created_at"))
            .col(moment_null("edited_at"))
            .col(moment_null("deleted_at"))
            .foreign_key(&mut belongs_to("messages", "room_id", "rooms"))
            .foreign_key(&mut refers_to("messages", "author_id", "users"))
            .foreign_key(&mut refers_to("messages", "reply_to", "messages")),
        vec![
            unique("uq_messages_seq", "messages", &["room_id", "seq"]),
            unique("uq_messages_client", "messages", &["room_id", "author_id", "client_id"]),
            // What lists and unread counts read. The last two columns are there so that counting touches no row; SQLite
            // does not see by itself that the last one is always null.
            index("ix_messages_live", "messages", &["room_id", "seq", "author_id", "deleted_at"])
                .cond_where(Expr::col("deleted_at").is_null())
                .to_owned(),
            index("ix_messages_author", "messages", &["author_id"]),
            index("ix_messages_reply", "messages", &["reply_to"])
                .cond_where(Expr::col("reply_to").is_not_null())
                .to_owned(),
        ],
    )
    .await
}

/// Says what happened, never what a message says: that is read from the message itself, so that a deleted text is gone
/// from the log too. `message_id` and `user_id` have no foreign key, or an erased user would tear a hole into the log.
async fn room_events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("room_events")
            .col(big_integer("room_id"))
            .col(big_integer("seq"))
            .col(text("kind"))
            .col(big_integer_null("message_id"))
            .col(big_integer_null("user_id"))
            .col(text_null("payload"))
            .col(moment("created_at"))
            .primary_key(&mut key("pk_room_events", &["room_id", "seq"]))
            .foreign_key(&mut belongs_to("room_events", "room_id", "rooms")),
        vec![index("ix_room_events_created", "room_events", &["created_at", "room_id"])],
    )
    .await
}

async fn reactions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("reactions")
            .col(row_id())
            .col(big_integer("message_id"))
            .col(big_integer("user_id"))
            .col(text("emoji"))
            .col(moment("created_at"))
            .foreign_key(&mut belongs_to("reactions", "message_id", "messages"))
            .foreign_key(&mut belongs_to("reactions", "user_id", "users")),
        vec![
            unique("uq_reactions", "reactions", &["message_id", "user_id", "emoji"]),
            index("ix_reactions_user", "reactions", &["user_id"]),
        ],
    )
    .await
}
