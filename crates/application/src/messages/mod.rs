//! Messages: one path in, one log out.

use std::future::Future;

use hallway_domain::policy::{Permit, Read};
use hallway_domain::{
    Actor, Body, ClientId, Emoji, Event, MessageId, MessageView, Page, PageRequest, RoomId, Seq, Timestamp,
};

use crate::context::Context;
use crate::{Ports, Result, Settings};

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct SendMessage {
    pub room: RoomId,
    pub body: Body,
    /// Makes the send repeatable: the same id gives the first message back, however often it is sent.
    pub client_id: Option<ClientId>,
    pub reply_to: Option<MessageId>,
}

/// A message that is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub message: MessageId,
    pub seq: Seq,
    pub at: Timestamp,
    /// It had been sent before, under this client id.
    pub duplicate: bool,
}

/// Messages around one.
#[derive(Clone, Debug)]
pub struct Around {
    /// In ascending `seq`, the message itself among them.
    pub messages: Vec<MessageView>,
    /// Whether there are older ones.
    pub before: bool,
    /// Whether there are newer ones.
    pub after: bool,
}

/// The way to the writer.
#[derive(Clone)]
pub(crate) struct Outgoing;

/// Commits sends in batches: while one batch commits, the next gathers. No timer.
pub struct MessageWriter;

pub(crate) fn channel(ports: &Ports, settings: &Settings) -> (Outgoing, MessageWriter) {
    todo!()
}

impl MessageWriter {
    /// Runs until every [`crate::Application`] is gone and all that was taken is committed.
    pub async fn run(self) {
        todo!()
    }
}

pub struct Messages<'a> {
    pub(crate) context: &'a Context,
}

impl Messages<'_> {
    /// Queues the message now, in the order of calls, and ends when it is committed. The future owns what it needs, so
    /// that a connection may have many sends under way.
    pub fn send(
        &self,
        actor: &Actor,
        command: SendMessage,
    ) -> impl Future<Output = Result<Sent>> + Send + 'static + use<> {
        async { todo!() }
    }
    /// The edited message and the place of the edit.
    pub async fn edit(
        &self,
        actor: &Actor,
        room: RoomId,
        message: MessageId,
        body: Body,
    ) -> Result<(MessageView, Seq)> {
        todo!()
    }
    /// Leaves a tombstone. Deleting twice is fine; the place of the deletion, none if it was deleted before.
    pub async fn delete(&self, actor: &Actor, room: RoomId, message: MessageId) -> Result<Option<Seq>> {
        todo!()
    }
    /// Adds or removes the caller's reaction; the place of the change, none if nothing changed.
    pub async fn react(
        &self,
        actor: &Actor,
        room: RoomId,
        message: MessageId,
        emoji: Emoji,
        on: bool,
    ) -> Result<Option<Seq>> {
        todo!()
    }
    /// A page counted from the newest message backwards, in ascending order.
    pub async fn page(&self, actor: &Actor, room: RoomId, page: PageRequest) -> Result<Page<MessageView>> {
        todo!()
    }
    /// The newest `limit` messages up to `up_to` and before `before`; whether there are older ones.
    pub async fn history(
        &self,
        permit: &Permit<Read>,
        up_to: Seq,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<(Vec<MessageView>, bool)> {
        todo!()
    }
    /// About `limit` messages around `message`.
    pub async fn around(&self, permit: &Permit<Read>, message: MessageId, limit: u32) -> Result<Around> {
        todo!()
    }
    /// The events after `after` up to `up_to`, at most `limit`; none when the log was cut by retention.
    pub async fn events(
        &self,
        permit: &Permit<Read>,
        after: Seq,
        up_to: Seq,
        limit: u32,
    ) -> Result<Option<Vec<Event>>> {
        todo!()
    }
    /// Raises the caller's read mark and tells the room.
    pub async fn mark_read(&self, actor: &Actor, room: RoomId, seq: Seq) -> Result<()> {
        todo!()
    }
    /// Raises the caller's delivered mark and tells the room.
    pub async fn mark_delivered(&self, actor: &Actor, room: RoomId, seq: Seq) -> Result<()> {
        todo!()
    }
}
