//! What crosses the wire, and nothing else: serde types of REST and of the WebSocket dialects, with their schemas.
//! For the server, for clients and for the load tool; it depends on none of Hallway's other crates.
//!
//! * [`rest`]: bodies, queries and answers, with the OpenAPI schema of each.
//! * [`ws::fastroom`]: the frames of `/ws`, with JSON Schemas and an AsyncAPI document.
//! * [`ws::fastsock`]: the frames of `/api/v1/ws/chat`, with JSON Schemas.
//!
//! Text here is text as it came. Whoever takes it in parses it into types of its own before looking at it.

pub mod rest;
mod secret;
mod shared;
mod timestamp;
pub mod ws;

pub use secret::Secret;
pub use shared::{MessageKind, NotifyLevel, Posting, Reaction, Reply, Role, RoomKind};
pub use timestamp::Timestamp;
