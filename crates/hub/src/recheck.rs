//! Revocations that the bus lost. They are in no log of it, so what they would have taken away is looked up.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hallway_domain::policy;
use hallway_domain::ports::{Access, StoreResult};
use hallway_domain::{Disconnect, RoomId, RoomLoss, SessionId, UserId};
use tokio::time::{Instant, sleep, timeout};

use crate::connections::Connection;
use crate::topic::{Place, Topic};
use crate::{Hub, meter};

/// Most sessions, or pairs of room and user, in one query.
const PAGE: usize = 500;
/// How long it may take to find out what an interruption of the bus has hidden. Who has not been looked up by then is
/// disconnected.
const PATIENCE: Duration = Duration::from_secs(10);
/// Least time from the beginning of one check to that of the next.
const SPACING: Duration = Duration::from_millis(500);
/// How long it may take to find out who may still read a room that became private. Who is not known to by then loses it.
const LOOK: Duration = Duration::from_millis(900);

impl Hub {
    /// The bus may have lost something: events, which the logs have, and revocations.
    pub(crate) async fn check_after_interruption(self: &Arc<Self>) {
        let mut unsure: Vec<Arc<Connection>> = Vec::new();
        let mut pause = Duration::from_millis(100);
        self.refresh_presence_soon();
        self.wait_for_turn().await;
        let begin = Instant::now();
        loop {
            // From here on another interruption means another check.
            self.check_queued.store(false, Ordering::Release);
            if unsure.is_empty() {
                unsure = self.connections.lock().all();
            }
            let Err(error) = self.try_check().await else { return };
            tracing::warn!(%error, "could not find out what an interruption of the bus has hidden");
            if begin.elapsed() >= PATIENCE {
                break;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        tracing::error!(connections = unsure.len(), "rights could not be looked up: connections have to come back");
        for connection in unsure {
            connection.close(Disconnect::Internal, self.deps.encoder.as_ref());
        }
    }

    /// Many nodes may say at about the same time that they could not publish: that does not make as many checks.
    async fn wait_for_turn(&self) {
        let last = *self.checked.lock();
        if let Some(last) = last {
            tokio::time::sleep_until(last + SPACING).await;
        }
        *self.checked.lock() = Some(Instant::now());
    }

    async fn try_check(self: &Arc<Self>) -> StoreResult<()> {
        // What takes away comes before what gives.
        self.check_sessions().await?;
        self.check_access().await?;
        self.try_check_heads().await
    }

    /// Closes the connections of sessions that are over.
    pub(crate) async fn check_sessions(&self) -> StoreResult<()> {
        let sessions: Vec<SessionId> = self.connections.lock().sessions();
        for page in sessions.chunks(PAGE) {
            meter::session_check();
            let mut live = self.deps.store.queries().live_sessions(page, self.deps.clock.now()).await?;
            live.sort_unstable();
            for session in page.iter().filter(|session| live.binary_search(session).is_err()) {
                let connections = self.connections.lock().of_session(*session);
                meter::healed(connections.len());
                for connection in connections {
                    connection.close(Disconnect::SessionRevoked, self.deps.encoder.as_ref());
                }
            }
        }
        Ok(())
    }

    /// Takes rooms away from whoever may not read them any more.
    async fn check_access(&self) -> StoreResult<()> {
        let topics: Vec<Arc<Topic>> = self.topics.lock().values().map(Arc::clone).collect();
        let mut page: Vec<(Arc<Topic>, Place)> = Vec::new();
        for topic in topics {
            let places = topic.state.lock().places();
            for place in places {
                page.push((Arc::clone(&topic), place));
                if page.len() >= PAGE {
                    self.look_up(std::mem::take(&mut page)).await?;
                }
            }
        }
        self.look_up(page).await
    }

    async fn look_up(&self, places: Vec<(Arc<Topic>, Place)>) -> StoreResult<()> {
        if places.is_empty() {
            return Ok(());
        }
        meter::access_check();
        let pairs = places.iter().map(|(topic, place)| (topic.room, place.user)).collect();
        let access = self.access(pairs).await?;
        for (topic, place) in places {
            // A room that is not there is found to be gone when heads are compared.
            if let Some(access) = find(&access, topic.room, place.user) {
                let loss = if place.watches { policy::watch_loss(access) } else { policy::loss(access) };
                self.end(&topic, &place, loss);
            }
        }
        Ok(())
    }

    /// In order of room and user.
    async fn access(&self, mut pairs: Vec<(RoomId, UserId)>) -> StoreResult<Vec<Access>> {
        pairs.sort_unstable();
        pairs.dedup();
        let mut access = self.deps.store.queries().access(&pairs, self.deps.clock.now()).await?;
        access.sort_unstable_by_key(|access| (access.room, access.user));
        Ok(access)
    }

    fn end(&self, topic: &Arc<Topic>, place: &Place, loss: Option<RoomLoss>) {
        let Some(why) = loss else { return };
        {
            let mut state = topic.state.lock();
            // What was begun meanwhile is not meant.
            if !state.is_taken(place) {
                return;
            }
            meter::healed(1);
            if place.watches && state.subscribers.contains_key(&place.connection) {
                drop(state.unwatch(topic.room, place.connection));
            } else {
                state.lose(topic.room, place.connection, why, self.deps.encoder.as_ref());
            }
        }
        self.release(topic);
    }

    /// The room may have become private. Whoever reserves from now on is judged by a policy that knows; whoever was
    /// there before is looked up, and not being found in time counts as not being allowed.
    pub(crate) async fn drop_strangers(&self, topic: &Arc<Topic>) {
        let places = topic.state.lock().places();
        let deadline = Instant::now() + LOOK;
        for page in places.chunks(PAGE) {
            let users = || page.iter().map(|place| (topic.room, place.user)).collect();
            let looking = async {
                loop {
                    match self.access(users()).await {
                        Ok(access) => return access,
                        Err(error) => {
                            tracing::warn!(room.id = topic.room.0, %error, "could not look up who may read a room");
                            sleep(Duration::from_millis(100)).await;
                        }
                    }
                }
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let access = timeout(left, looking).await.unwrap_or_else(|_| {
                tracing::error!(room.id = topic.room.0, "who may read could not be looked up: all have to join again");
                Vec::new()
            });
            for place in page {
                let loss = match find(&access, topic.room, place.user) {
                    Some(access) if place.watches => policy::watch_loss(access),
                    Some(access) => policy::loss(access),
                    None => Some(RoomLoss::MadePrivate),
                };
                self.end(topic, place, loss);
            }
        }
    }
}

fn find(access: &[Access], room: RoomId, user: UserId) -> Option<&Access> {
    let at = access.binary_search_by_key(&(room, user), |access| (access.room, access.user)).ok()?;
    Some(&access[at])
}
