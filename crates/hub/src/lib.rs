//! This node's live connections. A [`Topic`] per followed room puts its events in order with a sequence cursor and
//! fills gaps from the log; each event is encoded once per [`Dialect`] and its bytes are shared by all [`Mailbox`]es.
//!
//! The hub never awaits a socket: a mailbox is bounded in bytes, ephemeral frames are coalesced and dropped first,
//! and whoever does not read fast enough is disconnected with a code that says resume.

mod encoder;
mod hub;
mod mailbox;
mod subscription;

pub use encoder::{Activity, Dialect, Encoder, RoomLabel};
pub use hub::{ConnectionInfo, Hub, HubDeps, HubError, HubSettings, HubSink, Notice};
pub use mailbox::{CoalesceKey, Mailbox, MailboxSettings};
pub use subscription::{Reservation, Subscription};
