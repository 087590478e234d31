//! What moderators set for a room, links into it, and which sanctions were seen to their end.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary, boolean, integer, integer_null, text};

use crate::columns::{belongs_to, create, index, moment, moment_null, refers_to, row_id, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Whoever may write: `everyone` or `moderators`.
        add(manager, "rooms", text("posting").default("everyone")).await?;
        add(manager, "rooms", boolean("locked_down").default(false)).await?;
        // 0 is off, for both.
        add(manager, "rooms", integer("min_account_age_seconds").default(0)).await?;
        add(manager, "rooms", integer("join_per_minute").default(0)).await?;
        // When the end of a timed sanction got its line in the audit log.
        add(manager, "sanctions", &mut moment_null("noted_at")).await?;
        manager
            .create_index(
                index("ix_sanctions_unnoted", "sanctions", &["expires_at"])
                    .cond_where(Expr::col("expires_at").is_not_null().and(Expr::col("noted_at").is_null()))
                    .to_owned(),
            )
            .await?;
        // What slow mode and purges ask: what did this member write last?
        manager.create_index(index("ix_messages_by", "messages", &["room_id", "author_id", "seq"])).await?;
        invites(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("invites").to_owned()).await?;
        manager.drop_index(Index::drop().name("ix_messages_by").table("messages").to_owned()).await?;
        manager.drop_index(Index::drop().name("ix_sanctions_unnoted").table("sanctions").to_owned()).await?;
        for (table, column) in [
            ("sanctions", "noted_at"),
            ("rooms", "join_per_minute"),
            ("rooms", "min_account_age_seconds"),
            ("rooms", "locked_down"),
            ("rooms", "posting"),
        ] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

/// One column at a time: SQLite takes no more.
async fn add(manager: &SchemaManager<'_>, table: &'static str, column: &mut ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}

async fn invites(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("invites")
            .col(row_id())
            .col(big_integer("room_id"))
            // SHA-256 of the code: who reads the database gets nowhere.
            .col(binary("code_hash"))
            .col(big_integer_null("created_by"))
            .col(moment("created_at"))
            .col(moment_null("expires_at"))
            .col(integer_null("max_uses"))
            .col(integer("uses"))
            .col(moment_null("revoked_at"))
            .foreign_key(&mut belongs_to("invites", "room_id", "rooms"))
            .foreign_key(&mut refers_to("invites", "created_by", "users")),
        vec![
            unique("uq_invites_code", "invites", &["code_hash"]),
            index("ix_invites_room", "invites", &["room_id", "id"]),
            index("ix_invites_by", "invites", &["created_by"]),
        ],
    )
    .await
}
