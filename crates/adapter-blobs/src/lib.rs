//! Files behind [`BlobStore`](hallway_domain::ports::BlobStore) and [`Intake`](hallway_domain::ports::Intake).
//!
//! * [`ObjectBlobs`] keeps them: on a local disk, in memory (tests), or in a store that speaks S3.
//! * [`DiskIntake`] receives uploads in a directory of its own, finds out what they are by their first bytes, and
//!   writes images anew. What was left there by a crash goes at the next start.

mod image;
mod intake;
mod objects;
mod sniff;
mod staged;

pub use image::ImageLimits;
pub use intake::{DiskIntake, IntakeOptions};
pub use objects::{ObjectBlobs, S3Options};
