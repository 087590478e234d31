//! Who is gone: graces of this node that are over, and what nodes left that are dead.

use std::collections::BTreeMap;

use fred::interfaces::{SetsInterface as _, SortedSetsInterface as _};
use futures_util::{StreamExt as _, stream};
use hallway_domain::ports::Departure;
use hallway_domain::{RoomId, Timestamp};

use super::owned::Place;
use super::{Leaving, RedisPresence, place};
use crate::link::script;

script!(CLAIM, "lua/claim.lua");

/// Connections in one command.
const CHUNK: usize = 200;
/// Rooms that are swept at the same time.
const AT_ONCE: usize = 16;
/// Entries of dead nodes in one sweep; the next goes on.
const MOST: usize = 10_000;
/// Dead nodes in one sweep.
const NODES: &str = "8";
/// A dead node is left to the one that sweeps it for so long.
const CLAIM_MS: &str = "5000";

impl RedisPresence {
    pub(super) async fn sweep_own(&self, now: Timestamp) -> Vec<Departure> {
        let due = self.owned.lock().due(now);
        let swept = stream::iter(due).map(|(room, places)| self.sweep_room(room, places, now));
        swept.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat()
    }

    async fn sweep_room(&self, room: RoomId, places: Vec<Place>, now: Timestamp) -> Vec<Departure> {
        let _turn = self.turn(room).await;
        let mut gone = Vec::new();
        for chunk in places.chunks(CHUNK) {
            // Others may have come first, or the user back.
            let leaving: Vec<Leaving> = {
                let owned = self.owned.lock();
                let due = chunk.iter().filter_map(|place| Some((*place, owned.partings.get(place)?)));
                due.filter(|(_, parting)| parting.due <= now)
                    .map(|((_, user, connection), parting)| Leaving {
                        user,
                        username: Some(parting.user.username.clone()),
                        connection,
                        owner: parting.owner.clone(),
                        unsure: parting.unsure,
                    })
                    .collect()
            };
            if leaving.is_empty() {
                continue;
            }
            let outcome = self.unseat(room, &leaving).await;
            let mut owned = self.owned.lock();
            for Leaving { user, connection, .. } in &leaving {
                let place = (room, *user, *connection);
                match (&outcome, owned.partings.get_mut(&place)) {
                    (Ok(_), _) => drop(owned.partings.remove(&place)),
                    (Err(_), Some(parting)) => parting.unsure = true,
                    (Err(_), None) => {}
                }
            }
            match outcome {
                Ok(departures) => gone.extend(departures),
                Err(error) => tracing::debug!(room.id = room.0, error, "a room was not swept: the next sweep will"),
            }
        }
        gone
    }

    pub(super) async fn sweep_lapsed(&self) -> Vec<Departure> {
        let claim = vec![NODES.to_owned(), CLAIM_MS.to_owned()];
        let mut gone = Vec::new();
        let claimed: Vec<String> = match self.link.run(&CLAIM, self.names.nodes(), claim).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::debug!(error, "dead nodes were not looked for: the next sweep will");
                return gone;
            }
        };
        let mut left = MOST;
        for owner in claimed {
            tracing::info!(node = owner, "clearing up after a node that is gone");
            // What was found out is told even if the rest has to wait: a claim runs out by itself.
            if let Err(error) = self.sweep_node(&owner, &mut gone, &mut left).await {
                tracing::warn!(error, "a dead node was not cleared up after: a later sweep will");
            }
        }
        gone
    }

    async fn sweep_node(&self, owner: &str, gone: &mut Vec<Departure>, left: &mut usize) -> Result<(), String> {
        loop {
            let index = self.names.index(owner);
            let members: Vec<String> =
                self.link.ask(async |client| client.srandmember(index, Some(CHUNK * AT_ONCE)).await).await?;
            if members.is_empty() {
                let lapsed = self.names.nodes().swap_remove(1);
                return self.link.ask(async |client| client.zrem(lapsed, owner).await).await;
            }
            if *left == 0 {
                let again = vec![owner.to_owned()];
                return self.release(again).await;
            }
            *left = left.saturating_sub(members.len());
            self.sweep_entries(owner, &members, gone).await?;
        }
    }

    /// Gives a claim back.
    async fn release(&self, owners: Vec<String>) -> Result<(), String> {
        let lapsed = self.names.nodes().swap_remove(1);
        let scores: Vec<(f64, String)> = owners.into_iter().map(|owner| (0.0, owner)).collect();
        self.link.ask(async |client| client.zadd(lapsed, None, None, false, false, scores).await).await
    }

    async fn sweep_entries(&self, owner: &str, members: &[String], gone: &mut Vec<Departure>) -> Result<(), String> {
        let mut rooms: BTreeMap<RoomId, Vec<Leaving>> = BTreeMap::new();
        let mut unreadable = Vec::new();
        for member in members {
            let Some((room, user, connection)) = place(member) else {
                unreadable.push(member.clone());
                continue;
            };
            let leaving = Leaving { user, username: None, connection, owner: owner.to_owned(), unsure: false };
            rooms.entry(room).or_default().push(leaving);
        }
        if !unreadable.is_empty() {
            let index = self.names.index(owner);
            self.link.ask(async |client| client.srem::<(), _, _>(index, unreadable).await).await?;
        }
        let swept = stream::iter(rooms).map(async |(room, leaving)| {
            let mut departures = Vec::new();
            for chunk in leaving.chunks(CHUNK) {
                departures.push(self.unseat(room, chunk).await);
            }
            departures
        });
        let mut problem = None;
        for outcome in swept.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten() {
            match outcome {
                Ok(departures) => gone.extend(departures),
                Err(error) => problem = Some(error),
            }
        }
        problem.map_or(Ok(()), Err)
    }
}
