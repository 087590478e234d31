//! The files that the messages of a batch bring along.

use std::collections::{BTreeSet, HashMap, HashSet};

use hallway_domain::{
    Actor, Attachment, AttachmentId, Claim, InvalidText, MAX_ATTACHMENTS, Message, Place, StoredAttachment,
};

use super::SendMessage;
use crate::unit::{Attempt, Unit};
use crate::{Missing, Result};

/// Locked, so that nobody else takes them or clears them away meanwhile.
pub(super) struct Files(HashMap<AttachmentId, StoredAttachment>);

impl Files {
    /// One statement, or none where no message has files.
    pub(super) async fn read(unit: &mut Unit<'_>, items: &[(&Actor, &SendMessage)]) -> Attempt<Self> {
        let wanted = items.iter().flat_map(|(_, command)| command.attachments.iter().take(MAX_ATTACHMENTS));
        let ids: BTreeSet<AttachmentId> = wanted.copied().collect();
        let ids = Vec::from_iter(ids);
        let found = if ids.is_empty() { Vec::new() } else { unit.work.attachments().lock(&ids).await? };
        Ok(Self(found.into_iter().map(|stored| (stored.attachment.id, stored)).collect()))
    }

    /// Whether the author may send these files. `taken` is what earlier messages of the batch have got.
    pub(super) fn take(&self, actor: &Actor, command: &SendMessage, taken: &mut HashSet<AttachmentId>) -> Result<()> {
        if command.attachments.len() > MAX_ATTACHMENTS {
            let message = format!("a message has at most {MAX_ATTACHMENTS} attachments");
            return Err(InvalidText::new("attachments", message).into());
        }
        let own: HashSet<AttachmentId> = command.attachments.iter().copied().collect();
        let free = |id: &AttachmentId| {
            let is_pending = |stored: &StoredAttachment| stored.owner == actor.id() && stored.place.is_none();
            !taken.contains(id) && self.0.get(id).is_some_and(is_pending)
        };
        if own.len() < command.attachments.len() || !own.iter().all(free) {
            return Err(Missing::Attachment.into());
        }
        taken.extend(own);
        Ok(())
    }

    /// Whether the file still waits for a message of the author.
    pub(super) fn is_free(&self, author: &Actor, id: AttachmentId) -> bool {
        self.0.get(&id).is_some_and(|stored| stored.owner == author.id() && stored.place.is_none())
    }

    /// Whether a message that was sent before has the files that this one asks for.
    pub(super) fn same(&self, message: &Message, command: &SendMessage) -> bool {
        let has = |id: &AttachmentId| {
            let place = self.0.get(id).and_then(|stored| stored.place);
            place.is_some_and(|place| place.message == message.id)
        };
        command.attachments.iter().all(has)
    }

    /// The files as the message shows them.
    pub(super) fn shown(&self, ids: &[AttachmentId]) -> Vec<Attachment> {
        ids.iter().filter_map(|id| self.0.get(id)).map(|stored| stored.attachment.clone()).collect()
    }
}

/// Puts the files into their messages, in one statement.
pub(super) async fn claim(unit: &mut Unit<'_>, stored: &[Message], files: &[&[AttachmentId]]) -> Attempt<()> {
    let mut claims = Vec::new();
    for (message, ids) in stored.iter().zip(files) {
        let place = Place { room: message.room, message: message.id };
        claims.extend((0..).zip(*ids).map(|(position, id)| Claim { attachment: *id, place, position }));
    }
    if !claims.is_empty() {
        unit.work.attachments().claim(&claims).await?;
    }
    Ok(())
}
