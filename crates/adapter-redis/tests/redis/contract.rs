//! One node over Redis passes the contracts of its ports.

use std::sync::Arc;

use crate::support::{options, shared};
use hallway_domain::ports::{BusSink, CallLines, EventBus, Presence, RateLimiter, Tickets};

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

async fn no_lines() -> Arc<dyn CallLines> {
    shared(&options()).await.lines()
}

hallway_test_support::bus_contract!(node);
hallway_test_support::lines_contract!(no_lines);
hallway_test_support::presence_contract!(nobody);
hallway_test_support::limits_contract!(full_buckets);
hallway_test_support::tickets_contract!(no_tickets);

/// The same over a cluster of three masters.
mod clustered {
    use std::sync::Arc;

    use hallway_adapter_redis::RedisNode;
    use hallway_domain::ports::{BusSink, CallLines, EventBus, Presence, RateLimiter, Tickets};
    use tokio::sync::OnceCell;

    use crate::cluster::Cluster;
    use crate::support::{options_at, shared};

    /// Ends with the process: its shells do.
    async fn anew() -> RedisNode {
        static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
        let cluster = CLUSTER.get_or_init(Cluster::start).await;
        shared(&options_at(&cluster.url("redis-cluster"))).await
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

    async fn no_lines() -> Arc<dyn CallLines> {
        anew().await.lines()
    }

    hallway_test_support::bus_contract!(node);
    hallway_test_support::lines_contract!(no_lines);
    hallway_test_support::presence_contract!(nobody);
    hallway_test_support::limits_contract!(full_buckets);
    hallway_test_support::tickets_contract!(no_tickets);
}
