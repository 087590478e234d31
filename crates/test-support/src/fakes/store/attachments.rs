//! Files of messages, and their blobs.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{AttachmentRepository, StoreError, StoreResult};
use hallway_domain::{
    Attachment, AttachmentId, BlobHash, BlobId, BlobKey, Claim, MessageId, NewAttachment, RoomId, StoredAttachment,
    Timestamp, UserId,
};

use super::FakeUnit;
use super::state::{State, Table};

/// A blob and when it was last uploaded.
#[derive(Clone, Debug)]
struct Blob {
    key: BlobKey,
    touched_at: Timestamp,
}

#[derive(Clone, Debug)]
struct File {
    stored: StoredAttachment,
    position: u16,
}

/// The tables of files.
#[derive(Clone, Default)]
pub(super) struct Files {
    blobs: Table<BlobHash, Blob>,
    graves: Table<BlobId, BlobKey>,
    rows: Table<AttachmentId, File>,
}

impl Files {
    pub(super) fn get(&self, id: AttachmentId) -> Option<StoredAttachment> {
        self.rows.get(&id).map(|file| file.stored.clone())
    }

    pub(super) fn bytes_of(&self, owner: UserId) -> u64 {
        let own = self.rows.values().filter(|file| file.stored.owner == owner);
        own.map(|file| file.stored.attachment.size).sum()
    }

    /// The files of a message, in order.
    pub(super) fn of(&self, message: MessageId) -> Vec<Attachment> {
        let mut files: Vec<&File> = (self.rows.values())
            .filter(|file| file.stored.place.is_some_and(|place| place.message == message))
            .collect();
        files.sort_by_key(|file| (file.position, file.stored.attachment.id));
        files.into_iter().map(|file| file.stored.attachment.clone()).collect()
    }

    /// The files of a user and the messages that they are in.
    pub(super) fn of_owner(&self, owner: UserId) -> Vec<(Attachment, Option<MessageId>)> {
        let own = self.rows.values().filter(|file| file.stored.owner == owner);
        own.map(|file| (file.stored.attachment.clone(), file.stored.place.map(|place| place.message))).collect()
    }

    /// What goes with a message.
    pub(super) fn detach(&mut self, message: MessageId) {
        self.retain(|stored| stored.place.is_none_or(|place| place.message != message));
    }

    /// What goes with an account.
    pub(super) fn delete_owner(&mut self, owner: UserId) {
        self.retain(|stored| stored.owner != owner);
    }

    /// What goes with a room.
    pub(super) fn delete_room(&mut self, room: RoomId) {
        self.retain(|stored| stored.place.is_none_or(|place| place.room != room));
    }

    fn retain(&mut self, keep: impl Fn(&StoredAttachment) -> bool) -> u64 {
        let files = Arc::make_mut(&mut self.rows);
        let before = files.len();
        files.retain(|_, file| keep(&file.stored));
        (before - files.len()) as u64
    }

    fn has(&self, key: BlobKey) -> bool {
        self.blobs.get(&key.hash).is_some_and(|blob| blob.key == key)
    }

    fn is_used(&self, key: BlobKey) -> bool {
        self.rows.values().any(|file| file.stored.blob == key || file.stored.thumbnail == Some(key))
    }
}

fn files(state: &mut State) -> &mut Files {
    &mut state.files
}

#[async_trait]
impl AttachmentRepository for FakeUnit {
    async fn reserve(&mut self, hash: &BlobHash, _size: u64, at: Timestamp) -> StoreResult<BlobKey> {
        let fresh = BlobKey { id: BlobId(self.state.next_id()), hash: *hash };
        let blobs = Arc::make_mut(&mut files(&mut self.state).blobs);
        let blob = blobs.entry(*hash).or_insert(Blob { key: fresh, touched_at: at });
        blob.touched_at = at;
        Ok(blob.key)
    }

    async fn used(&mut self, owner: UserId) -> StoreResult<u64> {
        Ok(self.state.files.bytes_of(owner))
    }

