//! Connections of FastSock's clients. They follow every room and direct conversation of their user by themselves, from
//! the moment they connect or the room appears; what was before that their clients read by REST.

mod follow;
mod receipts;
mod send;

use std::rc::Rc;

use hallway_application::Error;
use hallway_domain::{MessageId, RoomId, UserId};

use super::peer::Peer;
use super::refusal::Refusal;
use crate::ws::fastsock::{Command, Event, FASTSOCK, Target, reply};

pub(super) use follow::{granted, greet};

/// Carries a command out, one after the other, and answers it.
pub(super) async fn run(peer: Rc<Peer>, command: Command) {
    let event = command.event();
    if let Err(refusal) = perform(&peer, command).await {
        refuse(&peer, event, &refusal);
    }
}

async fn perform(peer: &Rc<Peer>, command: Command) -> Result<(), Refusal> {
    match command {
        Command::Send { to, body, image, reply_to } => {
            send::send(peer, to, send::Draft { body, image, reply_to }).await
        }
        Command::Receipt { message, receipt } => receipts::one(peer, message, receipt).await,
        Command::ReadRoom { room } => receipts::room(peer, room).await,
        Command::React { message, emoji } => {
            let room = place(peer, message).await?;
            peer.sockets.app.messages().toggle_reaction(&peer.actor, room, message, emoji).await?;
            Ok(())
        }
        Command::Call(command) => {
            super::calls::run(Rc::clone(peer), command).await;
            Ok(())
        }
        Command::Typing { to, typing } => {
            let room = match to {
                Target::User(user) => direct(peer, user).await?,
                Target::Room(room) => room,
            };
            Ok(peer.sockets.app.attendance().typing(&peer.actor, room, typing, peer.id()).await?)
        }
    }
}

/// Where a message is that this user may read.
async fn place(peer: &Peer, message: MessageId) -> Result<RoomId, Refusal> {
    Ok(peer.sockets.app.messages().place(&peer.actor, message).await?.room)
}

/// The direct conversation with the user, if there is one.
async fn direct(peer: &Peer, user: UserId) -> Result<RoomId, Refusal> {
    let known = peer.followed.borrow().direct_with(user);
    match known {
        Some(room) => Ok(room),
        None => Ok(peer.sockets.app.rooms().direct_with(&peer.actor, user).await?.id),
    }
}

/// Detail that is not for the client goes to the log.
fn refuse(peer: &Peer, event: Event, refusal: &Refusal) {
    let word = event.word();
    let answer = match refusal {
        Refusal::App(error) => {
            match error {
                Error::Internal(detail) => tracing::error!(detail, frame = word, "a frame failed"),
                Error::Unavailable(detail) => {
                    tracing::warn!(detail, frame = word, "something that a frame depends on is not available");
                }
                _ => {}
            }
            reply::failed(event, error)
        }
        Refusal::Hub(error) => reply::hub_failed(event, error),
        Refusal::NotJoined | Refusal::Stalled => bytes::Bytes::new(),
    };
    peer.say(answer);
    if refusal.is_abuse() {
        peer.count_refusal();
    }
}

impl Peer {
    pub(super) fn is_fastsock(&self) -> bool {
        self.dialect == FASTSOCK
    }
}
