//! The dialects of the WebSocket.

pub mod calls;
pub mod fastroom;
pub mod fastsock;
mod schema;
