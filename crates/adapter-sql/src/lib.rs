//! PostgreSQL and SQLite behind [`Store`](hallway_domain::ports::Store), with the same code.
//!
//! * [`SqlOptions`] say which database and how much of it; [`SqlStore::migrate`] brings its schema up to date,
//!   [`SqlStore::connect`] opens the two doors: `begin` for units of work, `queries` for single reads.
//! * Writers and readers have pools of their own, so that reads never queue behind writers. SQLite has one writer: units
//!   wait for it in the order in which they began, begin `IMMEDIATE`, and are on disk when they have committed.
//! * What the writer of message batches calls is one statement each, up to [`SqlStore::BATCH`] items.
//! * Rows become entities in `convert`, which may fail: a row that no version of this program writes is
//!   `StoreError::Corrupt`, not a panic.

mod batch;
mod connect;
mod convert;
mod doubt;
mod entities;
mod errors;
mod message_index;
mod migrate;
mod options;
mod payload;
#[cfg(test)]
mod plans;
mod queries;
mod search;
mod statement;
mod store;
mod units;

pub use options::{SqlOptions, sqlite_url};
pub use store::{SqlStore, StatementInfo};
