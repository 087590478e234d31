//! The store's contract on SQLite, in a file.

mod support;

use support::sqlite_world;

hallway_test_support::store_contract!(sqlite_world);
