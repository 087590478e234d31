//! What tests share: fakes that behave, one contract suite per port, the checker of histories, and real services.

pub mod checker;
pub mod contract;
pub mod fakes;
#[cfg(feature = "services")]
pub mod services;
