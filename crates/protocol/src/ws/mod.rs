//! The dialects of the WebSocket.

pub mod fastroom;
