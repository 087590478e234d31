//! What crosses the wire, and nothing else: serde types of REST and of the WebSocket dialects, with their schemas.
//! For the server, for clients and for the load tool; it depends on none of Hallway's other crates.
//!
//! * [`rest`]: bodies, queries and answers, with the OpenAPI schema of each.
//! * [`ws::fastroom`]: the frames of `/ws`, with JSON Schemas and an AsyncAPI document.
//!
//! Text here is text as it came. Whoever takes it in parses it into types of its own before looking at it.

pub mod rest;
mod secret;
mod shared;
mod timestamp;
pub mod ws;

pub use secret::Secret;
pub use shared::{MessageKind, Reaction, Reply, Role, RoomKind};
pub use timestamp::Timestamp;
