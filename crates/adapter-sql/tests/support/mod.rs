//! Databases to test with.
#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "not every test needs all of it")]

use std::sync::Arc;

use hallway_adapter_sql::{SqlOptions, SqlStore, sqlite_url};
use hallway_test_support::contract::store::World;
use hallway_test_support::services::postgres;
use tempfile::TempDir;

/// A SQLite file that does not exist yet, in a directory of its own.
pub fn sqlite() -> (SqlOptions, TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    // Characters that a URL must not take for its own.
    let path = directory.path().join("hall way %?#.db");
    (SqlOptions::new(sqlite_url(&path)), directory)
}

pub async fn sqlite_world() -> World {
    let (options, directory) = sqlite();
    SqlStore::migrate(&options).await.expect("migrate");
    let store = SqlStore::connect(&options).await.expect("connect");
    World::keeping(Arc::new(store), directory)
}

pub async fn postgres_world() -> World {
    let database = postgres::migrated().await;
    let store = SqlStore::connect(&SqlOptions::new(database.url())).await.expect("connect");
    World::keeping(Arc::new(store), database)
}
