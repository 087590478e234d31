//! Receiving a file.

use hallway_domain::ports::{BlobError, Inspected, Staged, StagedWriter};
use hallway_domain::{Actor, Attachment, AttachmentId, BlobKey, FileName, NewAttachment, Timestamp};

use super::slots::Slot;
use super::{Attachments, FilePorts};
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Error, FileRefused, Missing, Result};

/// How often a file is stored again because the collection was faster.
const TRIES: u32 = 3;

/// A file that is being received. Dropping it leaves nothing behind.
pub struct Upload {
    actor: Actor,
    writer: Box<dyn StagedWriter>,
    size: u64,
    max: u64,
    _slot: Slot,
}

impl Upload {
    /// Takes the next bytes in.
    ///
    /// # Errors
    /// When it becomes too large, or there is no room.
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.size += piece.len() as u64;
        if self.size > self.max {
            return Err(FileRefused::TooLarge { max: self.max }.into());
        }
        Ok(self.writer.write(piece).await?)
    }
}

impl Attachments<'_> {
    /// Begins to receive a file. Who has no room or too many under way is told before anything is sent.
    pub async fn begin(&self, actor: &Actor, announced: Option<u64>) -> Result<Upload> {
        let (ports, settings) = (self.ports()?, self.settings());
        self.context.throttle(|rates| rates.upload, || format!("upload:{}", actor.id())).await?;
        if announced.is_some_and(|size| size > settings.max_bytes) {
            return Err(FileRefused::TooLarge { max: settings.max_bytes }.into());
        }
        let slot = self.context.uploads.take(actor.id(), settings.uploads_per_user);
        let slot = slot.ok_or(FileRefused::TooManyUploads)?;
        self.expect_room(actor, announced.unwrap_or(1)).await?;
        let writer = ports.intake.open().await?;
        Ok(Upload { actor: actor.clone(), writer, size: 0, max: settings.max_bytes, _slot: slot })
    }

    /// Looks at what came, and stores it. It then waits for its message.
    pub async fn finish(&self, upload: Upload, name: FileName) -> Result<Attachment> {
        let ports = self.ports()?;
        let Upload { actor, writer, size, _slot, .. } = upload;
        if size == 0 {
            return Err(FileRefused::Empty.into());
        }
        let staged = writer.finish().await?;
        let inspected = ports.intake.inspect(staged).await?;
        if !allowed(&self.settings().allowed_types, inspected.content_type) {
            return Err(FileRefused::Type.into());
        }
        // Before it is stored. Two at once may both get past this, and one of them is refused with the lock held.
        self.expect_room(&actor, inspected.file.size()).await?;
        let name = inspected.ending.map_or_else(|| name.clone(), |ending| name.with_ending(ending));
        for _ in 0..TRIES {
            let now = self.context.now();
            let keys = self.keep(ports, &inspected, now).await?;
            let new = new(&actor, &name, &inspected, keys, now);
            if let Some(attachment) = unit::run(|| self.insert(new.clone())).await? {
                return Ok(attachment);
            }
        }
        Err(Error::Unavailable("the collection took a file away three times".to_owned()))
    }

    async fn expect_room(&self, actor: &Actor, size: u64) -> Result<()> {
        let used = self.context.ports.store.queries().attachment_bytes(actor.id()).await?;
        if used.saturating_add(size) > self.settings().quota_bytes {
            Err(Conflict::QuotaExceeded.into())
        } else {
            Ok(())
        }
    }

    /// Takes back a file that is in no message.
    pub async fn discard(&self, actor: &Actor, id: AttachmentId) -> Result<()> {
        unit::run(|| self.remove(actor, id)).await
    }

    async fn remove(&self, actor: &Actor, id: AttachmentId) -> Attempt<()> {
        let mut unit = Unit::begin(self.context).await?;
        if !unit.work.attachments().discard(id, actor.id()).await? {
            return Err(Missing::Attachment.into());
        }
        unit.commit().await
    }

    /// Stores what is not there yet. The rows come first: what has one is not collected for a while.
    async fn keep(
        &self,
        ports: &FilePorts,
        inspected: &Inspected,
        now: Timestamp,
    ) -> Result<(BlobKey, Option<BlobKey>)> {
        let file = inspected.file.as_ref();
        let thumbnail = inspected.thumbnail.as_deref();
        let (key, thumbnail_key) = unit::run(|| self.reserve(file, thumbnail, now)).await?;
        put(ports, &key, file).await?;
        if let Some((key, thumbnail)) = thumbnail_key.as_ref().zip(thumbnail) {
            put(ports, key, thumbnail).await?;
        }
        Ok((key, thumbnail_key))
    }

    async fn reserve(
        &self,
        file: &dyn Staged,
        thumbnail: Option<&dyn Staged>,
        now: Timestamp,
    ) -> Attempt<(BlobKey, Option<BlobKey>)> {
        let mut unit = Unit::begin(self.context).await?;
        let key = unit.work.attachments().reserve(&file.hash(), file.size(), now).await?;
        let thumbnail = match thumbnail {
            Some(file) => Some(unit.work.attachments().reserve(&file.hash(), file.size(), now).await?),
            None => None,
        };
        unit.commit().await?;
        Ok((key, thumbnail))
    }

    async fn insert(&self, new: NewAttachment) -> Attempt<Option<Attachment>> {
        let mut unit = Unit::begin(self.context).await?;
        let used = unit.work.attachments().used(new.owner).await?;
        if used.saturating_add(new.size) > self.settings().quota_bytes {
            return Err(Conflict::QuotaExceeded.into());
        }
        let inserted = unit.work.attachments().insert(new).await?;
        if inserted.is_some() {
            unit.commit().await?;
        }
        Ok(inserted)
    }
}

/// The same content may be there; that its row is there does not say that whoever made it has got so far.
async fn put(ports: &FilePorts, key: &BlobKey, file: &dyn Staged) -> Result<(), BlobError> {
    if ports.blobs.exists(key).await? { Ok(()) } else { ports.blobs.put(key, file.path()).await }
}

fn new(
    actor: &Actor,
    name: &FileName,
    inspected: &Inspected,
    (blob, thumbnail): (BlobKey, Option<BlobKey>),
    now: Timestamp,
) -> NewAttachment {
    NewAttachment {
        owner: actor.id(),
        name: name.clone(),
        content_type: inspected.content_type.to_owned(),
        size: inspected.file.size(),
        picture: inspected.picture.clone(),
        blob,
        thumbnail,
        created_at: now,
    }
}

/// Whether a type is in the list, or in a family that is there.
fn allowed(types: &[String], content_type: &str) -> bool {
    types.is_empty()
        || types.iter().any(|allowed| match allowed.strip_suffix("/*") {
            Some(family) => content_type.split_once('/').is_some_and(|(of, _)| of == family),
            None => allowed == content_type,
        })
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn types_are_named_whole_or_by_family() {
        let list = |types: &[&str]| types.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(allowed(&[], "application/octet-stream"));
        let some = list(&["image/*", "application/pdf"]);
        assert!(allowed(&some, "image/png") && allowed(&some, "application/pdf"));
        for other in ["application/zip", "imagery/png", "image", "application/pdfx"] {
            assert!(!allowed(&some, other), "{other}");
        }
    }
}
