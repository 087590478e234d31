//! Counting what is unread once more, where deliveries alone do not tell: a message was deleted or mentions others now,
//! or a mark moved to somewhere in the middle.

use std::sync::Arc;
use std::time::Duration;

use hallway_domain::UserId;
use tokio::time::Instant;

use crate::topic::Topic;
use crate::{Hub, meter};

/// So much is gathered first that many changes at once cost one statement.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Starts a count that [`crate::topic::TopicState::claim_recount`] asked for.
pub(crate) fn start(hub: &Hub, topic: &Arc<Topic>) {
    let topic = Arc::clone(topic);
    hub.spawn(|hub| async move {
        tokio::select! {
            () = topic.gone.cancelled() => {}
            () = recount(&hub, &topic) => {}
        }
    });
}

/// Goes on until nobody's count is lost.
async fn recount(hub: &Hub, topic: &Topic) {
    let mut pause = PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        let Some(watches) = topic.state.lock().begin_recount() else { return };
        if watches.is_empty() {
            pause = (pause * 2).min(LONGEST_PAUSE);
            continue;
        }
        let mut users: Vec<UserId> = watches.iter().map(|(.., user)| *user).collect();
        users.sort_unstable();
        users.dedup();
        meter::recount();
        let began = Instant::now();
        match hub.deps.store.queries().unread_of(topic.room, &users).await {
            Ok(counts) => {
                // Where counting is much work, the database is left to others most of the time.
                pause = (began.elapsed() * 4).clamp(PAUSE, LONGEST_PAUSE);
                let mut state = topic.state.lock();
                for (id, token, user) in watches {
                    // Who is not a member any more is about to lose the watch.
                    let Some((_, known)) = counts.iter().find(|(counted, _)| *counted == user) else { continue };
                    if !state.count(id, token, known, hub.deps.encoder.as_ref()) {
                        state.lose_count(id, token);
                    }
                }
            }
            Err(error) => {
                tracing::warn!(room.id = topic.room.0, %error, "could not count what is unread in room {}", topic.room);
                pause = (pause * 2).min(LONGEST_PAUSE);
                let mut state = topic.state.lock();
                for (id, token, _) in watches {
                    state.lose_count(id, token);
                }
            }
        }
    }
}
