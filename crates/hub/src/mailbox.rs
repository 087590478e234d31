//! What waits to be written to one socket.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use hallway_domain::Disconnect;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::meter;

/// Bounds of a mailbox.
#[derive(Clone, Copy, Debug)]
pub struct MailboxSettings {
    /// Most bytes that may wait; one frame more disconnects with [`Disconnect::TooSlow`]. An empty mailbox takes any
    /// frame: a reader that keeps up is not slow because one commit was big, and those bytes are shared.
    pub max_bytes: usize,
    /// Ephemeral frames are dropped while more than this many bytes wait.
    pub ephemeral_bytes: usize,
    /// [`Mailbox::writable`] holds back while more than this many bytes wait.
    pub low_water_bytes: usize,
}

/// Names an ephemeral frame: of those with one key, only the newest waits.
pub type CoalesceKey = u64;

/// Shared by the hub, which fills it, the connection's task, which adds replies, and the response body, which drains
/// it. Order in is order out.
pub struct Mailbox {
    settings: MailboxSettings,
    /// The last bytes of a connection that reads too slowly.
    too_slow: Bytes,
    state: Mutex<State>,
    /// Less waits now, or it is closed.
    changed: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Waiting>,
    bytes: usize,
    /// How many in the queue have a key.
    ephemeral: usize,
    closed: Option<Disconnect>,
    /// How many may go out; what is behind them is held. None: all may.
    open: Option<usize>,
    reader: Option<Waker>,
}

struct Waiting {
    frames: Bytes,
    /// Only on ephemeral frames.
    key: Option<CoalesceKey>,
}

/// What became of frames that had to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    Taken,
    /// It was closed before.
    Refused,
    /// They were too many: it is closed now.
    Overflowed,
}

impl Mailbox {
    /// Most bytes that [`Mailbox::poll_drain`] copies into one chunk.
    pub const CHUNK: usize = 256 * 1024;

    pub fn new(settings: MailboxSettings) -> Self {
        Self::with_farewell(settings, Bytes::new())
    }

    /// A mailbox that ends with `too_slow` when it overflows.
    pub fn with_farewell(settings: MailboxSettings, too_slow: Bytes) -> Self {
        Self { settings, too_slow, state: Mutex::default(), changed: Notify::new() }
    }

    /// Holds back what is added from now on, until the hold is released with what has to go out before it. It counts
    /// as waiting meanwhile, and the end of the connection releases it.
    #[must_use]
    pub fn hold(self: &Arc<Self>) -> Hold {
        let mut state = self.state.lock();
        if state.closed.is_none() && state.open.is_none() {
            state.open = Some(state.queue.len());
        }
        Hold(Arc::clone(self))
    }

    fn release(&self, first: Bytes) {
        let mut state = self.state.lock();
        let Some(at) = state.open.take() else { return };
        if !first.is_empty() {
            state.bytes += first.len();
            state.queue.insert(at, Waiting { frames: first, key: None });
        }
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// Adds frames that must arrive. Too many waiting: nothing is added and the connection is closed as too slow.
    pub fn push(&self, frames: Bytes) {
        self.offer(frames);
    }

    pub(crate) fn offer(&self, frames: Bytes) -> Offered {
        let mut state = self.state.lock();
        if state.closed.is_some() {
            return Offered::Refused;
        }
        if frames.is_empty() {
            return Offered::Taken;
        }
        let before = state.bytes;
        if state.overflows(frames.len(), self.settings.max_bytes) {
            state.drop_ephemeral();
        }
        let outcome = if state.overflows(frames.len(), self.settings.max_bytes) {
            state.end(Disconnect::TooSlow, self.too_slow.clone());
            meter::slow_disconnect();
            Offered::Overflowed
        } else {
            state.put(frames, None);
            Offered::Taken
        };
        let reader = state.reader.take();
        let calmed = self.calmed(before, state.bytes);
        drop(state);
        if outcome == Offered::Overflowed || calmed {
            self.changed.notify_waiters();
        }
        wake(reader);
        outcome
    }

    /// Adds a frame that may be dropped; replaces one with the same key that still waits.
    pub fn push_ephemeral(&self, key: CoalesceKey, frame: Bytes) {
        if frame.is_empty() {
            return;
        }
        let mut state = self.state.lock();
        if state.closed.is_some() {
            return;
        }
        let before = state.bytes;
        // The newest takes the last place, not that of the one it replaces: it may speak of what came in between.
        state.forget(key);
        let reader = if state.bytes > self.settings.ephemeral_bytes {
            meter::ephemeral_dropped(1);
            None
        } else {
            state.put(frame, Some(key));
            state.reader.take()
        };
        let calmed = self.calmed(before, state.bytes);
        drop(state);
        // The frame that was replaced may have been longer.
        if calmed {
            self.changed.notify_waiters();
        }
        wake(reader);
    }

    /// Ends the connection once what waits is written; `last` goes out at the end. The first reason stands. With
    /// [`Disconnect::TooSlow`] what waits is dropped instead.
    pub fn close(&self, why: Disconnect, last: Bytes) {
        self.end(why, last);
    }

    /// Ends it as if it had overflowed.
    pub(crate) fn end_too_slow(&self) {
        if self.end(Disconnect::TooSlow, self.too_slow.clone()) {
            meter::slow_disconnect();
        }
    }

    /// Whether this call closed it.
    pub(crate) fn end(&self, why: Disconnect, last: Bytes) -> bool {
        let mut state = self.state.lock();
        if state.closed.is_some() {
            return false;
        }
        state.end(why, last);
        let reader = state.reader.take();
        drop(state);
        self.changed.notify_waiters();
        wake(reader);
        true
    }

    /// Why it was closed, if it was.
    pub fn closed(&self) -> Option<Disconnect> {
        self.state.lock().closed
    }

    /// Ends when it is closed.
    pub async fn on_close(&self) -> Disconnect {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(why) = self.closed() {
                return why;
            }
            changed.await;
        }
    }

