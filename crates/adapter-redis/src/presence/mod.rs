//! Who is there, on any node.
//!
//! A room has two keys, changed together by scripts: who is there, and what keeps them there (connections with the node
//! that owns each, and graces). Of that each node keeps its own part in memory too, and an index of it in Redis, from
//! which others clear up after it. A node holds one lease, whatever the number of its connections.
//!
//! The steps over several keys are each atomic by themselves and can be repeated, as on a cluster the keys of a room,
//! of the nodes and of an index lie apart: the index is written before the room and cleared after it, and counting a
//! connection out does nothing where it is not, or belongs to another life of its node. Whoever clears up after a dead
//! node clears its index when what was found has been told, so a departure may be told twice but is never lost.
//!
//! Every key goes by itself when no node has spoken of it for long: nodes renew those of their rooms.

mod owned;
mod renew;
mod sweep;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fred::interfaces::{EventInterface, HashesInterface as _, KeysInterface as _};
use fred::types::config::Server;
use futures_util::future::join_all;
use hallway_domain::ports::{Arrival, Departure, Entered, Presence, PresenceError};
use hallway_domain::{ConnectionId, RoomId, Timestamp, UserId, UserRef, Username};
use parking_lot::Mutex;
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

use self::owned::{Owned, Place};
use self::sweep::Told;
use crate::RedisOptions;
use crate::link::{Link, script};
use crate::names::Names;

script!(ENTER, "lua/enter.lua");
script!(LOSE, "lua/lose.lua");
script!(DROP, "lua/drop.lua");

/// Rooms that are asked about at the same time.
const OCCUPIED: usize = 200;

/// One node's part of what is shared. Bounded by what is connected here.
pub struct RedisPresence {
    link: Arc<Link>,
    names: Names,
    lease: Duration,
    /// How long the keys of a room are kept; those that lead to them twice as long.
    keep: Duration,
    owned: Mutex<Owned>,
    /// What this node knows of a room and what Redis knows of it change in step.
    turns: [tokio::sync::Mutex<()>; 64],
    renewing: tokio::sync::Mutex<()>,
    /// Redis may not have what this node entered.
    doubt: AtomicBool,
    /// Redis may have what this node did not enter, or took out: another life is needed.
    anew: AtomicBool,
    /// When the lease was asked for that is held now.
    held_since: Mutex<Option<Instant>>,
    /// When the keys of this node's rooms were renewed.
    kept_at: Mutex<Instant>,
    /// What this node found of dead nodes in the last sweep.
    told: Mutex<Vec<Told>>,
    reconnects: Mutex<Vec<Receiver<Server>>>,
}

impl RedisPresence {
    /// Begins this node's lease.
    pub(crate) async fn start(link: Arc<Link>, names: Names, options: &RedisOptions) -> Result<Self, String> {
        let reconnects = link.pool().clients().iter().map(EventInterface::reconnect_rx).collect();
        let presence = Self {
            link,
            names,
            lease: options.lease,
            keep: options.keep.max(options.lease * 4),
            owned: Mutex::new(Owned::new(options.node)),
            turns: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            renewing: tokio::sync::Mutex::default(),
            doubt: AtomicBool::new(false),
            anew: AtomicBool::new(false),
            held_since: Mutex::default(),
            kept_at: Mutex::new(Instant::now()),
            told: Mutex::default(),
            reconnects: Mutex::new(reconnects),
        };
        presence.hold_lease(true).await?;
        Ok(presence)
    }

