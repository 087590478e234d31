//! The ports of a single process: what a standalone server runs on, and what tests run on without a network.
//!
//! [`LocalBus`] hands every batch to this process's one sink, in the order of publishing; [`LocalPresence`],
//! [`LocalRateLimiter`] and [`LocalTickets`] keep their state in memory, each bounded; [`FallbackLimiter`] takes the
//! limiter's place where several nodes share one that may be away. [`SystemClock`] and
//! [`SystemIds`] are the real time and randomness, for one process or many.

mod ambient;
mod bus;
mod fallback;
mod limits;
mod lines;
mod presence;
mod tickets;

pub use ambient::{SystemClock, SystemIds};
pub use bus::LocalBus;
pub use fallback::FallbackLimiter;
pub use limits::LocalRateLimiter;
pub use lines::LocalCallLines;
pub use presence::LocalPresence;
pub use tickets::LocalTickets;
