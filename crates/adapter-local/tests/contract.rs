//! The ports of one process pass the contracts of their ports.

use std::sync::Arc;

use hallway_adapter_local::{FallbackLimiter, LocalBus, LocalCallLines, LocalPresence, LocalRateLimiter, LocalTickets};
use hallway_domain::Timestamp;
use hallway_domain::ports::{BusSink, CallLines, EventBus, LimitError, Limited, Presence, Rate, RateLimiter, Tickets};

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

/// Never answers.
struct Away;

#[async_trait::async_trait]
impl RateLimiter for Away {
    async fn take(&self, _: &str, _: Rate, _: Timestamp) -> Result<Result<(), Limited>, LimitError> {
        Err(LimitError("away".to_owned()))
    }

    async fn forget(&self, _: &str) -> Result<(), LimitError> {
        Err(LimitError("away".to_owned()))
    }
}

mod alone {
    use super::*;

    async fn nobody_else() -> Arc<dyn RateLimiter> {
        Arc::new(FallbackLimiter::new(Arc::new(Away), LocalRateLimiter::default()))
    }

    hallway_test_support::limits_contract!(nobody_else);
}

async fn no_tickets() -> Arc<dyn Tickets> {
    Arc::new(LocalTickets::default())
}

async fn no_lines() -> Arc<dyn CallLines> {
    Arc::new(LocalCallLines::default())
}

hallway_test_support::bus_contract!(node);
hallway_test_support::lines_contract!(no_lines);
hallway_test_support::presence_contract!(nobody);
hallway_test_support::limits_contract!(full_buckets);
hallway_test_support::tickets_contract!(no_tickets);
