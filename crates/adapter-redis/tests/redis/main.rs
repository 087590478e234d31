//! The adapter against real servers.

mod bus;
mod cluster;
mod connect;
mod contract;
mod faults;
mod leftovers;

mod presence;
mod support;
