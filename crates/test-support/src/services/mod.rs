//! Real services for tests, behind the feature `services`.

pub mod postgres;
