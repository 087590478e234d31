//! The ports of many nodes behind one load balancer, over Redis 7 or newer: a single server or a cluster.
//!
//! [`RedisNode::connect`] gives one node's [`RedisBus`], [`RedisPresence`], [`RedisRateLimiter`] and [`RedisTickets`].
//! Every command is bounded in time, and fails at once while Redis is known not to answer. None of it is a store: Redis
//! may be restarted or flushed at any time. The bus says so ([`BusSink::interrupted`](hallway_domain::ports::BusSink)),
//! and the log in the database heals what was missed; presence is entered again from what each node knows of its own
//! connections.
//!
//! Metrics:
//! - `hallway_bus_publish_failures_total`: batches that could not be handed to Redis
//! - `hallway_bus_local_items_total`: items that this node gave to itself instead
//! - `hallway_bus_interruptions_total`: times that something may have been missed
//! - `hallway_bus_unknown_items_total`: items that only a newer release understands
//! - `hallway_bus_followed_rooms`: rooms that this node follows
//! - `hallway_presence_reentries_total`: times that this node entered all of its connections again
//! - `hallway_redis_failures_total`: commands that failed or took too long

mod bus;
mod envelope;
mod limits;
mod lines;
mod link;
mod meter;
mod names;
mod node;
mod options;
mod presence;
mod tickets;

pub use bus::RedisBus;
pub use limits::RedisRateLimiter;
pub use lines::RedisCallLines;
pub use node::RedisNode;
pub use options::{ConnectError, RedisOptions};
pub use presence::RedisPresence;
pub use tickets::RedisTickets;
