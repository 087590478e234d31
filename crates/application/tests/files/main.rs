//! Files of messages, from their upload to their end.

mod collection;
mod rights;
mod sending;
mod uploads;
mod world;
