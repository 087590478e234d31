//! The schema, as one list of migrations for SQLite and PostgreSQL. `README.md` here says how to add one.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod columns;
mod m20261121_000001_accounts;
mod m20261121_000002_rooms;
mod m20261121_000003_messages;
mod m20261121_000004_conversations;
mod m20261122_000005_attachments;
mod m20261122_000006_search;
mod m20261122_000007_moderation;
mod m20261122_000008_accounts;
mod m20261122_000009_review;
mod m20261122_000011_calls;

/// All migrations, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_accounts::Migration),
            Box::new(m20261121_000002_rooms::Migration),
            Box::new(m20261121_000003_messages::Migration),
            Box::new(m20261121_000004_conversations::Migration),
            Box::new(m20261122_000005_attachments::Migration),
            Box::new(m20261122_000006_search::Migration),
            Box::new(m20261122_000007_moderation::Migration),
            Box::new(m20261122_000008_accounts::Migration),
            Box::new(m20261122_000009_review::Migration),
            Box::new(m20261122_000011_calls::Migration),
        ]
    }
}

/// The names of all migrations, oldest first.
#[must_use]
pub fn names() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}
