//! A unit of work with the events that it records: `commit` is the database commit, then the publishing.

use std::future::Future;
use std::pin::Pin;

use hallway_domain::policy::Denied;
use hallway_domain::ports::{AuditEntry, BusItem, EventBus, Store, StoreError, UnitOfWork};
use hallway_domain::{Event, Fact, InvalidText, Revocation, Room, RoomId, Seq, Standing, Timestamp, UserId};

use crate::calls::{Cut, cut, cuts_of};
use crate::context::{Context, Ports};
use crate::{AuthFailure, Conflict, Error, Missing, Result};

/// How often a unit is begun before a conflict with other transactions is given up on.
const TRIES: u32 = 3;

/// Why one run of a unit ended without effect, or without saying whether it had one.
#[derive(Debug)]
pub(crate) enum Abort {
    /// It met another transaction; nothing was stored. Running it again may well succeed.
    Conflict(String),
    /// Nothing was stored, and running it again would end the same way.
    Refused(Error),
    /// The commit failed, and the store cannot tell whether before or after it took effect. Running it again could
    /// store everything twice.
    Unknown(Error),
}

pub(crate) type Attempt<T> = Result<T, Abort>;

impl Abort {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Conflict(detail) => Error::Unavailable(detail),
            Self::Refused(error) | Self::Unknown(error) => error,
        }
    }
}

impl From<StoreError> for Abort {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(detail) => Self::Conflict(detail),
            other => Self::Refused(other.into()),
        }
    }
}

macro_rules! refused {
    ($($error:ty),+) => {$(
        impl From<$error> for Abort {
            fn from(error: $error) -> Self {
                Self::Refused(error.into())
            }
        }
    )+};
}

refused!(Error, AuthFailure, Conflict, Denied, InvalidText, Missing);

/// Runs a whole unit, from its begin to its commit, again while it meets other transactions.
pub(crate) async fn run<T, F: Future<Output = Attempt<T>>>(attempt: impl FnMut() -> F) -> Result<T> {
    retry(attempt).await.map_err(Abort::into_error)
}

/// As [`run`], for a caller that must know how it ended.
pub(crate) async fn retry<T, F: Future<Output = Attempt<T>>>(mut attempt: impl FnMut() -> F) -> Attempt<T> {
    for _ in 1..TRIES {
        match attempt().await {
            Err(Abort::Conflict(_)) => {}
            end => return end,
        }
    }
    attempt().await
}

pub(crate) struct Unit<'a> {
    pub(crate) work: Box<dyn UnitOfWork>,
    bus: &'a dyn EventBus,
    ports: &'a Ports,
    events: Vec<Event>,
    revocations: Vec<Revocation>,
}

impl<'a> Unit<'a> {
    pub(crate) async fn begin(context: &'a Context) -> Attempt<Self> {
        Self::open(&context.ports).await
    }

    pub(crate) async fn open(ports: &'a Ports) -> Attempt<Self> {
        let work = Store::begin(ports.store.as_ref()).await?;
        Ok(Self { work, bus: ports.bus.as_ref(), ports, events: Vec::new(), revocations: Vec::new() })
    }

    /// Locks one room.
    pub(crate) async fn lock(&mut self, room: RoomId) -> Attempt<Room> {
        Ok(self.work.rooms().lock(&[room]).await?.pop().ok_or(Missing::Room)?)
    }

    /// What the user is and suffers in the locked room.
    pub(crate) async fn standing(&mut self, room: RoomId, user: UserId, now: Timestamp) -> Attempt<Standing> {
        let membership = self.work.memberships().find(room, user).await?;
        let sanctions = self.work.sanctions().in_force(&[(room, user)], now).await?;
        Ok(Standing::new(membership, sanctions, now))
    }

    /// Gives `fact` the next place in the locked room's log.
    pub(crate) fn record(&mut self, room: &mut Room, at: Timestamp, fact: Fact) -> Seq {
        let seq = room.take_seq();
        self.record_at(room, seq, at, fact);
        seq
    }

    /// As [`Unit::record`], for a place that was taken before.
    pub(crate) fn record_at(&mut self, room: &Room, seq: Seq, at: Timestamp, fact: Fact) {
        self.events.push(Event { room: room.id, epoch: room.epoch, seq, at, fact });
    }

    /// To be told to every node after the commit.
    pub(crate) fn revoke(&mut self, revocation: Revocation) {
        self.revocations.push(revocation);
    }

    /// Appends what was recorded, commits, and publishes. A bus that does not answer loses nothing: followers heal
    /// by `seq`, so the commit stands.
    pub(crate) async fn commit(mut self) -> Attempt<()> {
        if !self.events.is_empty() {
            self.work.events().append(&self.events).await?;
            self.work.rooms().set_last_seq(&heads(&self.events)).await?;
        }
        match self.work.commit().await {
            Err(StoreError::Conflict(detail)) => return Err(Abort::Conflict(detail)),
            Err(error) => {
                // It may have taken effect all the same, and no log brings a revocation later. Whose right stands
                // can come back.
                let cut = self.revocations.into_iter().filter(takes_away).map(BusItem::Revocation).collect();
                publish(self.bus, cut).await;
                return Err(Abort::Unknown(error.into()));
            }
            Ok(()) => {}
        }
        let cuts = cuts_of(&self.revocations);
        let items = (self.events.into_iter().map(BusItem::Event))
            .chain(self.revocations.into_iter().map(BusItem::Revocation))
            .collect();
        publish(self.bus, items).await;
        if !cuts.is_empty() {
            cut_apart(self.ports, cuts).await;
        }
        Ok(())
    }
}

/// Behind a box: ending a call is a unit of its own.
pub(crate) fn cut_apart(ports: &Ports, cuts: Vec<Cut>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
    Box::pin(cut(ports, cuts))
}

/// Whether somebody would keep what is not theirs any more if this were never told. That a room is gone is found out.
const fn takes_away(revocation: &Revocation) -> bool {
    match revocation {
        Revocation::Session { .. }
        | Revocation::User { .. }
        | Revocation::Membership { .. }
        | Revocation::NonMembers { .. } => true,
        Revocation::Room { .. } | Revocation::Granted { .. } => false,
    }
}

/// The last place of each room.
fn heads(events: &[Event]) -> Vec<(RoomId, Seq)> {
    let mut heads = std::collections::BTreeMap::new();
    for event in events {
        heads.insert(event.room, event.seq);
    }
    heads.into_iter().collect()
}

/// Tells the followers. What is durable is healed by `seq` and what is not may be lost, so a bus that does not
/// answer fails no use case.
pub(crate) async fn publish(bus: &dyn EventBus, items: Vec<BusItem>) {
    if !items.is_empty()
        && let Err(error) = bus.publish(items).await
    {
        tracing::warn!(%error, "not published");
    }
}

/// A line of the audit log, to be filled in.
pub(crate) const fn audit(action: &'static str, at: Timestamp) -> AuditEntry {
    AuditEntry { room: None, actor: None, target: None, action, reason: None, details: Vec::new(), at }
}