    /// Ends when little enough waits to go on with a long replay, or when it is closed.
    pub async fn writable(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            {
                let state = self.state.lock();
                if state.closed.is_some() || state.bytes <= self.settings.low_water_bytes {
                    return;
                }
            }
            changed.await;
        }
    }

    pub fn queued_bytes(&self) -> usize {
        self.state.lock().bytes
    }

    /// For the response body: all that waits as one chunk (bounded by [`Mailbox::CHUNK`], but for a single entry,
    /// which is handed over uncopied); `None` once closed and drained. One body drains: the last caller is woken.
    pub fn poll_drain(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.state.lock();
        let Some(first) = state.take() else {
            if state.closed.is_some() {
                return Poll::Ready(None);
            }
            match &mut state.reader {
                Some(reader) => reader.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        };
        let before = state.bytes + first.len();
        let mut size = first.len();
        let mut more = Vec::new();
        while let Some(next) = state.queue.front()
            && size + next.frames.len() <= Self::CHUNK
            && let Some(frames) = state.take()
        {
            size += frames.len();
            more.push(frames);
        }
        state.rest();
        let calmed = self.calmed(before, state.bytes);
        drop(state);
        if calmed {
            self.changed.notify_waiters();
        }
        Poll::Ready(Some(concat(first, more, size)))
    }

    /// Whether who waits in [`Mailbox::writable`] is to be told.
    const fn calmed(&self, before: usize, now: usize) -> bool {
        before > self.settings.low_water_bytes && now <= self.settings.low_water_bytes
    }
}

/// See [`Mailbox::hold`]. Dropped, it releases with nothing.
pub struct Hold(Arc<Mailbox>);

impl Hold {
    /// Lets go: `first` goes out, then what was held. Bounded like an answer, not by what waits.
    pub fn release(self, first: Bytes) {
        self.0.release(first);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.release(Bytes::new());
    }
}

/// Joins frames; a single one is not copied.
fn concat(first: Bytes, more: Vec<Bytes>, size: usize) -> Bytes {
    if more.is_empty() {
        return first;
    }
    let mut chunk = BytesMut::with_capacity(size);
    chunk.extend_from_slice(&first);
    for frames in more {
        chunk.extend_from_slice(&frames);
    }
    chunk.freeze()
}

fn wake(reader: Option<Waker>) {
    if let Some(reader) = reader {
        reader.wake();
    }
}

impl State {
    /// A drained queue of a once busy connection gives its memory back beyond this many places.
    const KEPT_PLACES: usize = 16;

    fn overflows(&self, more: usize, max: usize) -> bool {
        self.bytes > 0 && self.bytes + more > max
    }

    fn put(&mut self, frames: Bytes, key: Option<CoalesceKey>) {
        self.bytes += frames.len();
        self.ephemeral += usize::from(key.is_some());
        self.queue.push_back(Waiting { frames, key });
    }

    fn take(&mut self) -> Option<Bytes> {
        if self.open == Some(0) {
            return None;
        }
        let Waiting { frames, key } = self.queue.pop_front()?;
        self.open = self.open.map(|open| open - 1);
        self.bytes -= frames.len();
        self.ephemeral -= usize::from(key.is_some());
        Some(frames)
    }

    /// Removes the waiting frame of `key`. Few ephemeral frames wait, and the newest are at the end.
    fn forget(&mut self, key: CoalesceKey) {
        if self.ephemeral == 0 {
            return;
        }
        if let Some(place) = self.queue.iter().rposition(|waiting| waiting.key == Some(key))
            && let Some(old) = self.queue.remove(place)
        {
            self.bytes -= old.frames.len();
            self.ephemeral -= 1;
            self.open = self.open.map(|open| open - usize::from(place < open));
        }
    }

    fn drop_ephemeral(&mut self) {
        if self.ephemeral == 0 {
            return;
        }
        meter::ephemeral_dropped(self.ephemeral);
        self.open = self.open.map(|open| self.queue.iter().take(open).filter(|waiting| waiting.key.is_none()).count());
        self.queue.retain(|waiting| waiting.key.is_none());
        self.ephemeral = 0;
        self.bytes = self.queue.iter().map(|waiting| waiting.frames.len()).sum();
    }

    fn end(&mut self, why: Disconnect, last: Bytes) {
        self.closed = Some(why);
        self.open = None;
        if why == Disconnect::TooSlow {
            self.queue.clear();
            self.bytes = 0;
            self.ephemeral = 0;
        }
        if !last.is_empty() {
            self.put(last, None);
        }
    }

    fn rest(&mut self) {
        if self.queue.is_empty() && self.queue.capacity() > Self::KEPT_PLACES {
            self.queue.shrink_to(Self::KEPT_PLACES);
        }
    }
}

#[cfg(test)]
#[path = "mailbox_tests.rs"]
mod tests;
