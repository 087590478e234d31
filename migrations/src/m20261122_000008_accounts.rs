//! Whom a user does not want to hear from, second factors, and accounts that are going for good.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary};

use crate::columns::{belongs_to, create, drop_all, index, key, moment, moment_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        blocks(manager).await?;
        erasures(manager).await?;
        second_factors(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["blocks", "erasures", "second_factors", "recovery_codes"]).await
    }
}

async fn blocks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("blocks")
            .col(big_integer("user_id"))
            .col(big_integer("blocked_id"))
            .col(moment("created_at"))
            .primary_key(&mut key("pk_blocks", &["user_id", "blocked_id"]))
            .foreign_key(&mut belongs_to("blocks", "user_id", "users"))
            .foreign_key(&mut belongs_to("blocks", "blocked_id", "users")),
        vec![index("ix_blocks_blocked", "blocks", &["blocked_id", "user_id"])],
    )
    .await
}

/// Goes with the account: what is in here is still to be done.
async fn erasures(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("erasures")
            .col(ColumnDef::new("user_id").big_integer().not_null().primary_key().take())
            .col(moment("requested_at"))
            .foreign_key(&mut belongs_to("erasures", "user_id", "users")),
        vec![],
    )
    .await
}

/// The secret has to be known to compute codes. Of recovery codes there are only hashes.
async fn second_factors(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("second_factors")
            .col(ColumnDef::new("user_id").big_integer().not_null().primary_key().take())
            .col(binary("secret"))
            .col(moment_null("confirmed_at"))
            .col(big_integer("last_step"))
            .foreign_key(&mut belongs_to("second_factors", "user_id", "users")),
        vec![],
    )
    .await?;
    create(
        manager,
        Table::create()
            .table("recovery_codes")
            .col(big_integer("user_id"))
            .col(binary("hash"))
            .primary_key(&mut key("pk_recovery_codes", &["user_id", "hash"]))
            .foreign_key(&mut belongs_to("recovery_codes", "user_id", "users")),
        vec![],
    )
    .await
}
