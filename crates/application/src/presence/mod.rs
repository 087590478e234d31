//! Who is in a room, and who is typing.

mod announce;
mod attend;
mod online;
mod sweep;
mod typing;

use crate::context::Context;

/// Who is in a room, and who is typing.
pub struct Attendance<'a> {
    pub(crate) context: &'a Context,
}
