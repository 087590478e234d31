//! Watching rooms that one is a member of but has not joined.
//!
//! A watch begins before anything is counted. The database counts what is unread and says up to which place of the log
//! it did; what the bus brings in the meantime and later is added where it is beyond that place. So it makes no
//! difference what was committed, counted or delivered first.

use std::collections::HashMap;
use std::sync::Arc;

use hallway_domain::ports::{Access, StoreError, StoreResult, UnreadCount};
use hallway_domain::{ConnectionId, RoomId, UserId, policy};

use crate::connections::Connection;
use crate::following::Pin;
use crate::topic::Topic;
use crate::{Hub, HubError};

/// Most rooms that are followed before their heads are read.
const PAGE: usize = 100;
/// How often it is counted anew where more came during a count than can be kept.
const COUNTS: usize = 5;

/// A watch that has begun: the topic, and the token.
type Begun<'a> = (Pin<'a>, u64);

/// What the database says of rooms and one user.
struct Found {
    counts: HashMap<RoomId, UnreadCount>,
    access: HashMap<RoomId, Access>,
}

enum Verdict {
    Watches,
    MayNot,
    CountAgain,
}

impl Hub {
    /// Begins to tell the connection of activity in a room that it has not joined. Looks at the membership after it has
    /// begun, so that a kick in between cannot be missed.
    ///
    /// # Errors
    /// [`HubError::Revoked`] when the user is not a member, or banned.
    pub async fn watch(self: &Arc<Self>, id: ConnectionId, room: RoomId) -> Result<(), HubError> {
        let connection = self.connection(id).ok_or(HubError::Closed)?;
        connection.check_open()?;
        let pin = self.pin(room);
        self.ready(&pin.topic).await?;
        let token = pin.topic.watch(&connection, self.deps.settings.rooms_per_connection)?;
        match self.settle(&connection, vec![(pin, token)]).await? {
            0 => Err(HubError::Revoked),
            _ => Ok(()),
        }
    }

    /// [`Hub::watch`] for many rooms with one look at their heads and one at the memberships. Rooms beyond the limit,
    /// gone ones and those that the user is not a member of are left out; how many are watched.
    pub async fn watch_all(self: &Arc<Self>, id: ConnectionId, rooms: &[RoomId]) -> Result<usize, HubError> {
        let connection = self.connection(id).ok_or(HubError::Closed)?;
        let mut begun = Vec::new();
        let outcome = self.begin_watches(&connection, rooms, &mut begun).await;
        let kept = self.settle(&connection, begun).await;
        outcome.and(kept)
    }

    /// Ends a watch.
    pub fn unwatch(&self, id: ConnectionId, room: RoomId) {
        let Some(topic) = self.topic(room) else { return };
        topic.state.lock().unwatch(room, id);
        self.release(&topic);
    }

    async fn begin_watches<'a>(
        &'a self,
        connection: &Arc<Connection>,
        rooms: &[RoomId],
        begun: &mut Vec<Begun<'a>>,
    ) -> Result<(), HubError> {
        for page in rooms.chunks(PAGE) {
            connection.check_open()?;
            let pins: Vec<_> = page.iter().map(|room| self.pin(*room)).collect();
            self.ready_all(&pins.iter().map(|pin| (pin.topic.room, Arc::clone(&pin.topic))).collect()).await?;
            for pin in pins {
                match pin.topic.watch(connection, self.deps.settings.rooms_per_connection) {
                    Ok(token) => begun.push((pin, token)),
                    Err(HubError::Revoked) => {}
                    Err(HubError::TooManyRooms) => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Counts for watches that have begun, and ends those of rooms that the user is not a member of; how many go on.
    async fn settle(&self, connection: &Connection, mut begun: Vec<Begun<'_>>) -> Result<usize, HubError> {
        let id = connection.info.id;
        let mut kept = 0;
        let mut trouble = StoreError::Unavailable("messages came faster than they were counted".to_owned());
        for _ in 0..COUNTS {
            if begun.is_empty() {
                return Ok(kept);
            }
            let rooms: Vec<RoomId> = begun.iter().map(|(pin, _)| pin.topic.room).collect();
            let found = match self.look_at(connection.info.user.id, &rooms).await {
                Ok(found) => found,
                Err(error) => {
                    trouble = error;
                    break;
                }
            };
            for (pin, token) in std::mem::take(&mut begun) {
                match self.judge(&pin.topic, id, token, &found) {
                    Verdict::Watches => kept += 1,
                    Verdict::MayNot => self.cancel(&pin.topic, id, token),
                    Verdict::CountAgain => begun.push((pin, token)),
                }
            }
        }
        for (pin, token) in begun {
            self.cancel(&pin.topic, id, token);
        }
        Err(trouble.into())
    }

    async fn look_at(&self, user: UserId, rooms: &[RoomId]) -> StoreResult<Found> {
        let queries = self.deps.store.queries();
        // In this order: what is known of the membership is not older than what is known of the log.
        let counts = queries.unread(user, rooms).await?;
        let pairs: Vec<_> = rooms.iter().map(|room| (*room, user)).collect();
        let access = queries.access(&pairs, self.deps.clock.now()).await?;
        let counts = counts.into_iter().map(|count| (count.room, count)).collect();
        Ok(Found { counts, access: access.into_iter().map(|access| (access.room, access)).collect() })
    }

    fn judge(&self, topic: &Topic, id: ConnectionId, token: u64, found: &Found) -> Verdict {
        let mut state = topic.state.lock();
        // A watch that was taken away since, or begun anew, is not this one's to judge.
        let Some(watcher) = state.watcher(id, token) else { return Verdict::Watches };
        let is_member = found.access.get(&topic.room).is_some_and(|access| policy::watch_loss(access).is_none());
        match found.counts.get(&topic.room) {
            Some(known) if is_member && watcher.right.give(known.as_of) => {
                if state.count(id, token, known, self.deps.encoder.as_ref()) {
                    Verdict::Watches
                } else {
                    Verdict::CountAgain
                }
            }
            _ => Verdict::MayNot,
        }
    }

    fn cancel(&self, topic: &Arc<Topic>, id: ConnectionId, token: u64) {
        {
            let mut state = topic.state.lock();
            if state.watcher(id, token).is_some() {
                state.unwatch(topic.room, id);
            }
        }
        self.release(topic);
    }
}
