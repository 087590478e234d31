//! Faults under load: real server processes, a real PostgreSQL and Redis, a real balancer, and clients that behave. What
//! every client did and saw goes to the checker, which decides whether anything was lost, doubled, reordered, leaked or
//! wrongly shown as present. `HALLWAY_SOAK_*` makes the runs longer; see `plan.rs`.

#![expect(clippy::disallowed_methods, reason = "tests spawn tasks of their own, and read how long to run")]
#![expect(clippy::print_stdout, reason = "the numbers of a run are of interest")]

mod balancer;
mod client;
mod cluster;
mod degraded;
mod faults;
mod frozen;
mod guests;
mod many_nodes;
mod moderator;
mod one_node;
mod outcome;
mod plan;
mod proxy;
mod results;
mod run;
#[expect(dead_code, unused_imports, reason = "made for the black-box tests, which use all of it")]
#[path = "../blackbox/support/mod.rs"]
mod support;
