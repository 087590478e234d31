//! Fills holes from the log, and gives up on none: it retries until the log was read or nobody listens any more.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use hallway_domain::ports::{StoreError, StoreResult};
use hallway_domain::{RoomHead, RoomLoss, Seq};

use crate::topic::{Cursor, Topic};
use crate::{Hub, HubError, meter};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After so many reads that did not show an event which the bus spoke of, the database is believed.
const DOUBTS: u32 = 6;

enum Pass {
    /// The cursor is where the database says that the log ends; whether it got any further on the way.
    Done { progress: bool },
    /// The topic is not followed any more.
    Gone,
}

/// How long a reservation waits for the log.
const CATCH_UP: Duration = Duration::from_secs(3);

/// Waits until the cursor is at `since`, or the database says that the log is not that long. However many wait, there is
/// one repair.
pub(crate) async fn catch_up(hub: &Hub, topic: &Arc<Topic>, since: Seq) -> Result<(), HubError> {
    let caught_up = async {
        // A repair that was under way may have asked the database too early. The next one has not.
        for _ in 0..2 {
            {
                let mut state = topic.state.lock();
                match &mut state.cursor {
                    Some(cursor) if cursor.head() < since => cursor.doubt(),
                    _ => return,
                }
            }
            hub.attend(topic);
            repaired(topic, since).await;
        }
    };
    tokio::time::timeout(CATCH_UP, caught_up)
        .await
        .map_err(|_| StoreError::Unavailable("the log of the room was not read in time".to_owned()).into())
}

/// Waits for the end of the repair under way, or until it is far enough.
async fn repaired(topic: &Topic, since: Seq) {
    loop {
        let ended = topic.repaired.notified();
        {
            let state = topic.state.lock();
            if !state.repairing || state.cursor.as_ref().is_none_or(|cursor| cursor.head() >= since) {
                return;
            }
        }
        ended.await;
    }
}

/// Starts a repair that [`crate::topic::TopicState::claim_repair`] asked for.
pub(crate) fn start(hub: &Hub, topic: &Arc<Topic>) {
    meter::gap();
    let topic = Arc::clone(topic);
    hub.spawn(|hub| async move { repair(&hub, topic).await });
}

/// Gives the repair back when its task ends in an unforeseen way, so that the next gap begins another.
struct Claim {
    topic: Arc<Topic>,
    held: bool,
}

impl Claim {
    /// Gives the repair back if nothing is missing any more, in one step with finding that out.
    fn end(&mut self, doubts: u32) -> bool {
        let mut state = self.topic.state.lock();
        if doubts >= DOUBTS
            && let Some(cursor) = &mut state.cursor
        {
            tracing::error!(room.id = self.topic.room.0, "the bus spoke of events that the log does not have");
            cursor.forget_pending();
        }
        if state.cursor.as_ref().is_some_and(Cursor::is_behind) {
            return false;
        }
        state.repairing = false;
        self.held = false;
        self.topic.repaired.notify_waiters();
        true
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.held {
            self.topic.state.lock().repairing = false;
            self.topic.repaired.notify_waiters();
        }
    }
}

async fn repair(hub: &Hub, topic: Arc<Topic>) {
    let mut claim = Claim { topic: Arc::clone(&topic), held: true };
    let mut failures = 0;
    let mut doubts = 0;
    loop {
        let outcome = tokio::select! {
            () = topic.gone.cancelled() => return,
            outcome = pass(hub, &topic) => outcome,
        };
        match outcome {
            Ok(Pass::Done { progress: false }) => doubts += 1,
            Ok(Pass::Done { progress: true } | Pass::Gone) => (failures, doubts) = (0, 0),
            Err(error) => {
                meter::repair_failed();
                if failures == 0 {
                    tracing::warn!(room.id = topic.room.0, %error, "could not read the log of room {}", topic.room);
                }
                failures += 1;
            }
        }
        if claim.end(doubts) {
            return;
        }
        if failures + doubts > 0 {
            tokio::select! {
                () = topic.gone.cancelled() => return,
                () = tokio::time::sleep(pause(hub, &topic, failures + doubts)) => {}
            }
        }
    }
}

/// Doubles with every failure, give or take a half.
fn pause(hub: &Hub, topic: &Topic, failures: u32) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE);
    let thousandths = u32::try_from(hub.jitter.hash_one((topic.room, failures)) % 1000).unwrap_or(0);
    full / 2 + full * thousandths / 1000
}

/// Forwards everything from the cursor to where the database says that the log ends.
async fn pass(hub: &Hub, topic: &Arc<Topic>) -> StoreResult<Pass> {
    let encoder = hub.deps.encoder.as_ref();
    let queries = hub.deps.store.queries();
    let heads = queries.heads(&[topic.room]).await?;
    let Some(head) = heads.into_iter().find(|head| head.room == topic.room) else {
        hub.lose_room(topic, RoomLoss::Deleted);
        return Ok(Pass::Gone);
    };
    let Some(begin) = confirm(hub, topic, &head) else { return Ok(Pass::Gone) };
    hub.release(topic);
    loop {
        let after = match &topic.state.lock().cursor {
            None => return Ok(Pass::Gone),
            Some(cursor) if cursor.head() >= head.seq => return Ok(Pass::Done { progress: cursor.head() > begin }),
            Some(cursor) => cursor.head(),
        };
        let events = queries.events(topic.room, after, head.seq, hub.deps.settings.repair_page.max(1)).await?;
        {
            let mut state = topic.state.lock();
            let was_empty = events.is_empty();
            let news = state.replay(events, encoder);
            // The bus may have brought them while the log was being read.
            let still_missing = state.cursor.as_ref().is_some_and(|cursor| cursor.head() <= after);
            match news {
                Ok(news) if !(was_empty && still_missing) => meter::repaired(news),
                _ => state.restart(&head, encoder),
            }
        }
        // That may have ended the last subscriber.
        hub.attend(topic);
    }
}

/// Tells the cursor what the database says; where the cursor stands, if the topic is still followed.
fn confirm(hub: &Hub, topic: &Topic, head: &RoomHead) -> Option<Seq> {
    let mut state = topic.state.lock();
    if state.cursor.as_mut()?.confirm(head).is_err() {
        state.restart(head, hub.deps.encoder.as_ref());
    }
    state.cursor.as_ref().map(Cursor::head)
}
