//! This node's lease, and what is done when it was lost.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fred::interfaces::{KeysInterface as _, SortedSetsInterface as _};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hallway_domain::RoomId;
use hallway_domain::ports::Arrival;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::Instant;

use super::{RedisPresence, millis};
use crate::link::script;
use crate::meter;

script!(RENEW, "lua/renew.lua");
script!(END, "lua/end.lua");

/// Connections in one command.
const CHUNK: usize = 200;
/// Rooms that are entered again at the same time.
const AT_ONCE: usize = 16;
/// Rooms whose keys are renewed in one write.
const ROOMS: usize = 128;

impl RedisPresence {
    /// False when it is not there any more.
    pub(super) async fn hold_lease(&self, new: bool) -> Result<bool, String> {
        let owner = self.owned.lock().owner();
        let since = Instant::now();
        let held = self.extend(owner, self.lease, new).await?;
        *self.held_since.lock() = held.then_some(since);
        Ok(held)
    }

    /// By this node's own clock.
    pub(super) fn is_sure_of_lease(&self) -> bool {
        self.held_since.lock().is_some_and(|since| since.elapsed() < self.lease)
    }

    async fn extend(&self, owner: String, by: Duration, new: bool) -> Result<bool, String> {
        let keep = millis(self.keep * 2).to_string();
        let arguments = vec![owner, by.as_millis().to_string(), u8::from(new).to_string(), keep];
        Ok(self.link.run::<i64>(&RENEW, self.names.nodes(), arguments).await? == 1)
    }

    pub(super) async fn renew_lease(&self) -> Result<Vec<Arrival>, String> {
        let _one = self.renewing.lock().await;
        if self.has_reconnected() {
            self.anew.store(true, Ordering::Release);
            self.doubt.store(true, Ordering::Release);
        }
        let held = self.hold_lease(false).await?;
        if !held {
            self.anew.store(true, Ordering::Release);
        }
        if !held || self.doubt.swap(false, Ordering::AcqRel) {
            tracing::info!(held, "entering this node's connections again");
            if let Err(error) = self.enter_again().await {
                self.doubt.store(true, Ordering::Release);
                return Err(error);
            }
        }
        if let Err(error) = self.keep_rooms().await {
            tracing::debug!(error, "the keys of rooms were not renewed: the next try is soon");
        }
        Ok(std::mem::take(&mut self.owned.lock().arrivals))
    }

    /// Renews the keys of the rooms that somebody is in by this node, now and then.
    async fn keep_rooms(&self) -> Result<(), String> {
        let began = Instant::now();
        if began - *self.kept_at.lock() < self.keep / 6 {
            return Ok(());
        }
        let (owner, rooms) = {
            let owned = self.owned.lock();
            (owned.owner(), owned.rooms())
        };
        let keep = millis(self.keep);
        let index = self.names.index(&owner);
        self.link.ask(async |client| client.pexpire::<(), _>(index, keep * 2, None).await).await?;
        for rooms in rooms.chunks(ROOMS) {
            let renewing = self.link.ask(async |client| {
                let pipeline = client.pipeline();
                for key in rooms.iter().flat_map(|room| self.names.room(*room)) {
                    pipeline.pexpire::<(), _>(key, keep, None).await?;
                }
                pipeline.try_all::<i64>().await.into_iter().try_for_each(|outcome| outcome.map(drop))
            });
            renewing.await?;
        }
        *self.kept_at.lock() = began;
        Ok(())
    }

    /// Redis may be another one, or an older state of the same.
    fn has_reconnected(&self) -> bool {
        let mut any = false;
        for receiver in self.reconnects.lock().iter_mut() {
            while !matches!(receiver.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {
                any = true;
            }
        }
        any
    }

    /// In another life of this node, if Redis may have something else than what was entered: what only Redis knows still
    /// belongs to the one before and is swept with it. A try that fails is followed by another in the same life.
    async fn enter_again(&self) -> Result<(), String> {
        meter::reentered();
        if self.anew.swap(false, Ordering::AcqRel) {
            self.owned.lock().begin_again();
        }
        self.hold_lease(true).await?;
        let rooms = self.owned.lock().rooms();
        let entered = stream::iter(rooms).map(|room| self.enter_room_again(room)).buffer_unordered(AT_ONCE);
        entered.try_collect::<()>().await?;
        let past = self.owned.lock().past.clone();
        if past.is_empty() {
            return Ok(());
        }
        let keep = millis(self.keep * 2).to_string();
        let arguments = std::iter::once(keep).chain(past.iter().cloned()).collect();
        self.link.run::<()>(&END, self.names.nodes(), arguments).await?;
        self.owned.lock().past.retain(|owner| !past.contains(owner));
        Ok(())
    }

    async fn enter_room_again(&self, room: RoomId) -> Result<(), String> {
        let _turn = self.turn(room).await;
        let (owner, seats) = {
            let owned = self.owned.lock();
            (owned.owner(), owned.seats(room))
        };
        for chunk in seats.chunks(CHUNK) {
            let (came, _) = self.seat(room, &owner, chunk, false).await?;
            let mut own = self.owned.lock();
            for id in came {
                let user = chunk.iter().find(|(_, user)| user.id == id).map(|(_, user)| user.clone());
                own.arrivals.extend(user.map(|user| Arrival { room, user }));
            }
        }
        Ok(())
    }

    /// Ends the lease; whoever still counts as there by this node does so until `grace` is over.
    pub(crate) async fn close(&self, grace: Duration) -> Result<(), String> {
        let _one = self.renewing.lock().await;
        let (owner, empty) = {
            let owned = self.owned.lock();
            (owned.owner(), owned.is_empty())
        };
        if !empty {
            return self.extend(owner, grace.min(self.lease), false).await.map(drop);
        }
        let index = self.names.index(&owner);
        self.link.ask(async |client| client.del::<(), _>(index).await).await?;
        for set in self.names.nodes() {
            let owner = owner.clone();
            self.link.ask(async |client| client.zrem::<(), _, _>(set, owner).await).await?;
        }
        Ok(())
    }
}
