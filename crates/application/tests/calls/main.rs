//! Calls over fakes.

mod crossing;
mod endings;
mod phones;
mod schedules;
mod talking;
#[expect(dead_code, reason = "made for the use cases, which use all of it")]
#[path = "../use_cases/world.rs"]
mod world;
