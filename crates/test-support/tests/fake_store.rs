//! The fake store keeps the contract that the databases keep.

use std::sync::Arc;

use hallway_test_support::contract::store::World;
use hallway_test_support::fakes::FakeStore;

async fn fresh() -> World {
    World::new(Arc::new(FakeStore::default()))
}

hallway_test_support::store_contract!(fresh);
