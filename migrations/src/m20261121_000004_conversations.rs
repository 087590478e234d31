//! What stands out of a conversation: who is mentioned, and what is pinned.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null};

use crate::columns::{belongs_to, create, drop_all, index, key, moment, refers_to};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        mentions(manager).await?;
        pins(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["mentions", "pins"]).await
    }
}

/// User 0 is everybody in the room. The author is here too, so that counting touches no message; ids of users are never
/// given again, so neither of the two needs a foreign key.
async fn mentions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("mentions")
            .col(big_integer("room_id"))
            .col(big_integer("user_id"))
            .col(big_integer("seq"))
            .col(big_integer("message_id"))
            .col(big_integer("author_id"))
            .primary_key(&mut key("pk_mentions", &["room_id", "user_id", "seq"]))
            .foreign_key(&mut belongs_to("mentions", "room_id", "rooms"))
            .foreign_key(&mut belongs_to("mentions", "message_id", "messages")),
        vec![index("ix_mentions_message", "mentions", &["message_id"])],
    )
    .await
}

async fn pins(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("pins")
            .col(big_integer("message_id"))
            .col(big_integer("room_id"))
            .col(big_integer_null("pinned_by"))
            .col(moment("pinned_at"))
            .primary_key(&mut key("pk_pins", &["message_id"]))
            .foreign_key(&mut belongs_to("pins", "message_id", "messages"))
            .foreign_key(&mut belongs_to("pins", "room_id", "rooms"))
            .foreign_key(&mut refers_to("pins", "pinned_by", "users")),
        vec![
            index("ix_pins_room", "pins", &["room_id", "pinned_at", "message_id"]),
            index("ix_pins_pinned_by", "pins", &["pinned_by"]),
        ],
    )
    .await
}
