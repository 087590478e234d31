//! Black-box tests: each boots the real binary on a free port with a data directory of its own, and speaks REST and
//! `/ws` to it as any client would.

#![expect(clippy::disallowed_methods, reason = "tests spawn tasks of their own")]
#![expect(clippy::print_stdout, reason = "shown for tests that fail, and where numbers are of interest")]

mod access;
mod accounts;
mod attachments;
mod bounds;
mod calls;
mod console;
mod crash;
mod direct;
mod erasure;
mod fastroom;
mod fastroom_errors;
mod fastroom_rest;
mod fastsock;
mod fastsock_bounds;
mod fastsock_client;
mod fastsock_flow;
mod fastsock_nodes;
mod files;
mod hangup;
mod highlights;
mod history;
mod holes_accounts;
mod holes_fastsock;
mod holes_fastsock_accounts;
mod holes_rooms;
mod holes_sockets;
mod hostile_files;
mod native;
mod postgres;
mod resume;
mod sends;
mod stopping;
mod support;
mod turn;
