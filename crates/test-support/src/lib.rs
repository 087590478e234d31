//! What tests share: fakes that behave, one contract suite per port, builders, and real services.

pub mod contract;
pub mod fakes;
#[cfg(feature = "services")]
pub mod services;
