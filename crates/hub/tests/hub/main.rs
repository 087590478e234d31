//! The hub from outside: what reaches mailboxes, and what must not.

mod bounds;
mod delivery;
mod interleaving;
mod repair;
mod revocation;
mod support;
mod watching;
