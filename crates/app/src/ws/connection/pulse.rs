//! What a connection does by the clock: heartbeats, and the end of its token.

use std::time::Duration;

use hallway_domain::{Disconnect, Timestamp};
use tokio::time::Instant;

use super::control;
use super::peer::Peer;
use crate::ws::fastroom::reply;

/// How long before the end of its token a client is told.
const NOTICE: time::Duration = time::Duration::seconds(60);

pub(super) struct Pulse {
    next_ping: Instant,
    /// The end of the token of which the client was told.
    told: Option<Timestamp>,
}

impl Pulse {
    pub(super) fn new(interval: Duration) -> Self {
        Self { next_ping: Instant::now() + interval, told: None }
    }

    /// When to look next.
    pub(super) fn next(&self, peer: &Peer) -> Instant {
        let expires_at = peer.expires_at.get();
        let mut left = expires_at - peer.sockets.clock.now();
        if peer.is_native() && self.told != Some(expires_at) {
            left -= NOTICE;
        }
        let token = Instant::now() + left.max(time::Duration::ZERO).unsigned_abs();
        self.next_ping.min(peer.heard.get() + peer.sockets.settings.heartbeat_ttl).min(token)
    }

    /// Does what is due.
    pub(super) fn beat(&mut self, peer: &Peer) {
        let now = Instant::now();
        let expires_at = peer.expires_at.get();
        let left = expires_at - peer.sockets.clock.now();
        if left <= time::Duration::ZERO {
            return peer.close(Disconnect::TokenExpired);
        }
        if now.duration_since(peer.heard.get()) >= peer.sockets.settings.heartbeat_ttl {
            return peer.close(Disconnect::NoHeartbeat);
        }
        if peer.is_native() && left <= NOTICE && self.told != Some(expires_at) {
            self.told = Some(expires_at);
            peer.say(reply::auth_expiring(expires_at));
        }
        if now >= self.next_ping {
            self.next_ping = now + peer.sockets.settings.heartbeat;
            peer.say(control::ping());
        }
    }
}
