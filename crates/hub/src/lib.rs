//! This node's live connections. A topic per followed room puts its events in order with a sequence cursor and fills
//! gaps from the log; each event is encoded once per [`Dialect`] and its bytes are shared by all [`Mailbox`]es.
//!
//! The hub never awaits a socket: a mailbox is bounded in bytes, ephemeral frames are coalesced and dropped first,
//! and whoever does not read fast enough is disconnected with a code that says resume.
//!
//! A connection's task calls [`Hub::connect`], then for each room [`Hub::reserve`], asks the policy,
//! [`Reservation::open`]s with the permit, sends the past and ends with [`Subscription::go_live`]. It drains nothing
//! itself: the response body does ([`Mailbox::poll_drain`]). [`Notice`]s tell it what else happened.
//!
//! # What is counted
//! | name | |
//! |---|---|
//! | `hallway_hub_connections`, `hallway_hub_topics` | gauges: live connections, followed rooms |
//! | `hallway_hub_events_delivered_total` | events times live recipients |
//! | `hallway_hub_gaps_total` | repairs begun: one for each gap, however many connections wait for it |
//! | `hallway_hub_events_repaired_total` | events that came from the log instead of the bus |
//! | `hallway_hub_repair_failures_total` | reads of the log that failed and are tried again |
//! | `hallway_hub_resets_total` | logs that could not be continued: their connections had to resume |
//! | `hallway_hub_head_checks_total` | queries that compared cursors with the database |
//! | `hallway_hub_session_checks_total` | queries that looked whether sessions of connections still live |
//! | `hallway_hub_access_checks_total` | queries that looked, after an interruption of the bus, who may still read |
//! | `hallway_hub_recounts_total` | queries that counted anew what is unread in a room |
//! | `hallway_hub_revocations_healed_total` | connections closed and rooms taken away because a look found what no revocation had told |
//! | `hallway_hub_presence_reads_total` | rooms whose presence was read, after an interruption of the bus |
//! | `hallway_hub_ephemeral_dropped_total` | ephemeral frames dropped for want of room |
//! | `hallway_hub_slow_disconnects_total` | connections ended because they did not read fast enough |
//!
//! What a bus delivers to its own node alone, while it cannot reach the others, the bus itself counts
//! (`hallway_bus_local_items_total`).

mod connections;
mod deliver;
mod encoder;
mod everywhere;
mod following;
mod grants;
mod heads;
mod hub;
mod invariants;
mod mailbox;
mod meter;
mod own_channel;
mod present;
mod recheck;
mod recount;
mod repair;
mod revoke;
mod subscription;
mod topic;
mod watching;

pub use deliver::HubSink;
pub use encoder::{Activity, Dialect, Encoder, RoomLabel};
pub use hub::{ConnectionInfo, Hub, HubDeps, HubError, HubSettings, Notice};
pub use mailbox::{CoalesceKey, Hold, Mailbox, MailboxSettings};
pub use subscription::{Reservation, Subscription};
