//! What every use case works with.

use std::sync::Arc;

use hallway_domain::PasswordRules;
use hallway_domain::ambient::{Clock, Ids};
use hallway_domain::ports::{EventBus, PasswordHasher, Presence, Rate, RateLimiter, Store, Tickets, Tokens};
use time::Duration;

use crate::messages::Outgoing;

/// The adapters in use.
#[derive(Clone)]
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn EventBus>,
    pub presence: Arc<dyn Presence>,
    pub limiter: Arc<dyn RateLimiter>,
    pub tickets: Arc<dyn Tickets>,
    pub hasher: Arc<dyn PasswordHasher>,
    pub tokens: Arc<dyn Tokens>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// Bounds and lifetimes.
#[derive(Clone, Debug)]
pub struct Settings {
    pub passwords: PasswordRules,
    pub access_lifetime: Duration,
    pub refresh_lifetime: Duration,
    /// How long a socket ticket may wait to be used.
    pub ticket_lifetime: Duration,
    /// Most characters of a message.
    pub message_chars: usize,
    /// Most different emojis on one message.
    pub emojis_per_message: usize,
    /// Most sends that wait for the writer; one more is answered with [`crate::Error::Busy`].
    pub writer_queue: usize,
    /// Most sends in one transaction.
    pub writer_batch: usize,
    /// How long a broken connection's user still counts as present.
    pub presence_grace: Duration,
    /// Rates per user or address; `None` switches all of them off.
    pub rates: Option<Rates>,
}

/// How often is too often.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Messages, edits, deletes and reactions of a user.
    pub chat: Rate,
    /// Typing signals of a user.
    pub typing: Rate,
    /// Joins of a user.
    pub join: Rate,
    /// Sign-in attempts from an address.
    pub login: Rate,
    /// Registrations from an address.
    pub register: Rate,
    /// Refreshes from an address.
    pub refresh: Rate,
}

pub(crate) struct Context {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) outgoing: Outgoing,
}
