//! Reading what is past.

use bytes::Bytes;
use hallway_application::Error;
use hallway_domain::policy::{Permit, Read};
use hallway_domain::{InvalidText, MessageId, MessageView, Seq};
use hallway_hub::RoomLabel;

use super::peer::Peer;
use super::refusal::Refusal;
use super::replay::{Past, reset, stretch};
use crate::links::Links;
use crate::ws::fastroom::{RoomRef, reply};

/// Messages that come with `join`.
const NEWEST: u32 = 50;

/// The newest messages up to a place; no bytes when there are none.
pub(super) async fn newest(
    peer: &Peer,
    permit: &Permit<Read>,
    label: &RoomLabel,
    up_to: Seq,
) -> Result<Bytes, Refusal> {
    let (messages, _) = peer.sockets.app.messages().history(permit, up_to, None, NEWEST).await?;
    Ok(fitting(peer, &messages, |messages, _| reply::history(label, messages, peer.links())))
}

/// `history_more`.
pub(super) async fn more(peer: &Peer, named: &RoomRef, before: MessageId, limit: u32) -> Result<(), Refusal> {
    let room = peer.resolve_joined(named).await?;
    let (permit, present, ..) = peer.sockets.app.rooms().admit(&peer.actor, room).await?;
    let label = peer.label(named, room).await?;
    let messages = peer.sockets.app.messages();
    let (messages, more) = messages.history(&permit, present.last_seq, Some(before), limit).await?;
    peer.say(fitting(peer, &messages, |messages, cut| {
        reply::history_more(&label, messages, more || cut, peer.links())
    }));
    Ok(())
}

/// `history_around`.
pub(super) async fn around(peer: &Peer, named: &RoomRef, message: MessageId, limit: u32) -> Result<(), Refusal> {
    let room = peer.resolve_joined(named).await?;
    let (permit, ..) = peer.sockets.app.rooms().admit(&peer.actor, room).await?;
    let label = peer.label(named, room).await?;
    let mut around = peer.sockets.app.messages().around(&permit, message, limit).await?;
    // Once more: whoever lost the room while it was read must not get what was written after that.
    peer.sockets.app.rooms().admit(&peer.actor, room).await?;
    let mut bytes = reply::history_around(&label, message, &around, peer.links());
    while bytes.len() > peer.largest_answer() && around.messages.len() > 1 {
        // From the longer end, so that the message in question stays in.
        let at = around.messages.iter().position(|view| view.message.id == message).unwrap_or_default();
        if at * 2 >= around.messages.len() {
            around.messages.remove(0);
            around.before = true;
        } else {
            around.messages.pop();
            around.after = true;
        }
        bytes = reply::history_around(&label, message, &around, peer.links());
    }
    peer.say(bytes);
    Ok(())
}

/// `fetch`: a stretch of the log once more.
pub(super) async fn fetch(peer: &Peer, named: &RoomRef, from: Seq, to: Seq) -> Result<(), Refusal> {
    let room = peer.resolve_joined(named).await?;
    let most = i64::from(peer.sockets.settings.replay_events);
    if to.0 - from.0 >= most {
        let invalid = InvalidText::new("to", format!("to must be less than {most} after from"));
        return Err(Refusal::App(Error::Invalid(invalid)));
    }
    let label = peer.label(named, room).await?;
    let past = Past { label: &label, subscription: None };
    // What is not there yet is left out. Nor does anything come along that was written after the permission was looked at.
    let present = peer.sockets.app.rooms().get(&peer.actor, room).await?;
    if let Some(reason) = stretch(peer, &past, Seq(from.0 - 1), to.min(present.last_seq)).await? {
        reset(peer, &past, &present.head(None), reason).await?;
    }
    peer.say(reply::fetched(&label, from, to));
    Ok(())
}

/// Encodes as many of the newest messages as fit into one answer; `encode` is told whether older ones were left out.
/// Long texts in another script and many reactions could else fill the mailbox in one go, and cut the reader off.
fn fitting(peer: &Peer, messages: &[MessageView], encode: impl Fn(&[MessageView], bool) -> Bytes) -> Bytes {
    let mut left_out = 0;
    loop {
        let bytes = encode(&messages[left_out..], left_out > 0);
        let kept = messages.len() - left_out;
        if bytes.len() <= peer.largest_answer() || kept <= 1 {
            return bytes;
        }
        left_out += kept.div_ceil(2);
    }
}

impl Peer {
    /// Addresses of files for this user.
    fn links(&self) -> Links<'_> {
        Links::of(&self.sockets.app, self.actor.id())
    }

    fn largest_answer(&self) -> usize {
        self.sockets.settings.mailbox.max_bytes / 2
    }
}
