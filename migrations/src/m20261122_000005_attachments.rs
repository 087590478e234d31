//! Files of messages, and the blobs that hold what is in them.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, integer_null, text, text_null};

use crate::columns::{belongs_to, create, drop_all, index, moment, row_id, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        blobs(manager).await?;
        graves(manager).await?;
        attachments(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["blobs", "blob_graves", "attachments"]).await
    }
}

/// `touched_at` is when content was last uploaded: a blob without files is collected some time after that.
async fn blobs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("blobs")
            .col(row_id())
            .col(text("hash"))
            .col(big_integer("size"))
            .col(moment("touched_at")),
        vec![unique("uq_blobs_hash", "blobs", &["hash"]), index("ix_blobs_touched", "blobs", &["touched_at"])],
    )
    .await
}

/// Blobs that were given up and are still to be removed from where they are kept.
async fn graves(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("blob_graves")
            .col(ColumnDef::new("id").big_integer().not_null().primary_key().take())
            .col(text("hash")),
        vec![],
    )
    .await
}

/// A file goes with its owner, its room and its message. Its blobs stay until they are collected, and cannot be while
/// it is there.
async fn attachments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let holds = |column: &'static str| {
        ForeignKey::create()
            .name(format!("fk_attachments_{column}"))
            .from("attachments", column)
            .to("blobs", "id")
            .on_delete(ForeignKeyAction::Restrict)
            .to_owned()
    };
    create(
        manager,
        Table::create()
            .table("attachments")
            .col(row_id())
            .col(big_integer("owner_id"))
            .col(big_integer_null("room_id"))
            .col(big_integer_null("message_id"))
            .col(integer("position"))
            .col(big_integer("blob_id"))
            .col(big_integer_null("thumbnail_id"))
            .col(text("name"))
            .col(text("content_type"))
            .col(big_integer("size"))
            .col(integer_null("width"))
            .col(integer_null("height"))
            .col(text_null("blurhash"))
            .col(moment("created_at"))
            .foreign_key(&mut belongs_to("attachments", "owner_id", "users"))
            .foreign_key(&mut belongs_to("attachments", "room_id", "rooms"))
            .foreign_key(&mut belongs_to("attachments", "message_id", "messages"))
            .foreign_key(&mut holds("blob_id"))
            .foreign_key(&mut holds("thumbnail_id")),
        vec![
            // What lists read.
            index("ix_attachments_message", "attachments", &["message_id", "position"]),
            // What a quota adds up, without touching a row.
            index("ix_attachments_owner", "attachments", &["owner_id", "size"]),
            index("ix_attachments_room", "attachments", &["room_id"]),
            index("ix_attachments_blob", "attachments", &["blob_id"]),
            index("ix_attachments_thumbnail", "attachments", &["thumbnail_id"])
                .cond_where(Expr::col("thumbnail_id").is_not_null())
                .to_owned(),
            // What waits for its message.
            index("ix_attachments_pending", "attachments", &["created_at"])
                .cond_where(Expr::col("message_id").is_null())
                .to_owned(),
        ],
    )
    .await
}
