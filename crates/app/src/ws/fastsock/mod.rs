//! The fastsock dialect: what its events mean, and how to say things in it.
//!
//! In: [`decode`] turns a text frame into a [`Command`] of parsed values. Out: [`FastsockEncoder`] is what the hub asks;
//! [`reply`] answers one connection. Everything that goes out is bytes with WebSocket frame headers.

mod close;
mod command;
mod decode;
mod encode;
mod frames;
mod links;
pub mod reply;

use hallway_hub::Dialect;

pub use close::close;
pub use command::{Command, Event, Receipt, Target};
pub use decode::{Undecodable, decode};
pub use encode::FastsockEncoder;
pub(crate) use frames::{message, user};
pub use links::UploadLinks;

/// Connections of FastSock's clients.
pub const FASTSOCK: Dialect = Dialect(2);

#[cfg(test)]
mod tests;
