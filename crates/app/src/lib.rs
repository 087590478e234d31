//! The Hallway server: configuration, wiring, REST, sockets and the web app around the use cases.

mod background;
mod cli;
mod config;
mod console;
mod error;
mod files;
mod ice;
mod links;
mod logging;
mod problem;
mod rest;
mod server;
mod settings;
mod spa;
mod state;
mod wiring;
pub mod ws;

pub use cli::run;
