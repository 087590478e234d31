//! What happens without being asked: presence is swept, heads are compared, old rows are removed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hallway_application::{Application, Collected};
use hallway_domain::ambient::Clock;
use hallway_domain::ports::Store;
use hallway_hub::Hub;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Live calls are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How late the end of a sanction may be in the audit log.
const NOTE_EVERY: Duration = Duration::from_secs(5);
const PRUNE_EVERY: Duration = Duration::from_hours(1);
/// Looks for sessions that somebody ended who is not on the bus.
const ENDED_EVERY: Duration = Duration::from_millis(500);
/// How far back it looks: what took long to commit, and clocks that differ a little.
const ENDED_SINCE: time::Duration = time::Duration::seconds(10);
/// Looks for accounts whose erasure was interrupted.
const ERASE_EVERY: Duration = Duration::from_mins(1);
/// Rows in one transaction of the pruning, so that it holds nobody up.
const PRUNE_ROWS: u32 = 5_000;
/// Milliseconds between two looks at the heads: 10 s, spread by 30 % so that nodes do not look all at once.
const HEADS_EVERY: std::ops::RangeInclusive<u64> = 7_000..=13_000;

/// What the loops work with.
pub(crate) struct Background {
    pub(crate) app: Application,
    pub(crate) hub: Arc<Hub>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keep_events: time::Duration,
    pub(crate) keep_sessions: time::Duration,
    pub(crate) collect_every: Duration,
}

impl Background {
    /// Runs the loops on `tasks` until `stopping` is cancelled.
    pub(crate) fn start(self, tasks: &TaskTracker, stopping: &CancellationToken) {
        let Self { app, hub, store, clock, keep_events, keep_sessions, collect_every } = self;
        let ended = app.clone();
        spawn(
            tasks,
            stopping,
            || NOTE_EVERY,
            move || {
                let app = ended.clone();
                async move {
                    if let Err(error) = app.moderation().note_expired().await {
                        tracing::warn!(%error, "ends of sanctions were not noted");
                    }
                }
            },
        );
        let files = app.clone();
        spawn(
            tasks,
            stopping,
            move || collect_every,
            move || {
                let app = files.clone();
                async move { collect(&app).await }
            },
        );
        look_after_accounts(&app, &clock, tasks, stopping);
        let (calls, lines) = (app.clone(), app.clone());
        spawn(
            tasks,
            stopping,
            || SWEEP_EVERY,
            move || {
                let app = calls.clone();
                async move {
                    if let Err(error) = app.calls().sweep().await {
                        tracing::warn!(%error, "calls whose time is up go on");
                    }
                }
            },
        );
        spawn(
            tasks,
            stopping,
            || LOOK_EVERY,
            move || {
                let app = lines.clone();
                async move {
                    if let Err(error) = app.calls().look().await {
                        tracing::warn!(%error, "calls were not looked at");
                    }
                }
            },
        );
        spawn(
            tasks,
            stopping,
            || SWEEP_EVERY,
            move || {
                let app = app.clone();
                async move {
                    if let Err(error) = app.attendance().sweep().await {
                        tracing::warn!(%error, "presence was not swept");
                    }
                }
            },
        );
        let spread = || Duration::from_millis(rand::random_range(HEADS_EVERY));
        spawn(tasks, stopping, spread, move || {
            let hub = Arc::clone(&hub);
            async move { hub.check().await }
        });
        spawn(
            tasks,
            stopping,
            || PRUNE_EVERY,
            move || {
                let (store, now) = (Arc::clone(&store), clock.now());
                async move { prune(store.as_ref(), now, keep_events, keep_sessions).await }
            },
        );
    }
}

/// What others have ended, and what was not finished.
fn look_after_accounts(app: &Application, clock: &Arc<dyn Clock>, tasks: &TaskTracker, stopping: &CancellationToken) {
    let (accounts, clock) = (app.clone(), Arc::clone(clock));
    spawn(
        tasks,
        stopping,
        || ENDED_EVERY,
        move || {
            let (app, since) = (accounts.clone(), clock.now() - ENDED_SINCE);
            async move {
                if let Err(error) = app.accounts().close_ended(since).await {
                    tracing::warn!(%error, "sessions that ended were not looked for");
                }
            }
        },
    );
    let accounts = app.clone();
    spawn(
        tasks,
        stopping,
        || ERASE_EVERY,
        move || {
            let app = accounts.clone();
            async move { erase(&app).await }
        },
    );
}

/// Does `work` again and again, with pauses; a stop does not wait for what is under way.
fn spawn<F>(
    tasks: &TaskTracker,
    stopping: &CancellationToken,
    mut pause: impl FnMut() -> Duration + Send + 'static,
    mut work: impl FnMut() -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send,
{
    let stopping = stopping.clone();
    tasks.spawn(async move {
        loop {
            let round = async {
                tokio::time::sleep(pause()).await;
                work().await;
            };
            if stopping.run_until_cancelled(round).await.is_none() {
                return;
            }
        }
    });
}

/// Goes on with erasing where a node that did so has stopped.
async fn erase(app: &Application) {
    match app.accounts().finish_erasures().await {
        Ok(0) => {}
        Ok(accounts) => tracing::info!(accounts, "finished erasing accounts"),
        Err(error) => tracing::warn!(%error, "accounts were not erased"),
    }
}

/// Clears away files that nobody has.
async fn collect(app: &Application) {
    match app.attachments().collect().await {
        Ok(Collected { uploads: 0, blobs: 0 }) => {}
        Ok(Collected { uploads, blobs }) => tracing::info!(uploads, blobs, "cleared files away"),
        Err(error) => tracing::warn!(%error, "files were not cleared away"),
    }
}

async fn prune(
    store: &dyn Store,
    now: hallway_domain::Timestamp,
    keep_events: time::Duration,
    keep_sessions: time::Duration,
) {
    let (mut events, mut removed) = (0, u64::from(PRUNE_ROWS));
    while removed >= u64::from(PRUNE_ROWS) {
        removed = match store.prune_events(now, keep_events, PRUNE_ROWS).await {
            Ok(removed) => removed,
            Err(error) => {
                tracing::warn!(%error, "old events were not removed");
                0
            }
        };
        events += removed;
    }
    match store.prune_sessions(now, keep_sessions).await {
        Ok(sessions) => tracing::info!(events, sessions, "removed what is out of date"),
        Err(error) => tracing::warn!(%error, "old sessions were not removed"),
    }
}
