//! The tables, one file each. Rows stay in this crate: `convert` makes entities of the domain from them.

#![expect(unreachable_pub, reason = "the derive makes public items around these")]

pub(crate) mod attachments;
pub(crate) mod audit_log;
pub(crate) mod blob_graves;
pub(crate) mod blobs;
pub(crate) mod blocks;
pub(crate) mod call_slots;
pub(crate) mod calls;
pub(crate) mod erasures;
pub(crate) mod held_messages;
pub(crate) mod invites;
pub(crate) mod memberships;
pub(crate) mod mentions;
pub(crate) mod message_search;
pub(crate) mod messages;
pub(crate) mod pins;
pub(crate) mod reactions;
pub(crate) mod recovery_codes;
pub(crate) mod refresh_tokens;
pub(crate) mod reports;
pub(crate) mod room_events;
pub(crate) mod room_filters;
pub(crate) mod rooms;
pub(crate) mod sanctions;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod users;
pub(crate) mod word_filters;
