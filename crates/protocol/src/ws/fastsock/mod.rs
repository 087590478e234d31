//! The frames of `/api/v1/ws/chat`, as FastSock's clients speak them: `{"event": .., "data": ..}`. Fields that one does
//! not know are ignored, on both sides; events that the server does not know are passed over in silence.
//!
//! A message names its sender and either the other side of a direct conversation (`receiver_id`) or the room
//! (`room_id`); the one that does not apply is null.

mod client;
mod parts;
mod schema;
mod server;

pub use client::{ClientEvent, Delivered, React, Read, Send, Typing};
pub use parts::{
    ErrorFrame, MessageDelete, MessageError, MessageType, MessageUpdate, Receipt, Received, Sent, SentStatus, Status,
    TypingNotice,
};
pub use schema::{client_schema, documents, server_schema};
pub use server::ServerEvent;

/// What a frame that is no event is answered with.
pub const INVALID_JSON: &str = "Invalid JSON format";

#[cfg(test)]
mod tests;
