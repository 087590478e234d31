//! Messages.

use hallway_application::{Error, Missing, SendMessage};
use hallway_domain::{Body, MessageId};

use super::super::peer::Peer;
use super::super::refusal::Refusal;
use super::follow::follow_to_write;
use crate::ws::fastsock::{Target, reply};

/// A message to be sent.
pub(super) struct Draft {
    pub(super) body: Body,
    pub(super) image: bool,
    pub(super) reply_to: Option<MessageId>,
}

/// Sends, and acknowledges before the message itself comes back: what the room says meanwhile is held.
pub(super) async fn send(peer: &Peer, to: Target, draft: Draft) -> Result<(), Refusal> {
    let room = match to {
        Target::User(user) => {
            let known = peer.followed.borrow().direct_with(user);
            match known {
                Some(room) => room,
                None => peer.sockets.app.rooms().direct(&peer.actor, user).await?.0.id,
            }
        }
        Target::Room(room) => room,
    };
    // Its own message comes back like everybody's, so the room has to be followed first.
    if !peer.followed.borrow().is_joined(room) {
        follow_to_write(peer, room).await?;
    }
    let Draft { body, image, reply_to } = draft;
    let file = if image { peer.sockets.app.attachments().resolve_upload_url(body.as_str()) } else { None };
    if let Some(file) = file {
        let shown = as_kept(peer, &body)?;
        match commit(peer, SendMessage { room, body: shown, client_id: None, reply_to, attachments: vec![file] }).await
        {
            // It is in another message already: then this one only names it.
            Err(Refusal::App(Error::NotFound(Missing::Attachment))) => {}
            end => return end,
        }
    }
    commit(peer, SendMessage { room, body, client_id: None, reply_to, attachments: Vec::new() }).await
}

/// What is kept of the address of a file that the message has. Where it is configured under which address browsers find
/// this server, nothing: the address is made again whenever the message is shown. Otherwise nobody but the client knows.
fn as_kept(peer: &Peer, address: &Body) -> Result<Body, Refusal> {
    if !peer.sockets.settings.encoder.fastsock.links.are_known() {
        return Ok(address.clone());
    }
    Body::parse_beside_files(String::new(), 0).map_err(|invalid| Refusal::App(invalid.into()))
}

async fn commit(peer: &Peer, message: SendMessage) -> Result<(), Refusal> {
    let hold = peer.mailbox.hold();
    let sent = peer.sockets.app.messages().send(&peer.actor, message).await?;
    hold.release(reply::ack(&sent));
    Ok(())
}
