//! Who is gone: graces of this node that are over, and what nodes left that are dead.

use std::collections::{BTreeMap, HashMap};

use fred::interfaces::{HashesInterface as _, SortedSetsInterface as _};
use futures_util::{StreamExt as _, stream};
use hallway_domain::ports::Departure;
use hallway_domain::{RoomId, Timestamp, Username};

use super::owned::Place;
use super::{Leaving, RedisPresence, member, millis, place};
use crate::link::script;

script!(CLAIM, "lua/claim.lua");

/// Connections in one command.
const CHUNK: usize = 200;
/// Rooms that are swept at the same time.
const AT_ONCE: usize = 16;
/// Entries of dead nodes in one sweep; the next goes on.
const MOST: i64 = 20_000;
/// Entries that are cleared in one command.
const FIELDS: usize = 1000;
/// Dead nodes in one sweep.
const NODES: &str = "8";
/// A dead node is left to the one that sweeps it for so long.
const CLAIM_MS: &str = "5000";

/// Entries of a dead node that are counted out, and whose departures the last sweep gave to its caller.
pub(super) struct Told {
    owner: String,
    entries: Vec<String>,
}

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

    /// What is found is told by the caller before the next sweep begins. Only then is it cleared: when this node dies, or
    /// an answer of Redis is lost, another finds it again.
    pub(super) async fn sweep_lapsed(&self) -> Vec<Departure> {
        let told = std::mem::take(&mut *self.told.lock());
        for told in told {
            if let Err(error) = self.clear(told).await {
                tracing::debug!(error, "what a dead node left was told and not cleared: it will be told again");
            }
        }
        let keep = millis(self.keep * 2).to_string();
        let claim = vec![NODES.to_owned(), CLAIM_MS.to_owned(), keep];
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
            // What was found out is told even if the rest has to wait: a claim runs out by itself.
            if let Err(error) = self.sweep_node(&owner, &mut gone, &mut left).await {
                tracing::warn!(error, "a dead node was not cleared up after: a later sweep will");
            }
        }
        gone
    }

    async fn sweep_node(&self, owner: &str, gone: &mut Vec<Departure>, left: &mut i64) -> Result<(), String> {
        if *left <= 0 {
            return self.release(owner).await;
        }
        let (index, most) = (self.names.index(owner), *left);
        let entries: HashMap<String, String> =
            self.link.ask(async |client| client.hrandfield(index, Some((most, true))).await).await?;
        tracing::info!(node = owner, entries = entries.len(), "clearing up after a node that is gone");
        *left -= i64::try_from(entries.len()).unwrap_or(i64::MAX);
        let mut told = Told { owner: owner.to_owned(), entries: Vec::with_capacity(entries.len()) };
        let outcome = self.sweep_entries(&mut told, entries, gone).await;
        if told.entries.is_empty() && outcome.is_ok() {
            return self.clear(told).await;
        }
        self.told.lock().push(told);
        outcome
    }

    /// What was told is not needed any more, and others may go on with what is left.
    async fn clear(&self, told: Told) -> Result<(), String> {
        let Told { owner, entries } = told;
        let index = self.names.index(&owner);
        for chunk in entries.chunks(FIELDS) {
            self.link.ask(async |client| client.hdel::<(), _, _>(&index, chunk.to_vec()).await).await?;
        }
        let left: i64 = self.link.ask(async |client| client.hlen(&index).await).await?;
        if left > 0 {
            return self.release(&owner).await;
        }
        let lapsed = self.names.nodes().swap_remove(1);
        self.link.ask(async |client| client.zrem(lapsed, owner).await).await
    }

    /// Gives a claim back.
    async fn release(&self, owner: &str) -> Result<(), String> {
        let lapsed = self.names.nodes().swap_remove(1);
        let score = (0.0, owner.to_owned());
        self.link.ask(async |client| client.zadd(lapsed, None, None, false, false, score).await).await
    }

    /// An earlier try may have counted them out without anybody hearing of it, so whoever is not there is said to be gone.
    async fn sweep_entries(
        &self,
        told: &mut Told,
        entries: HashMap<String, String>,
        gone: &mut Vec<Departure>,
    ) -> Result<(), String> {
        let mut rooms: BTreeMap<RoomId, Vec<Leaving>> = BTreeMap::new();
        for (member, name) in entries {
            let Some((room, user, connection)) = place(&member) else {
                told.entries.push(member);
                continue;
            };
            let username = Some(Username::from_stored(name));
            let leaving = Leaving { user, username, connection, owner: told.owner.clone(), unsure: true };
            rooms.entry(room).or_default().push(leaving);
        }
        let swept = stream::iter(rooms).map(|(room, leaving)| self.sweep_dead(room, leaving));
        let mut problem = None;
        for (members, departures, outcome) in swept.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            told.entries.extend(members);
            gone.extend(departures);
            problem = outcome.err().or(problem);
        }
        problem.map_or(Ok(()), Err)
    }

    /// Which entries of one room are counted out, and who is gone by that; as far as it went.
    async fn sweep_dead(
        &self,
        room: RoomId,
        leaving: Vec<Leaving>,
    ) -> (Vec<String>, Vec<Departure>, Result<(), String>) {
        let (mut members, mut gone) = (Vec::with_capacity(leaving.len()), Vec::new());
        for chunk in leaving.chunks(CHUNK) {
            match self.count_out(room, chunk).await {
                Ok(departures) => gone.extend(departures),
                Err(error) => return (members, gone, Err(error)),
            }
            members.extend(chunk.iter().map(|it| member((room, it.user, it.connection))));
        }
        (members, gone, Ok(()))
    }
}
