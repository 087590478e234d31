//! Posting what was held.

use hallway_domain::policy::{Permit, Post, Scope};
use hallway_domain::{
    Actor, Body, Fact, HeldMessage, MessageId, MessageView, NewMessage, ReplyPreview, Room, Standing, Timestamp,
};

use super::SendMessage;
use super::files::{self, Files};
use super::mentions::Named;
use crate::unit::{Attempt, Unit};
use crate::{Conflict, Error};

/// Gives a held message its place at the end of the locked room's log, in its author's name. Files that are gone
/// meanwhile, and a deleted message that it answers, are left out.
pub(crate) async fn release(
    unit: &mut Unit<'_>,
    (room, standing): (&mut Room, &Standing),
    (author, permit): (&Actor, &Permit<Post>),
    held: HeldMessage,
    now: Timestamp,
) -> Attempt<MessageId> {
    if let Some(client) = held.client_id {
        // The rule was taken back, and the author has sent it again.
        let sent = unit.work.messages().find_sent(&[(room.id, author.id(), client)]).await?;
        if let Some(message) = sent.first() {
            return Ok(message.id);
        }
    }
    let reply = match held.reply_to {
        Some(target) => unit.work.messages().find(room.id, target).await?.filter(|target| !target.is_deleted()),
        None => None,
    };
    let mut command = SendMessage {
        room: room.id,
        body: Body::from_stored(held.body),
        client_id: held.client_id,
        reply_to: reply.as_ref().map(|target| target.id),
        attachments: held.attachments,
    };
    let found = Files::read(unit, &[(author, &command)]).await?;
    command.attachments.retain(|file| found.is_free(author, *file));
    if command.body.as_str().is_empty() && command.attachments.is_empty() {
        return Err(Conflict::AuthorCannotPost.into());
    }
    let text = command.body.as_str();
    let named = Named::read(unit, std::iter::once((room.id, text))).await?;
    let meant = named.meant(text, author, Scope { room, standing });
    let message = NewMessage::text(permit, author.user.clone(), room.take_seq(), command.body.clone(), now);
    let message = NewMessage { reply_to: command.reply_to, client_id: command.client_id, ..message };
    let stored = unit.work.messages().insert_many(vec![message]).await?.pop();
    let stored = stored.ok_or_else(|| Error::Internal("a held message was not stored".to_owned()))?;
    let rows: Vec<_> = meant.rows(&stored).collect();
    if !rows.is_empty() {
        unit.work.mentions().insert_many(&rows).await?;
    }
    files::claim(unit, std::slice::from_ref(&stored), &[&command.attachments]).await?;
    let (message, seq) = (stored.id, stored.seq);
    let view = MessageView {
        reply: reply.as_ref().map(ReplyPreview::of),
        attachments: found.shown(&command.attachments),
        mentions: meant.users,
        here: meant.here,
        ..MessageView::bare(stored)
    };
    unit.record_at(room, seq, now, Fact::MessagePosted(Box::new(view)));
    Ok(message)
}
