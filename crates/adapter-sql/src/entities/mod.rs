//! The tables, one file each. Rows stay in this crate: `convert` makes entities of the domain from them.

#![expect(unreachable_pub, reason = "the derive makes public items around these")]

pub(crate) mod audit_log;
pub(crate) mod memberships;
pub(crate) mod messages;
pub(crate) mod reactions;
pub(crate) mod refresh_tokens;
pub(crate) mod room_events;
pub(crate) mod rooms;
pub(crate) mod sanctions;
pub(crate) mod sessions;
pub(crate) mod users;
