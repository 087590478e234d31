//! The fastroom dialect: what its frames mean, and how to say things in it.
//!
//! In: [`decode`] turns a text frame into a [`Command`] of parsed values. Out: [`FastroomEncoder`] is what the hub asks;
//! [`reply`] answers one connection; [`failure`] says what went wrong. Everything that goes out is bytes with
//! WebSocket frame headers.

mod close;
mod command;
mod decode;
mod encode;
pub mod failure;
mod fields;
mod frames;
pub mod reply;
mod wire;

use hallway_hub::Dialect;

pub use close::{close, refusal};
pub use command::{Command, FrameKind, Origin, RoomRef};
pub use decode::{DecodeError, Rules, decode};
pub use encode::FastroomEncoder;

/// Connections that agreed no subprotocol: FastRoom's own clients and scripts.
pub const PLAIN: Dialect = Dialect(0);

/// Connections that agreed `hallway.v1`.
pub const NATIVE: Dialect = Dialect(1);

#[cfg(test)]
mod tests;
