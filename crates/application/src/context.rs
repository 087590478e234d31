//! What every use case works with.

use std::sync::Arc;

use hallway_domain::ambient::{Clock, Ids};
use hallway_domain::policy::{self, Action, Permit, Scope};
use hallway_domain::ports::{
    BusItem, CallLines, EventBus, OneTimeCodes, PasswordHasher, Presence, Rate, RateLimiter, Store, Tickets, Tokens,
};
use hallway_domain::{Actor, DirectKey, PasswordRules, Room, RoomId, Signal, Standing, Timestamp, UserId};
use time::Duration;

use crate::attachments::{FilePorts, FileSettings, Slots};
use crate::messages::Outgoing;
use crate::review::Filters;
use crate::{Error, Missing, Result, unit};

/// The adapters in use.
#[derive(Clone)]
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn EventBus>,
    pub presence: Arc<dyn Presence>,
    pub limiter: Arc<dyn RateLimiter>,
    pub tickets: Arc<dyn Tickets>,
    /// Devices of calls.
    pub lines: Arc<dyn CallLines>,
    pub hasher: Arc<dyn PasswordHasher>,
    pub codes: Arc<dyn OneTimeCodes>,
    pub tokens: Arc<dyn Tokens>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// None: there are no files.
    pub files: Option<FilePorts>,
}

/// Bounds and lifetimes.
#[derive(Clone, Debug)]
pub struct Settings {
    pub passwords: PasswordRules,
    pub access_lifetime: Duration,
    pub refresh_lifetime: Duration,
    /// How long a token is good that cannot be refreshed.
    pub single_lifetime: Duration,
    /// What authenticators call this server.
    pub issuer: String,
    /// How long a socket ticket may wait to be used.
    pub ticket_lifetime: Duration,
    /// Most characters of a message.
    pub message_chars: usize,
    /// Most different emojis on one message.
    pub emojis_per_message: usize,
    /// Most pinned messages of a room.
    pub pins_per_room: usize,
    /// Most live invitations of a room.
    pub invites_per_room: usize,
    /// Most messages that one ban removes.
    pub purge_messages: u32,
    /// Most members of a room that tells who has seen what.
    pub seen_by_members: usize,
    /// Most users whom one user blocks.
    pub blocks_per_user: u32,
    /// Most reports of one user that nobody has decided yet.
    pub open_reports_per_user: u64,
    /// Most messages of a room that wait for a moderator.
    pub held_per_room: u64,
    /// Most rooms whose word filters are kept ready.
    pub cached_filters: usize,
    /// Bounds of files.
    pub files: FileSettings,
    /// Manners of calls.
    pub calls: crate::calls::CallSettings,
    /// Most sends that wait for the writer; one more is answered with [`crate::Error::Busy`].
    pub writer_queue: usize,
    /// Most sends in one transaction.
    pub writer_batch: usize,
    /// How long a broken connection's user still counts as present.
    pub presence_grace: Duration,
    /// Most rooms that are told of a user who came or went; 0 tells nobody.
    pub online_rooms: usize,
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
    /// Searches of a user.
    pub search: Rate,
    /// Sign-in attempts from an address. All addresses together may try one account ten times as often.
    pub login: Rate,
    /// Registrations from an address.
    pub register: Rate,
    /// Wrong passwords for an account from an address; a right one takes them back.
    pub wrong_password: Rate,
    /// Refreshes from an address.
    pub refresh: Rate,
    /// Whatever else a user changes.
    pub write: Rate,
    /// Read and delivered marks of a user that change something.
    pub mark: Rate,
    /// Reports of a user.
    pub report: Rate,
    /// Files that a user sends.
    pub upload: Rate,
    /// Calls that a user places.
    pub call: Rate,
    /// Candidates and other small things that a user sends in calls.
    pub call_frames: Rate,
    /// Offers and answers that a user sends in calls.
    pub call_offers: Rate,
}

impl Default for Settings {
    /// What suits a server for some thousands of people.
    fn default() -> Self {
        Self {
            passwords: PasswordRules::new(8),
            access_lifetime: Duration::minutes(15),
            refresh_lifetime: Duration::days(14),
            single_lifetime: Duration::days(7),
            issuer: "Hallway".to_owned(),
            ticket_lifetime: Duration::seconds(30),
            message_chars: 8000,
            emojis_per_message: 20,
            pins_per_room: 50,
            invites_per_room: 50,
            purge_messages: 10_000,
            seen_by_members: 50,
            blocks_per_user: 1000,
            open_reports_per_user: 20,
            held_per_room: 200,
            cached_filters: 1000,
            files: FileSettings::default(),
            calls: crate::calls::CallSettings::default(),
            writer_queue: 4096,
            writer_batch: 500,
            presence_grace: Duration::seconds(2),
            online_rooms: 200,
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
            search: Rate { per_second: 2.0, burst: 20 },
            login: minute(20),
            register: minute(10),
            wrong_password: Rate { per_second: 10.0 / 900.0, burst: 10 },
            refresh: minute(60),
            write: Rate { per_second: 10.0, burst: 100 },
            mark: Rate { per_second: 50.0, burst: 500 },
            report: Rate { per_second: 0.1, burst: 10 },
            upload: minute(60),
            call: Rate { per_second: 0.1, burst: 3 },
            call_frames: Rate { per_second: 50.0, burst: 200 },
            call_offers: Rate { per_second: 0.5, burst: 20 },
        }
    }
}

pub(crate) struct Context {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) outgoing: Outgoing,
    pub(crate) turns: Turns,
    pub(crate) uploads: Slots,
    /// The live call that was looked at last.
    pub(crate) looked_at: tokio::sync::Mutex<Option<hallway_domain::call::CallId>>,
    pub(crate) filters: Arc<Filters>,
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

    /// Whether the two of a direct conversation are not told of each other: one of them blocks the other.
    pub(crate) async fn is_hushed(&self, direct: Option<DirectKey>) -> Result<bool> {
        match direct {
            Some(key) => Ok(self.ports.store.account_queries().is_blocked(key).await?),
            None => Ok(false),
        }
    }

    pub(crate) async fn signal(&self, signal: Signal) {
        self.signals(vec![signal]).await;
    }

    pub(crate) async fn signals(&self, signals: Vec<Signal>) {
        unit::publish(self.ports.bus.as_ref(), signals.into_iter().map(BusItem::Signal).collect()).await;
    }
}

/// The bucket of what a user writes.
pub(crate) fn chat_key(user: UserId) -> String {
    format!("chat:{user}")
}
