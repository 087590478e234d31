//! The ports of one process pass the contracts of their ports.

use std::sync::Arc;

use hallway_adapter_local::{LocalBus, LocalPresence, LocalRateLimiter, LocalTickets};
use hallway_domain::ports::{BusSink, EventBus, Presence, RateLimiter, Tickets};

async fn node(sink: Arc<dyn BusSink>) -> Arc<dyn EventBus> {
    let bus = LocalBus::new();
    bus.attach(sink);
    bus
}

async fn nobody() -> Arc<dyn Presence> {
    Arc::new(LocalPresence::new())
}

async fn full_buckets() -> Arc<dyn RateLimiter> {
    Arc::new(LocalRateLimiter::default())
}

async fn no_tickets() -> Arc<dyn Tickets> {
    Arc::new(LocalTickets::default())
}

hallway_test_support::bus_contract!(node);
hallway_test_support::presence_contract!(nobody);
hallway_test_support::limits_contract!(full_buckets);
hallway_test_support::tickets_contract!(no_tickets);