    async fn turn(&self, room: RoomId) -> tokio::sync::MutexGuard<'_, ()> {
        let at = usize::try_from(room.0.rem_euclid(64)).unwrap_or_default();
        self.turns[at].lock().await
    }

    /// Counts connections of one room in; the ids of users who came, and everybody if asked for.
    async fn seat(
        &self,
        room: RoomId,
        owner: &str,
        seats: &[(ConnectionId, UserRef)],
        list: bool,
    ) -> Result<(Vec<UserId>, Vec<UserRef>), String> {
        let index = self.names.index(owner);
        let entries: HashMap<String, String> = (seats.iter())
            .map(|(connection, user)| (member((room, user.id, *connection)), user.username.to_string()))
            .collect();
        let keep = millis(self.keep * 2);
        let noting = self.link.ask(async |client| {
            let pipeline = client.pipeline();
            pipeline.hset::<(), _, _>(&index, entries).await?;
            pipeline.pexpire::<(), _>(&index, keep, None).await?;
            pipeline.try_all::<i64>().await.into_iter().try_for_each(|outcome| outcome.map(drop))
        });
        noting.await?;
        let mut arguments = vec![owner.to_owned(), u8::from(list).to_string(), millis(self.keep).to_string()];
        for (connection, user) in seats {
            arguments.extend([user.id.to_string(), user.username.to_string(), connection.to_string()]);
        }
        let answer: Vec<String> = self.link.run(&ENTER, self.names.room(room), arguments).await?;
        let unreadable = || "Redis answered something else than who came".to_owned();
        let (count, rest) = answer.split_first().ok_or_else(unreadable)?;
        let (came, users) = rest.split_at_checked(count.parse().map_err(|_| unreadable())?).ok_or_else(unreadable)?;
        let came = came.iter().map(|id| id.parse().map(UserId)).collect::<Result<_, _>>();
        Ok((came.map_err(|_| unreadable())?, in_order(users.chunks_exact(2).map(|pair| (&pair[0], &pair[1])))))
    }

    /// Counts this node's connections of one room out, and says whom nothing keeps there any more.
    async fn unseat(&self, room: RoomId, leaving: &[Leaving]) -> Result<Vec<Departure>, String> {
        let gone = self.count_out(room, leaving).await?;
        self.forget(room, leaving).await;
        Ok(gone)
    }

    /// As the script does; nobody twice.
    async fn count_out(&self, room: RoomId, leaving: &[Leaving]) -> Result<Vec<Departure>, String> {
        let mut arguments = Vec::with_capacity(leaving.len() * 4);
        for Leaving { user, connection, owner, unsure, .. } in leaving {
            arguments.extend([user.to_string(), connection.to_string(), owner.clone(), u8::from(*unsure).to_string()]);
        }
        let answer: Vec<String> = self.link.run(&DROP, self.names.room(room), arguments).await?;
        let mut known = HashSet::new();
        let gone = answer.chunks_exact(2).filter_map(|pair| {
            let who = leaving.get(pair[0].parse::<usize>().ok()?)?;
            if !known.insert(who.user) {
                return None;
            }
            let name = Some(&pair[1]).filter(|name| !name.is_empty()).cloned();
            let username = name.map(Username::from_stored).or_else(|| who.username.clone())?;
            Some(Departure { room, user: UserRef { id: who.user, username } })
        });
        Ok(gone.collect())
    }

    /// Takes entries out of their owners' indexes. If that fails, whoever clears up after this node finds nothing there.
    async fn forget(&self, room: RoomId, left: &[Leaving]) {
        let mut rest = left;
        while let Some(first) = rest.first() {
            let same = rest.iter().take_while(|leaving| leaving.owner == first.owner).count();
            let (now, later) = rest.split_at(same);
            let index = self.names.index(&first.owner);
            let members: Vec<String> =
                now.iter().map(|leaving| member((room, leaving.user, leaving.connection))).collect();
            let removed = self.link.ask(async |client| client.hdel::<(), _, _>(index, members).await).await;
            if let Err(error) = removed {
                tracing::debug!(error, "an index of presence keeps what is gone");
            }
            rest = later;
        }
    }

    async fn lose_in(&self, room: RoomId, user: &UserRef, connection: ConnectionId) {
        let _turn = self.turn(room).await;
        let place = (room, user.id, connection);
        let Some(owner) = self.owned.lock().partings.get(&place).map(|parting| parting.owner.clone()) else { return };
        let arguments = vec![owner, user.id.to_string(), connection.to_string()];
        // If it fails, the sweep counts the connection out when the grace is over.
        if self.link.run::<i64>(&LOSE, self.names.room(room), arguments).await.is_ok() {
            self.owned.lock().is_lost(place);
        }
    }
}

/// A connection that is to be counted out of a room.
struct Leaving {
    user: UserId,
    /// Where Redis may not know it any more.
    username: Option<Username>,
    connection: ConnectionId,
    owner: String,
    unsure: bool,
}

/// An entry as its owner's index has it.
fn member((room, user, connection): Place) -> String {
    format!("{room}:{user}:{connection}")
}

fn place(member: &str) -> Option<Place> {
    let mut parts = member.splitn(3, ':');
    let (room, user) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((RoomId(room), UserId(user), ConnectionId(parts.next()?.parse().ok()?)))
}

