//! A connection without a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use hallway_domain::{Actor, ConnectionId, RoomId};
use hallway_hub::{Mailbox, Notice};
use tokio::sync::mpsc;

use super::World;

#[derive(Default)]
struct Wakes(AtomicU64);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

pub(crate) struct Reader {
    pub(crate) actor: Actor,
    pub(crate) id: ConnectionId,
    mailbox: Arc<Mailbox>,
    _notices: mpsc::Receiver<Notice>,
    wakes: Arc<Wakes>,
    waker: Waker,
}

impl Reader {
    pub(crate) fn new(actor: Actor, id: ConnectionId, mailbox: Arc<Mailbox>, notices: mpsc::Receiver<Notice>) -> Self {
        let wakes = Arc::new(Wakes::default());
        Self { actor, id, mailbox, _notices: notices, waker: Waker::from(Arc::clone(&wakes)), wakes }
    }

    /// What a socket does with `join`, but for the words.
    pub(crate) async fn join(&self, world: &World, room: RoomId) {
        world.app.rooms().join(&self.actor, room).await.expect("a public room");
        self.follow(world, room).await;
    }

    /// As a member.
    pub(crate) async fn follow(&self, world: &World, room: RoomId) {
        let reservation = world.hub.reserve(self.id, room).await.expect("reserved");
        let (permit, ..) = world.app.rooms().admit(&self.actor, room).await.expect("admitted");
        let subscription = reservation.open(&permit).expect("open");
        world.app.messages().marks(&permit).await.expect("marks");
        world.app.attendance().enter(&self.actor, &permit, self.id).await.expect("present");
        world.app.messages().history(&permit, subscription.head().seq, None, 50).await.expect("history");
        subscription.push(Bytes::from_static(b"joined")).expect("pushed");
        subscription.go_live(|_| Bytes::from_static(b"synced")).expect("live");
    }

    /// All that waits, as the chunks that a socket would write; sleeps from then on.
    pub(crate) fn drain(&mut self) -> Vec<Bytes> {
        let mut chunks = Vec::new();
        let mut context = Context::from_waker(&self.waker);
        while let Poll::Ready(Some(chunk)) = self.mailbox.poll_drain(&mut context) {
            chunks.push(chunk);
        }
        chunks
    }

    /// The first chunk, if there is one.
    pub(crate) fn take(&mut self) -> Option<Bytes> {
        match self.mailbox.poll_drain(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(chunk) => chunk,
            Poll::Pending => None,
        }
    }

    /// How often it was woken.
    pub(crate) fn wakes(&self) -> u64 {
        self.wakes.0.load(Ordering::Relaxed)
    }
}
