//! Rooms, who belongs to them, and what was decided about members.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, text, text_null};

use crate::columns::{belongs_to, create, drop_all, index, key, moment, moment_null, refers_to, row_id, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rooms(manager).await?;
        memberships(manager).await?;
        sanctions(manager).await?;
        audit_log(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["rooms", "memberships", "sanctions", "audit_log"]).await
    }
}

async fn rooms(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("rooms")
            .col(row_id())
            .col(text("kind"))
            .col(text_null("name"))
            // The name in lower case, for search.
            .col(text("search"))
            .col(text_null("topic"))
            // The ordered pair of users of a direct conversation.
            .col(text_null("direct_key"))
            .col(big_integer_null("created_by"))
            .col(moment("created_at"))
            .col(big_integer("epoch"))
            .col(big_integer("last_seq"))
            .col(integer("slow_mode_seconds"))
            .col(moment_null("archived_at"))
            .foreign_key(&mut refers_to("rooms", "created_by", "users")),
        vec![
            unique("uq_rooms_name", "rooms", &["name"]),
            unique("uq_rooms_direct_key", "rooms", &["direct_key"]),
            index("ix_rooms_created", "rooms", &["created_at", "id"]),
            index("ix_rooms_created_by", "rooms", &["created_by"]),
        ],
    )
    .await
}

async fn memberships(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("memberships")
            .col(big_integer("room_id"))
            .col(big_integer("user_id"))
            .col(text("role"))
            .col(moment("joined_at"))
            .col(big_integer("last_read_seq"))
            .col(big_integer("last_delivered_seq"))
            .col(text("notify"))
            .primary_key(&mut key("pk_memberships", &["room_id", "user_id"]))
            .foreign_key(&mut belongs_to("memberships", "room_id", "rooms"))
            .foreign_key(&mut belongs_to("memberships", "user_id", "users")),
        vec![
            index("ix_memberships_user", "memberships", &["user_id", "room_id"]),
            index("ix_memberships_joined", "memberships", &["room_id", "joined_at", "user_id"]),
        ],
    )
    .await
}

async fn sanctions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("sanctions")
            .col(row_id())
            .col(big_integer("room_id"))
            .col(big_integer("user_id"))
            .col(text("kind"))
            .col(text_null("reason"))
            .col(big_integer_null("by_id"))
            .col(moment("created_at"))
            .col(moment_null("expires_at"))
            .col(moment_null("lifted_at"))
            .foreign_key(&mut belongs_to("sanctions", "room_id", "rooms"))
            .foreign_key(&mut belongs_to("sanctions", "user_id", "users"))
            .foreign_key(&mut refers_to("sanctions", "by_id", "users")),
        vec![
            index("ix_sanctions_room_user", "sanctions", &["room_id", "user_id"]),
            index("ix_sanctions_user", "sanctions", &["user_id"]),
            index("ix_sanctions_by", "sanctions", &["by_id"]),
        ],
    )
    .await
}

/// No foreign keys: a line outlives the room and the users that it names. Their ids are never given again.
async fn audit_log(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("audit_log")
            .col(row_id())
            .col(big_integer_null("room_id"))
            .col(big_integer_null("actor_id"))
            .col(big_integer_null("target_id"))
            .col(text("action"))
            .col(text_null("reason"))
            .col(text_null("details"))
            .col(moment("created_at")),
        vec![
            index("ix_audit_log_room", "audit_log", &["room_id", "id"]),
            index("ix_audit_log_created", "audit_log", &["created_at"]),
        ],
    )
    .await
}
