//! Black-box tests: each boots the real binary on a free port with a data directory of its own, and speaks REST and
//! `/ws` to it as any client would.

#![expect(clippy::disallowed_methods, reason = "tests spawn tasks of their own")]
#![expect(clippy::print_stdout, reason = "shown for tests that fail, and where numbers are of interest")]

mod access;
mod bounds;
mod crash;
mod fastroom;
mod fastroom_errors;
mod fastroom_rest;
mod files;
mod hangup;
mod history;
mod holes_accounts;
mod holes_rooms;
mod holes_sockets;
mod native;
mod postgres;
mod resume;
mod sends;
mod stopping;
mod support;
