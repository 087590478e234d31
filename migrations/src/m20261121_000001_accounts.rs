//! Accounts, logins and their refresh tokens.

#![expect(elided_lifetimes_in_paths, reason = "as the trait writes them: async_trait compares lifetimes")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, boolean, pk_uuid, text, text_null, uuid, uuid_null};

use crate::columns::{belongs_to, create, drop_all, index, moment, moment_null, row_id, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            Table::create()
                .table("users")
                .col(row_id())
                .col(text("username"))
                .col(text_null("email"))
                .col(text_null("full_name"))
                // Username and full name in lower case, one per line: what a search looks through, the same way in
                // both databases (SQLite itself folds only ASCII).
                .col(text("search"))
                .col(text("password_hash"))
                .col(boolean("disabled"))
                .col(boolean("is_admin"))
                .col(moment("created_at")),
            vec![unique("uq_users_username", "users", &["username"]), unique("uq_users_email", "users", &["email"])],
        )
        .await?;

        create(
            manager,
            Table::create()
                .table("sessions")
                .col(pk_uuid("id"))
                .col(big_integer("user_id"))
                .col(text_null("user_agent"))
                .col(text_null("ip"))
                .col(moment("created_at"))
                .col(moment("last_used_at"))
                .col(moment("expires_at"))
                .col(moment_null("revoked_at"))
                .foreign_key(&mut belongs_to("sessions", "user_id", "users")),
            vec![
                index("ix_sessions_user", "sessions", &["user_id", "last_used_at"]),
                index("ix_sessions_expires", "sessions", &["expires_at"]),
                index("ix_sessions_revoked", "sessions", &["revoked_at"]),
            ],
        )
        .await?;

        create(
            manager,
            Table::create()
                .table("refresh_tokens")
                .col(pk_uuid("id"))
                .col(uuid("session_id"))
                // No foreign key: a chain is still to be followed when retention has taken its first links.
                .col(uuid_null("parent_id"))
                .col(binary("token_hash"))
                .col(moment("created_at"))
                .col(moment("expires_at"))
                .col(moment_null("used_at"))
                .foreign_key(&mut belongs_to("refresh_tokens", "session_id", "sessions")),
            vec![
                index("ix_refresh_tokens_session", "refresh_tokens", &["session_id"]),
                index("ix_refresh_tokens_expires", "refresh_tokens", &["expires_at"]),
                unique("uq_refresh_tokens_parent", "refresh_tokens", &["parent_id"]),
                unique("uq_refresh_tokens_hash", "refresh_tokens", &["token_hash"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["users", "sessions", "refresh_tokens"]).await
    }
}
