//! From a command to whoever carries it out.

use std::rc::Rc;

use hallway_application::Error;
use hallway_domain::policy::Denied;
use hallway_domain::{Room, RoomId, RoomName};
use hallway_hub::RoomLabel;
use secrecy::{ExposeSecret, SecretString};

use super::peer::Peer;
use super::refusal::Refusal;
use super::{chat, history, join, marks};
use crate::ws::fastroom::{Command, RoomRef, reply};

/// Carries a command out and answers it.
pub(super) async fn run(peer: Rc<Peer>, command: Command) {
    let origin = command.origin();
    if let Err(refusal) = perform(&peer, command).await {
        peer.refuse(&origin, &refusal);
    }
}

async fn perform(peer: &Rc<Peer>, command: Command) -> Result<(), Refusal> {
    match command {
        Command::Join { room, since, epoch } => join::join(peer, &room, since.map(|since| (since, epoch))).await,
        Command::Leave { room } => join::leave(peer, &room).await,
        Command::Chat { room, body, id, reply_to, attachments } => {
            peer.say(chat::send(peer, room, chat::Draft { body, id, reply_to, attachments }).await?);
            Ok(())
        }
        Command::Edit { room, message, body, id } => chat::edit(peer, &room, message, body, id).await,
        Command::Delete { room, message, id } => chat::delete(peer, &room, message, id).await,
        Command::React { room, message, emoji, on, id } => {
            chat::react(peer, &room, chat::Reaction { message, emoji, on, id }).await
        }
        Command::Pin { room, message, on, id } => chat::pin(peer, &room, message, (on, id)).await,
        Command::HistoryMore { room, before, limit } => history::more(peer, &room, before, limit).await,
        Command::HistoryAround { room, message, limit } => history::around(peer, &room, message, limit).await,
        Command::Fetch { room, from, to } => history::fetch(peer, &room, from, to).await,
        Command::Typing { room, typing } => marks::typing(peer, &room, typing).await,
        Command::Read { room, seq } => marks::read(peer, &room, seq).await,
        Command::MarkUnread { room, message, id } => marks::unread(peer, &room, message, id).await,
        Command::Delivered { room, seq } => marks::delivered(peer, &room, seq).await,
        Command::Ping => {
            let heads = peer.is_native().then(|| peer.sockets.hub.heads(peer.id()));
            peer.say(reply::pong(peer.sockets.clock.now(), heads));
            Ok(())
        }
        Command::Auth { token } => auth(peer, &token).await,
    }
}

/// Another token of the same session, before the present one ends.
async fn auth(peer: &Peer, token: &SecretString) -> Result<(), Refusal> {
    let caller = peer.sockets.app.accounts().authenticate(token.expose_secret()).await?;
    if caller.actor.session != peer.actor.session || caller.actor.id() != peer.actor.id() {
        // Frames of another session would be cut by the end of the wrong one.
        return Err(Refusal::App(Error::Denied(Denied::NotPermitted)));
    }
    peer.expires_at.set(caller.expires_at);
    peer.say(reply::auth_ok(caller.expires_at));
    Ok(())
}

impl Peer {
    /// The room that a frame names, joined or not.
    pub(super) async fn resolve(&self, room: &RoomRef) -> Result<RoomId, Refusal> {
        let known = self.followed.borrow().find(room);
        match (known, room) {
            (Some(id), _) => Ok(id),
            (None, RoomRef::Id(id)) => Ok(*id),
            (None, RoomRef::Name(name)) => Ok(self.sockets.app.rooms().locate(name).await?),
            (None, RoomRef::Direct(user)) => {
                Ok(self.sockets.app.rooms().direct_with(&self.actor, user.clone()).await?.id)
            }
        }
    }

    /// The room that a frame names, which has to be joined on this connection.
    pub(super) async fn resolve_joined(&self, room: &RoomRef) -> Result<RoomId, Refusal> {
        let known = self.followed.borrow().find(room);
        let id = match self.resolve(room).await {
            Ok(id) => id,
            Err(Refusal::App(Error::NotFound(_))) => return Err(Refusal::NotJoined),
            Err(other) => return Err(other),
        };
        if self.followed.borrow().is_joined(id) {
            return Ok(id);
        }
        // Who was in it, or may see it, is told what is in the way.
        match (self.sockets.app.rooms().admit(&self.actor, id).await, known) {
            (Ok((_, _, standing, _)), Some(_)) if standing.membership.is_none() => {
                Err(Error::Denied(Denied::NotMember).into())
            }
            (Err(Error::Denied(Denied::Hidden) | Error::NotFound(_)), None) | (Ok(_), _) => Err(Refusal::NotJoined),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// What to label an answer about the room with: the name that the client used, or the one that it has.
    pub(super) async fn label(&self, named: &RoomRef, room: RoomId) -> Result<RoomLabel, Refusal> {
        let joined = self.followed.borrow().label(room).cloned();
        let mut label = match joined {
            Some(label) => label,
            None => self.label_of(&self.sockets.app.rooms().get(&self.actor, room).await?).await?,
        };
        if let Some(name) = name_of(named) {
            label.name = Some(name);
        }
        Ok(label)
    }

    /// What frames of the room are labelled with for this user, whom the policy has let see it.
    pub(super) async fn label_of(&self, room: &Room) -> Result<RoomLabel, Error> {
        let peers = self.sockets.app.rooms().peers(room).await?;
        Ok(RoomLabel::of(&room.head(peers)).seen_by(self.actor.id()))
    }
}

pub(super) fn name_of(room: &RoomRef) -> Option<RoomName> {
    match room {
        RoomRef::Id(_) | RoomRef::Direct(_) => None,
        RoomRef::Name(name) => Some(name.clone()),
    }
}
