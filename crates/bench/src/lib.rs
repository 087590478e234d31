//! The load tool `hallway-load`. Benches of the parts are in `benches`, what counts instead of measuring is in
//! `tests/complexity`.

pub mod load;
