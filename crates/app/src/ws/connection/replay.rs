//! Sending a stretch of a room's log again.

use bytes::{Bytes, BytesMut};
use hallway_domain::policy::{Permit, Read};
use hallway_domain::{Disconnect, Epoch, RoomHead, RoomId, Seq};
use hallway_hub::{Encoder as _, RoomLabel, Subscription};
use hallway_protocol::ws::fastroom::ResetReason;
use tokio::time::timeout;

use super::history::newest;
use super::peer::Peer;
use super::refusal::Refusal;
use crate::ws::fastroom::reply;

/// Events in one read.
const PAGE: u32 = 200;

/// Bytes that are handed over at once.
const CHUNK: usize = 32 * 1024;

/// Where a room's past goes.
pub(super) struct Past<'a> {
    pub(super) label: &'a RoomLabel,
    /// The subscription that is not live yet: through it nothing gets in after the loss of the room.
    pub(super) subscription: Option<&'a Subscription>,
}

impl Past<'_> {
    fn push(&self, peer: &Peer, frames: Bytes) -> Result<(), Refusal> {
        match self.subscription {
            Some(subscription) => subscription.push(frames)?,
            None => peer.say(frames),
        }
        Ok(())
    }
}

/// Everything after `since` up to `head`, or `reset` and the newest history where that cannot be.
pub(super) async fn replay(
    peer: &Peer,
    past: &Past<'_>,
    head: &RoomHead,
    since: Seq,
    epoch: Option<Epoch>,
) -> Result<(), Refusal> {
    let is_foreign = epoch.is_some_and(|epoch| epoch != head.epoch) || since > head.seq;
    let reason = if is_foreign {
        Some(ResetReason::EpochChanged)
    } else if head.seq.0 - since.0 > i64::from(peer.sockets.settings.replay_events) {
        Some(ResetReason::TooFar)
    } else {
        stretch(peer, past, since, head.seq).await?
    };
    match reason {
        Some(reason) => reset(peer, past, head, reason).await,
        None => Ok(()),
    }
}

pub(super) async fn reset(peer: &Peer, past: &Past<'_>, head: &RoomHead, reason: ResetReason) -> Result<(), Refusal> {
    let permit = admit(peer, head.room).await?;
    let mut frames = BytesMut::from(&reply::reset(past.label, reason, head)[..]);
    frames.extend_from_slice(&newest(peer, &permit, past.label, head.seq).await?);
    past.push(peer, frames.freeze())
}

/// The events after `after` up to `up_to`, at the client's pace; what was in the way, if not all could be sent.
pub(super) async fn stretch(
    peer: &Peer,
    past: &Past<'_>,
    mut after: Seq,
    up_to: Seq,
) -> Result<Option<ResetReason>, Refusal> {
    let room = past.label.room;
    let encoder = &peer.sockets.settings.encoder;
    let mut permit = admit(peer, room).await?;
    while after < up_to {
        let Some(events) = peer.sockets.app.messages().events(&permit, after, up_to, PAGE).await? else {
            return Ok(Some(ResetReason::LogCut));
        };
        let Some(last) = events.last().map(|event| event.seq) else { break };
        let mut chunk = BytesMut::new();
        for event in &events {
            chunk.extend_from_slice(&encoder.event(peer.dialect, past.label, event));
            if chunk.len() < CHUNK && event.seq != last {
                continue;
            }
            past.push(peer, chunk.split().freeze())?;
            if progress(peer).await? {
                // Time has passed: what was allowed may not be any more.
                permit = admit(peer, room).await?;
            }
        }
        after = last;
    }
    Ok(None)
}

async fn admit(peer: &Peer, room: RoomId) -> Result<Permit<Read>, Refusal> {
    Ok(peer.sockets.app.rooms().permit(&peer.actor, room).await?.0)
}

/// Waits until the client has read enough to go on; whether that took any waiting.
async fn progress(peer: &Peer) -> Result<bool, Refusal> {
    let settings = &peer.sockets.settings;
    if peer.mailbox.queued_bytes() <= settings.mailbox.low_water_bytes {
        return Ok(false);
    }
    if timeout(settings.write_timeout, peer.mailbox.writable()).await.is_err() {
        peer.close(Disconnect::TooSlow);
    }
    if peer.mailbox.closed().is_some() {
        return Err(Refusal::Stalled);
    }
    // Heartbeats wait behind the replay; that it is read shows as much.
    peer.is_alive();
    Ok(true)
}
