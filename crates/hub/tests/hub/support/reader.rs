//! A client's end of a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use hallway_domain::ConnectionId;
use hallway_hub::{ConnectionInfo, Mailbox, Notice};
use tokio::sync::mpsc;

pub(crate) struct Reader {
    pub(crate) info: ConnectionInfo,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) notices: mpsc::Receiver<Notice>,
}

impl Reader {
    pub(crate) fn next_id() -> u128 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        u128::from(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn id(&self) -> ConnectionId {
        self.info.id
    }

    /// Everything that waits, but for who is there: after an interruption that comes again whatever else there was.
    pub(crate) fn read(&self) -> Vec<String> {
        self.read_all().into_iter().filter(|line| !line.starts_with("there ")).collect()
    }

    pub(crate) fn read_all(&self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Poll::Ready(Some(chunk)) = self.mailbox.poll_drain(&mut Context::from_waker(Waker::noop())) {
            lines.extend(String::from_utf8_lossy(&chunk).lines().map(str::to_owned));
        }
        lines
    }

    /// Whether the body has ended.
    pub(crate) fn ended(&self) -> bool {
        matches!(self.mailbox.poll_drain(&mut Context::from_waker(Waker::noop())), Poll::Ready(None))
    }

    pub(crate) fn notices(&mut self) -> Vec<Notice> {
        std::iter::from_fn(|| self.notices.try_recv().ok()).collect()
    }
}