    async fn insert(&mut self, new: NewAttachment) -> StoreResult<Option<Attachment>> {
        let NewAttachment { owner, name, content_type, size, picture, blob, thumbnail, created_at } = new;
        let id = AttachmentId(self.state.next_id());
        let tables = files(&mut self.state);
        if !tables.has(blob) || thumbnail.is_some_and(|key| !tables.has(key)) {
            return Ok(None);
        }
        let has_thumbnail = thumbnail.is_some();
        let attachment = Attachment { id, name, content_type, size, picture, has_thumbnail, created_at };
        let stored = StoredAttachment { attachment: attachment.clone(), owner, place: None, blob, thumbnail };
        Arc::make_mut(&mut tables.rows).insert(id, File { stored, position: 0 });
        Ok(Some(attachment))
    }

    async fn lock(&mut self, ids: &[AttachmentId]) -> StoreResult<Vec<StoredAttachment>> {
        let ids: BTreeSet<AttachmentId> = ids.iter().copied().collect();
        Ok(ids.into_iter().filter_map(|id| self.state.files.get(id)).collect())
    }

    async fn claim(&mut self, claims: &[Claim]) -> StoreResult<()> {
        let present: Vec<bool> =
            claims.iter().map(|claim| self.state.messages.contains_key(&claim.place.message)).collect();
        let tables = Arc::make_mut(&mut files(&mut self.state).rows);
        for (claim, present) in claims.iter().zip(present) {
            if !present {
                return Err(StoreError::Internal("foreign key: attachments".to_owned()));
            }
            if let Some(file) = tables.get_mut(&claim.attachment) {
                file.stored.place = Some(claim.place);
                file.position = claim.position;
            }
        }
        Ok(())
    }

    async fn discard(&mut self, id: AttachmentId, owner: UserId) -> StoreResult<bool> {
        let gone = files(&mut self.state)
            .retain(|stored| stored.attachment.id != id || stored.owner != owner || stored.place.is_some());
        Ok(gone > 0)
    }

    async fn detach(&mut self, message: MessageId) -> StoreResult<u64> {
        Ok(files(&mut self.state).retain(|stored| stored.place.is_none_or(|place| place.message != message)))
    }

    async fn expire(&mut self, before: Timestamp, limit: u32) -> StoreResult<u64> {
        let tables = files(&mut self.state);
        let mut old: Vec<(Timestamp, AttachmentId)> = (tables.rows.values())
            .map(|file| &file.stored)
            .filter(|stored| stored.place.is_none() && stored.attachment.created_at < before)
            .map(|stored| (stored.attachment.created_at, stored.attachment.id))
            .collect();
        old.sort_unstable();
        old.truncate(limit as usize);
        Ok(tables.retain(|stored| !old.iter().any(|(_, id)| *id == stored.attachment.id)))
    }

    async fn bury(&mut self, before: Timestamp, limit: u32) -> StoreResult<u64> {
        let tables = files(&mut self.state);
        let mut given_up: Vec<BlobKey> = (tables.blobs.values())
            .filter(|blob| blob.touched_at < before && !tables.is_used(blob.key))
            .map(|blob| blob.key)
            .collect();
        given_up.sort_unstable_by_key(|key| key.id);
        given_up.truncate(limit as usize);
        for key in &given_up {
            Arc::make_mut(&mut tables.blobs).remove(&key.hash);
            Arc::make_mut(&mut tables.graves).insert(key.id, *key);
        }
        Ok(given_up.len() as u64)
    }

    async fn buried(&mut self, limit: u32) -> StoreResult<Vec<BlobKey>> {
        Ok(self.state.files.graves.values().copied().take(limit as usize).collect())
    }

    async fn forget(&mut self, blobs: &[BlobKey]) -> StoreResult<()> {
        let graves = Arc::make_mut(&mut files(&mut self.state).graves);
        for key in blobs {
            graves.remove(&key.id);
        }
        Ok(())
    }
}
