//! Calls between two users, and who is in one.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, integer, text, text_null, uuid, uuid_null};

use crate::columns::{belongs_to, create, drop_all, index, moment, moment_null, refers_to, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        calls(manager).await?;
        call_slots(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["calls", "call_slots"]).await
    }
}

/// `status` is ringing or active while the call lives, and says how it ended from then on. A pair has one live call.
async fn calls(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let live = || Expr::col("ended_at").is_null();
    create(
        manager,
        Table::create()
            .table("calls")
            .col(ColumnDef::new("id").text().not_null().primary_key().take())
            .col(big_integer_null("room_id"))
            .col(big_integer("caller_id"))
            .col(big_integer("callee_id"))
            // Both ids, the smaller one first.
            .col(text("pair"))
            .col(text("status"))
            .col(text_null("reason"))
            .col(text_null("ended_by"))
            .col(boolean("audio"))
            .col(boolean("video"))
            .col(uuid("caller_device"))
            .col(uuid_null("callee_device"))
            // Devices of the callee, with commas.
            .col(text("rung"))
            .col(text("busy"))
            .col(text("excused"))
            .col(integer("epoch"))
            .col(big_integer("version"))
            .col(moment("created_at"))
            .col(moment_null("rings_until"))
            .col(moment_null("accepted_at"))
            .col(moment_null("connected_at"))
            .col(moment_null("caller_lost"))
            .col(moment_null("callee_lost"))
            .col(moment_null("ended_at"))
            .col(moment_null("deadline_at"))
            .foreign_key(&mut refers_to("calls", "room_id", "rooms"))
            .foreign_key(&mut belongs_to("calls", "caller_id", "users"))
            .foreign_key(&mut belongs_to("calls", "callee_id", "users")),
        vec![
            unique("uq_calls_live", "calls", &["pair"]).cond_where(live()).to_owned(),
            index("ix_calls_deadline", "calls", &["deadline_at"]).cond_where(live()).to_owned(),
            index("ix_calls_caller", "calls", &["caller_id", "created_at", "id"]),
            index("ix_calls_callee", "calls", &["callee_id", "created_at", "id"]),
            index("ix_calls_room", "calls", &["room_id"]),
        ],
    )
    .await
}

/// The call that a user is in: as its caller, or since they answered it.
async fn call_slots(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        Table::create()
            .table("call_slots")
            .col(ColumnDef::new("user_id").big_integer().not_null().primary_key().take())
            .col(text("call_id"))
            .foreign_key(&mut belongs_to("call_slots", "user_id", "users"))
            .foreign_key(&mut belongs_to("call_slots", "call_id", "calls")),
        vec![index("ix_call_slots_call", "call_slots", &["call_id"])],
    )
    .await
}
