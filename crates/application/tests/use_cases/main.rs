//! The use cases over fakes.

mod accounts;
mod limits;
mod messages;
mod moderation;
mod presence;
mod rooms;
mod sessions;
mod succession;
mod world;
mod writer;
