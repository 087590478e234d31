//! What every use case works with.

use std::sync::Arc;

use hallway_domain::ambient::{Clock, Ids};
use hallway_domain::policy::{self, Action, Permit, Scope};
use hallway_domain::ports::{BusItem, EventBus, PasswordHasher, Presence, Rate, RateLimiter, Store, Tickets, Tokens};
use hallway_domain::{Actor, PasswordRules, Room, RoomId, Signal, Standing, Timestamp, UserId};
use time::Duration;

use crate::messages::Outgoing;
use crate::{Error, Missing, Result, unit};

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
    /// Typing signals of a user, on each connection.
    pub typing: Rate,
    /// Rooms that a user joins or makes.
    pub join: Rate,
    /// Sign-in attempts from an address. All addresses together may try one account ten times as often.
    pub login: Rate,
    /// Registrations from an address.
    pub register: Rate,
    /// Refreshes from an address.
    pub refresh: Rate,
}

impl Default for Settings {
    /// What suits a server for some thousands of people.
    fn default() -> Self {
        Self {
            passwords: PasswordRules::new(8),
            access_lifetime: Duration::minutes(15),
            refresh_lifetime: Duration::days(14),
            ticket_lifetime: Duration::seconds(30),
            message_chars: 8000,
            emojis_per_message: 20,
            writer_queue: 4096,
            writer_batch: 500,
            presence_grace: Duration::seconds(2),
            rates: Some(Rates::default()),
        }
    }
}

impl Default for Rates {
    /// What people do not notice, and programs that guess or flood do.
    fn default() -> Self {
        let minute = |times: u32| Rate { per_second: f64::from(times) / 60.0, burst: times };
        Self {
            chat: Rate { per_second: 10.0, burst: 30 },
            typing: Rate { per_second: 1.0, burst: 3 },
            join: Rate { per_second: 20.0, burst: 40 },
            login: minute(20),
            register: minute(10),
            refresh: minute(60),
        }
    }
}

pub(crate) struct Context {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) outgoing: Outgoing,
    pub(crate) turns: Turns,
}

/// One at a time tells a room who came and went. Changing presence and telling of it are two steps: without turns, a
/// going that overlaps a coming of the same user could be told after it, and leave a wrong list behind.
pub(crate) struct Turns([tokio::sync::Mutex<()>; 64]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| tokio::sync::Mutex::default()))
    }
}

impl Turns {
    pub(crate) async fn of(&self, room: RoomId) -> tokio::sync::MutexGuard<'_, ()> {
        let at = usize::try_from(room.0.rem_euclid(64)).unwrap_or_default();
        self.0[at].lock().await
    }
}

impl Context {
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Takes one of a rate that guards accounts: a limiter that does not answer lets nobody in.
    pub(crate) async fn guard(&self, pick: impl FnOnce(&Rates) -> Rate, key: impl FnOnce() -> String) -> Result<()> {
        let Some(rates) = &self.settings.rates else { return Ok(()) };
        self.ports.limiter.take(&key(), pick(rates), self.now()).await?.map_err(Error::RateLimited)
    }

    /// Takes one of a rate that keeps a signed-in user from flooding: a limiter that does not answer stops nobody.
    pub(crate) async fn throttle(&self, pick: impl FnOnce(&Rates) -> Rate, key: impl FnOnce() -> String) -> Result<()> {
        match self.guard(pick, key).await {
            Err(Error::Unavailable(error)) => {
                tracing::warn!(%error, "rate not counted");
                Ok(())
            }
            end => end,
        }
    }

    /// One of the user's messages, edits, deletions or reactions.
    pub(crate) async fn throttle_chat(&self, user: UserId) -> Result<()> {
        self.throttle(|rates| rates.chat, || chat_key(user)).await
    }

    /// Asks the policy with what the read door shows. For reading only: whoever writes asks again in its unit.
    pub(crate) async fn permit<A: Action>(
        &self,
        actor: &Actor,
        action: A,
        room: RoomId,
    ) -> Result<(Permit<A>, Room, Standing)> {
        let queries = self.ports.store.queries();
        let room = queries.room(room).await?.ok_or(Missing::Room)?;
        let standing = queries.standing(room.id, actor.id(), self.now()).await?;
        let permit = policy::authorize(actor, action, Scope { room: &room, standing: &standing })?;
        Ok((permit, room, standing))
    }

    pub(crate) async fn signal(&self, signal: Signal) {
        unit::publish(self.ports.bus.as_ref(), vec![BusItem::Signal(signal)]).await;
    }
}

/// The bucket of what a user writes.
pub(crate) fn chat_key(user: UserId) -> String {
    format!("chat:{user}")
}
