//! The frames of `/ws`: JSON objects with a `type`. Fields that one does not know are ignored, on both sides.
//!
//! A frame about a room carries its name (`room`) and its number (`room_id`); a client may send either, and the number
//! wins. Frames with a `seq` are durable: they have a place in the room's log, come in that order, and can be fetched
//! again. The others pass by.

mod asyncapi;
mod client;
mod close;
mod code;
mod parts;
mod schema;
mod server;

pub use asyncapi::asyncapi;
pub use client::{ClientFrame, RoomRef};
pub use close::{CLOSE_CODES, CloseCode, Reconnect};
pub use code::ErrorCode;
pub use parts::{
    Banner, BannerUser, Chat, ErrorFrame, HistoryItem, Limits, LossReason, Mark, MemberUpdate, PresenceMode,
    ResetReason, Retry, RetryHint, RoomLabel, System,
};
pub use schema::{client_schema, documents, server_schema};
pub use server::ServerFrame;

/// The WebSocket subprotocol that a client offers to get the answers that only newer clients understand.
pub const SUBPROTOCOL: &str = "hallway.v1";

/// Before the access token in `Sec-WebSocket-Protocol: hallway.v1, bearer.<access token>`.
pub const BEARER_PREFIX: &str = "bearer.";

/// The version in the banner.
pub const VERSION: u32 = 1;

#[cfg(test)]
mod tests;
