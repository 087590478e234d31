//! The adapter against real servers.

mod bus;
mod connect;
mod contract;
mod presence;
mod support;
