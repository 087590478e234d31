//! One node over Redis passes the contracts of its ports.

use std::sync::Arc;

use crate::support::{options, shared};
use hallway_domain::ports::{BusSink, EventBus, Presence, RateLimiter, Tickets};

async fn node(sink: Arc<dyn BusSink>) -> Arc<dyn EventBus> {
    let bus = shared(&options()).await.bus();
    bus.attach(sink);
    bus
}

async fn nobody() -> Arc<dyn Presence> {
    shared(&options()).await.presence()
}

async fn full_buckets() -> Arc<dyn RateLimiter> {
    shared(&options()).await.limiter()
}

async fn no_tickets() -> Arc<dyn Tickets> {
    shared(&options()).await.tickets()
}

hallway_test_support::bus_contract!(node);
hallway_test_support::presence_contract!(nobody);
hallway_test_support::limits_contract!(full_buckets);
hallway_test_support::tickets_contract!(no_tickets);

/// One server that owns every slot refuses what would not work on a larger cluster either: a script over keys of two
/// slots.
mod clustered {
    use std::sync::Arc;

    use hallway_adapter_redis::RedisNode;
    use hallway_domain::ports::{BusSink, EventBus, Presence, RateLimiter, Tickets};
    use hallway_test_support::services::redis::OwnServer;
    use tokio::sync::OnceCell;

    use crate::support::{cluster, options_at, shared};

    /// Ends with the process: its shell does.
    async fn anew() -> RedisNode {
        static SERVER: OnceCell<OwnServer> = OnceCell::const_new();
        let server = SERVER.get_or_init(cluster).await;
        shared(&options_at(&server.url().replace("redis", "redis-cluster"))).await
    }

    async fn node(sink: Arc<dyn BusSink>) -> Arc<dyn EventBus> {
        let bus = anew().await.bus();
        bus.attach(sink);
        bus
    }

    async fn nobody() -> Arc<dyn Presence> {
        anew().await.presence()
    }

    async fn full_buckets() -> Arc<dyn RateLimiter> {
        anew().await.limiter()
    }

    async fn no_tickets() -> Arc<dyn Tickets> {
        anew().await.tickets()
    }

    hallway_test_support::bus_contract!(node);
    hallway_test_support::presence_contract!(nobody);
    hallway_test_support::limits_contract!(full_buckets);
    hallway_test_support::tickets_contract!(no_tickets);
}