/// By username.
fn in_order<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<UserRef> {
    let mut users: Vec<_> = pairs
        .filter_map(|(id, name)| {
            Some(UserRef { id: UserId(id.parse().ok()?), username: Username::from_stored(name.clone()) })
        })
        .collect();
    users.sort_by(|a, b| a.username.cmp(&b.username));
    users
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Presence for RedisPresence {
    /// While Redis does not answer, a room has those who are here by this node: they are entered, and told of to the
    /// other nodes, when it does.
    async fn enter(
        &self,
        room: RoomId,
        user: &UserRef,
        connection: ConnectionId,
        _now: Timestamp,
    ) -> Result<Entered, PresenceError> {
        let _turn = self.turn(room).await;
        let owner = {
            let mut owned = self.owned.lock();
            owned.insert(room, user, connection);
            owned.owner()
        };
        let seats = [(connection, user.clone())];
        let seated = if self.is_sure_of_lease() {
            self.seat(room, &owner, &seats, true).await
        } else {
            // Another node may have cleared up after this one for good, and would not find what is added.
            Err("the lease may be over".to_owned())
        };
        match seated {
            Ok((came, users)) => {
                self.owned.lock().forgive(room, user.id);
                Ok(Entered { first: !came.is_empty(), users })
            }
            Err(error) => {
                // Once, until this node has entered everything again.
                if !self.doubt.swap(true, Ordering::AcqRel) {
                    tracing::warn!(error, "presence is not shared: only this node's is known");
                }
                let own = self.owned.lock();
                Ok(Entered { first: own.is_only(room, user.id, connection), users: own.users(room) })
            }
        }
    }

    async fn leave(
        &self,
        room: RoomId,
        user: &UserRef,
        connection: ConnectionId,
    ) -> Result<Option<Departure>, PresenceError> {
        let _turn = self.turn(room).await;
        let place = (room, user.id, connection);
        let owner = {
            let mut owned = self.owned.lock();
            if !owned.remove(room, connection) {
                return Ok(None);
            }
            owned.part(place, user.clone(), Timestamp::UNIX_EPOCH);
            owned.owner()
        };
        // Redis may have forgotten the connection: then nobody else says that the user is gone.
        let username = Some(user.username.clone());
        let leaving = [Leaving { user: user.id, username, connection, owner, unsure: true }];
        // If it fails, the sweep tries again, and tells.
        let gone = self.unseat(room, &leaving).await.map_err(PresenceError)?;
        self.owned.lock().partings.remove(&place);
        Ok(gone.into_iter().next())
    }

    async fn lose(&self, connection: ConnectionId, now: Timestamp, grace: time::Duration) -> Result<(), PresenceError> {
        let rooms = self.owned.lock().lose(connection, now.saturating_add(grace));
        join_all(rooms.iter().map(|(room, user)| self.lose_in(*room, user, connection))).await;
        Ok(())
    }

    async fn list_all(&self, room: RoomId) -> Result<Vec<UserRef>, PresenceError> {
        let users = self.names.room(room).swap_remove(0);
        let all = self.link.ask(async |client| client.hgetall::<HashMap<String, String>, _>(users).await);
        Ok(in_order(all.await.map_err(PresenceError)?.iter()))
    }

    async fn list(&self, room: RoomId) -> Result<Vec<UserRef>, PresenceError> {
        Ok(match self.list_all(room).await {
            Ok(all) => all,
            Err(error) => {
                tracing::debug!(room.id = room.0, %error, "presence is not shared: only this node's is known");
                self.owned.lock().users(room)
            }
        })
    }

    async fn occupied(&self, rooms: &[RoomId]) -> Result<Vec<RoomId>, PresenceError> {
        let mut found = Vec::new();
        for chunk in rooms.chunks(OCCUPIED) {
            let keys: Vec<String> = chunk.iter().map(|room| self.names.room(*room).swap_remove(0)).collect();
            // Sent together; on a cluster the keys lie apart.
            let asked = self.link.ask(async |client| {
                let asked = keys.iter().map(|key| client.exists::<i64, _>(key.as_str()));
                join_all(asked).await.into_iter().collect::<Result<Vec<i64>, _>>()
            });
            match asked.await {
                Ok(there) => {
                    found.extend(chunk.iter().zip(there).filter(|(_, there)| *there > 0).map(|(room, _)| *room));
                }
                Err(error) => {
                    tracing::debug!(error, "presence is not shared: only this node's is known");
                    let owned = self.owned.lock();
                    found.extend(chunk.iter().copied().filter(|room| !owned.users(*room).is_empty()));
                }
            }
        }
        Ok(found)
    }

    async fn renew(&self, _now: Timestamp) -> Result<Vec<Arrival>, PresenceError> {
        self.renew_lease().await.map_err(PresenceError)
    }

    async fn sweep(&self, now: Timestamp) -> Result<Vec<Departure>, PresenceError> {
        let mut gone = self.sweep_own(now).await;
        gone.extend(self.sweep_lapsed().await);
        Ok(gone)
    }
}
