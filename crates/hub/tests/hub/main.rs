//! The hub from outside: what reaches mailboxes, and what must not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bounds;
mod catch_up;
mod delivery;
mod direct;
mod everywhere;
mod healing;
mod interleaving;
mod own_channel;
mod present;
mod recount;
mod repair;
mod revocation;
mod rights;
mod support;
mod watching;
