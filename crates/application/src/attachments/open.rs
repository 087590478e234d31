//! Showing a file to whoever may see it now.

use std::ops::Range;

use hallway_domain::policy::Read;
use hallway_domain::ports::BlobReader;
use hallway_domain::{Actor, Attachment, AttachmentId, BlobKey, SessionId, StoredAttachment, UserId};

use super::{Attachments, Variant};
use crate::{Error, Missing, Result};

/// A file that may be read.
#[derive(Clone, Debug)]
pub struct Opened {
    pub attachment: Attachment,
    pub variant: Variant,
    key: BlobKey,
}

impl Attachments<'_> {
    /// What is known of a file, for who may see it: its owner, and once it is in a message whoever may read that.
    pub async fn get(&self, actor: &Actor, id: AttachmentId) -> Result<Attachment> {
        Ok(self.visible(actor, id).await?.attachment)
    }

    /// The file of a signed address.
    ///
    /// # Errors
    /// Whatever is wrong, there is no such file: a bad or old token, a message that was deleted, a room that its user
    /// may not read any more, an account that was disabled.
    pub async fn open(&self, id: AttachmentId, variant: Variant, token: &str) -> Result<Opened> {
        let user = self.bearer(id, variant, token).ok_or(Missing::Attachment)?;
        let actor = self.reader(user).await?;
        opened(self.visible(&actor, id).await?, variant)
    }

    /// The file for a caller who is signed in.
    pub async fn open_as(&self, actor: &Actor, id: AttachmentId, variant: Variant) -> Result<Opened> {
        opened(self.visible(actor, id).await?, variant)
    }

    /// The file of an address under `/static/uploads/`. The address itself is the right to it, as long as it is there.
    pub async fn open_upload(&self, name: &str) -> Result<Opened> {
        let id = self.resolve_upload_name(name).ok_or(Missing::Attachment)?;
        let stored = self.context.ports.store.queries().attachment(id).await?.ok_or(Missing::Attachment)?;
        // Whose account was disabled spreads nothing any more.
        self.reader(stored.owner).await?;
        opened(stored, Variant::Content)
    }

    /// Reads a file, or a part of it.
    pub async fn read(&self, opened: &Opened, part: Option<Range<u64>>) -> Result<Box<dyn BlobReader>> {
        let found = self.ports()?.blobs.get(&opened.key, part).await?;
        found.ok_or_else(|| Error::Internal(format!("blob {} of {} is gone", opened.key.id, opened.attachment.id)))
    }

    async fn visible(&self, actor: &Actor, id: AttachmentId) -> Result<StoredAttachment> {
        let stored = self.context.ports.store.queries().attachment(id).await?.ok_or(Missing::Attachment)?;
        match stored.place {
            None if stored.owner == actor.id() => Ok(stored),
            None => Err(Missing::Attachment.into()),
            Some(place) => match self.context.permit(actor, Read, place.room).await {
                Ok(_) => Ok(stored),
                // Which files there are is for those who may read them.
                Err(Error::Denied(_) | Error::NotFound(_)) => Err(Missing::Attachment.into()),
                Err(error) => Err(error),
            },
        }
    }

    /// The user as one who only reads.
    async fn reader(&self, user: UserId) -> Result<Actor> {
        let user = self.context.ports.store.queries().user(user).await?;
        let user = user.filter(|user| !user.disabled).ok_or(Missing::Attachment)?;
        let nobody = SessionId(uuid::Uuid::nil());
        Ok(Actor { user: user.to_ref(), session: nobody, is_admin: user.is_admin })
    }
}

fn opened(stored: StoredAttachment, variant: Variant) -> Result<Opened> {
    let key = match variant {
        Variant::Content => stored.blob,
        Variant::Thumbnail => stored.thumbnail.ok_or(Missing::Attachment)?,
    };
    Ok(Opened { attachment: stored.attachment, variant, key })
}
