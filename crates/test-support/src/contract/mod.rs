//! One suite per port: every adapter and every fake passes it.

pub mod blobs;
pub mod bus;
mod cases;
pub mod limits;
pub mod lines;
pub mod presence;
pub mod store;
pub mod tickets;
