//! Ports that behave, in memory, and that a test can steer. Presence, limits, tickets and a bus that delivers need no
//! fake: `hallway-adapter-local` is them.

mod ambient;
mod auth;
mod bus;
mod store;

pub use ambient::{FakeClock, FakeIds};
pub use auth::{FakeCodes, FakeHasher, FakeTokens};
pub use bus::FakeBus;
pub use store::{CommitFailure, FakeStore};
