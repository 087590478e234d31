//! This node's lease, and what is done when it was lost.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fred::interfaces::{KeysInterface as _, SortedSetsInterface as _};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hallway_domain::RoomId;
use hallway_domain::ports::Arrival;
use tokio::sync::broadcast::error::TryRecvError;

use super::RedisPresence;
use crate::link::script;
use crate::meter;

script!(RENEW, "lua/renew.lua");
script!(END, "lua/end.lua");

/// Connections in one command.
const CHUNK: usize = 200;
/// Rooms that are entered again at the same time.
const AT_ONCE: usize = 16;

impl RedisPresence {
    /// False when it is not there any more.
    pub(super) async fn hold_lease(&self, new: bool) -> Result<bool, String> {
        let owner = self.owned.lock().owner();
        self.extend(owner, self.lease, new).await
    }

    async fn extend(&self, owner: String, by: Duration, new: bool) -> Result<bool, String> {
        let arguments = vec![owner, by.as_millis().to_string(), u8::from(new).to_string()];
        Ok(self.link.run::<i64>(&RENEW, self.names.nodes(), arguments).await? == 1)
    }

    pub(super) async fn renew_lease(&self) -> Result<Vec<Arrival>, String> {
        let _one = self.renewing.lock().await;
        if self.has_reconnected() {
            self.doubt.store(true, Ordering::Release);
        }
        let held = self.hold_lease(false).await?;
        if !held || self.doubt.swap(false, Ordering::AcqRel) {
            tracing::info!(held, "entering this node's connections again");
            if let Err(error) = self.enter_again().await {
                self.doubt.store(true, Ordering::Release);
                return Err(error);
            }
        }
        Ok(std::mem::take(&mut self.owned.lock().arrivals))
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

    /// In another life of this node. What only Redis knows still belongs to the one before and is swept with it.
    async fn enter_again(&self) -> Result<(), String> {
        meter::reentered();
        let rooms = self.owned.lock().begin_again();
        self.hold_lease(true).await?;
        let entered = stream::iter(rooms).map(|room| self.enter_room_again(room)).buffer_unordered(AT_ONCE);
        entered.try_collect::<()>().await?;
        let past = self.owned.lock().past.clone();
        self.link.run::<()>(&END, self.names.nodes(), past.clone()).await?;
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
