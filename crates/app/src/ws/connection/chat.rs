//! Messages: send, edit, delete, react.

use std::rc::Rc;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use hallway_application::{SendMessage, Sent};
use hallway_domain::{AttachmentId, Body, ClientId, Emoji, MessageId, RoomId, Seq, Timestamp};

use super::peer::Peer;
use super::refusal::Refusal;
use crate::ws::fastroom::RoomRef;
use crate::ws::fastroom::reply::{self, Acked};

/// A message to be sent.
pub(super) struct Draft {
    pub(super) body: Body,
    pub(super) id: Option<ClientId>,
    pub(super) reply_to: Option<MessageId>,
    pub(super) attachments: Vec<AttachmentId>,
}

/// Queues the message now, if its room is joined, and ends with the answer when it is committed.
pub(super) fn send(peer: &Rc<Peer>, named: RoomRef, draft: Draft) -> LocalBoxFuture<'static, Result<Bytes, Refusal>> {
    let peer = Rc::clone(peer);
    let joined = {
        let followed = peer.followed.borrow();
        followed.find(&named).filter(|room| followed.is_joined(*room))
    };
    let id = draft.id;
    match joined {
        Some(room) => {
            let sending = peer.queue(room, draft);
            Box::pin(async move {
                let sent = sending.await?;
                peer.sent(&named, room, id, sent).await
            })
        }
        None => Box::pin(async move {
            let room = peer.resolve_joined(&named).await?;
            let sent = peer.queue(room, draft).await?;
            peer.sent(&named, room, id, sent).await
        }),
    }
}

impl Peer {
    fn queue(
        &self,
        room: RoomId,
        draft: Draft,
    ) -> impl Future<Output = hallway_application::Result<Sent>> + 'static + use<> {
        let Draft { body, id, reply_to, attachments } = draft;
        self.sockets.app.messages().send(&self.actor, SendMessage { room, body, client_id: id, reply_to, attachments })
    }

    async fn sent(&self, named: &RoomRef, room: RoomId, id: Option<ClientId>, sent: Sent) -> Result<Bytes, Refusal> {
        let acked = Acked { message: sent.message, seq: Some(sent.seq), at: sent.at, duplicate: sent.duplicate };
        self.acknowledge(named, room, id, acked).await
    }

    /// Nothing for whoever did not give an id.
    pub(super) async fn acknowledge(
        &self,
        named: &RoomRef,
        room: RoomId,
        id: Option<ClientId>,
        acked: Acked,
    ) -> Result<Bytes, Refusal> {
        let Some(id) = id else { return Ok(Bytes::new()) };
        Ok(reply::ack(&self.label(named, room).await?, id, acked))
    }

    /// The answer to a change that may have changed nothing.
    async fn changed(
        &self,
        named: &RoomRef,
        room: RoomId,
        id: Option<ClientId>,
        change: (MessageId, Option<Seq>, Timestamp),
    ) -> Result<(), Refusal> {
        let (message, seq, at) = change;
        let acked = Acked { message, seq, at, duplicate: seq.is_none() };
        self.say(self.acknowledge(named, room, id, acked).await?);
        Ok(())
    }
}

/// `edit`.
pub(super) async fn edit(
    peer: &Peer,
    named: &RoomRef,
    message: MessageId,
    body: Body,
    id: Option<ClientId>,
) -> Result<(), Refusal> {
    let room = peer.resolve(named).await?;
    let (view, seq) = peer.sockets.app.messages().edit(&peer.actor, room, message, body).await?;
    let at = view.message.edited_at.unwrap_or(view.message.created_at);
    peer.changed(named, room, id, (message, Some(seq), at)).await
}

/// `delete`.
pub(super) async fn delete(
    peer: &Peer,
    named: &RoomRef,
    message: MessageId,
    id: Option<ClientId>,
) -> Result<(), Refusal> {
    let room = peer.resolve(named).await?;
    let seq = peer.sockets.app.messages().delete(&peer.actor, room, message).await?;
    peer.changed(named, room, id, (message, seq, peer.sockets.clock.now())).await
}

/// What `react` asks for.
pub(super) struct Reaction {
    pub(super) message: MessageId,
    pub(super) emoji: Emoji,
    pub(super) on: bool,
    pub(super) id: Option<ClientId>,
}

/// `react`.
pub(super) async fn react(peer: &Peer, named: &RoomRef, reaction: Reaction) -> Result<(), Refusal> {
    let Reaction { message, emoji, on, id } = reaction;
    let room = peer.resolve(named).await?;
    let seq = peer.sockets.app.messages().react(&peer.actor, room, message, emoji, on).await?;
    peer.changed(named, room, id, (message, seq, peer.sockets.clock.now())).await
}

/// `pin`.
pub(super) async fn pin(
    peer: &Peer,
    named: &RoomRef,
    message: MessageId,
    (on, id): (bool, Option<ClientId>),
) -> Result<(), Refusal> {
    let room = peer.resolve(named).await?;
    let seq = peer.sockets.app.messages().pin(&peer.actor, room, message, on).await?;
    peer.changed(named, room, id, (message, seq, peer.sockets.clock.now())).await
}
