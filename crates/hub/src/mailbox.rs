//! What waits to be written to one socket.

use std::task::{Context, Poll};

use bytes::Bytes;
use hallway_domain::Disconnect;

/// Bounds of a mailbox.
#[derive(Clone, Copy, Debug)]
pub struct MailboxSettings {
    /// Most bytes that may wait; one frame more disconnects with [`Disconnect::TooSlow`].
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
pub struct Mailbox {}

impl Mailbox {
    pub fn new(settings: MailboxSettings) -> Self {
        todo!()
    }
    /// Adds frames that must arrive. Too many waiting: nothing is added and the connection is closed as too slow.
    pub fn push(&self, frames: Bytes) {
        todo!()
    }
    /// Adds a frame that may be dropped; replaces one with the same key that still waits.
    pub fn push_ephemeral(&self, key: CoalesceKey, frame: Bytes) {
        todo!()
    }
    /// Ends the connection once what waits is written; `last` goes out at the end. The first reason stands. With
    /// [`Disconnect::TooSlow`] what waits is dropped instead.
    pub fn close(&self, why: Disconnect, last: Bytes) {
        todo!()
    }
    /// Why it was closed, if it was.
    pub fn closed(&self) -> Option<Disconnect> {
        todo!()
    }
    /// Ends when it is closed.
    pub async fn on_close(&self) -> Disconnect {
        todo!()
    }
    /// Ends when little enough waits to go on with a long replay, or when it is closed.
    pub async fn writable(&self) {
        todo!()
    }
    pub fn queued_bytes(&self) -> usize {
        todo!()
    }
    /// For the response body: all that waits as one chunk; `None` once closed and drained.
    pub fn poll_drain(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        todo!()
    }
}
