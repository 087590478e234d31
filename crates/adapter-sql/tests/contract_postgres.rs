//! The store's contract on PostgreSQL.

mod support;

use support::postgres_world;

hallway_test_support::store_contract!(postgres_world);
