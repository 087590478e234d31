//! Files of messages.

use hallway_domain::ports::StoreResult;
use hallway_domain::{
    Attachment, AttachmentId, BlobHash, BlobId, BlobKey, FileName, MessageId, Picture, Place, RoomId, StoredAttachment,
    UserId,
};

use super::Row;
use crate::entities::attachments;

pub(crate) fn attachment(row: attachments::Model) -> StoreResult<Attachment> {
    let at = Row { table: "attachments", id: &row.id };
    let side = |side: i32| u32::try_from(side).map_err(|_| at.corrupt("a side below zero"));
    let picture = match (row.width, row.height) {
        (Some(width), Some(height)) => {
            let blurhash = row.blurhash.unwrap_or_default();
            Some(Picture { width: side(width)?, height: side(height)?, blurhash })
        }
        _ => None,
    };
    Ok(Attachment {
        id: AttachmentId(row.id),
        name: FileName::from_stored(row.name),
        content_type: row.content_type,
        size: u64::try_from(row.size).map_err(|_| at.corrupt("size below zero"))?,
        picture,
        has_thumbnail: row.thumbnail_id.is_some(),
        created_at: at.moment(row.created_at)?,
    })
}

/// A file and the hashes of its blobs.
pub(crate) fn stored_attachment(
    row: attachments::Model,
    hash: &str,
    thumbnail: Option<&str>,
) -> StoreResult<StoredAttachment> {
    let (id, blob, thumbnail_id) = (row.id, row.blob_id, row.thumbnail_id);
    let place = row.room_id.zip(row.message_id);
    let thumbnail = match thumbnail_id.zip(thumbnail) {
        Some((id, hash)) => Some(blob_key(id, hash)?),
        None if thumbnail_id.is_some() => {
            return Err(Row { table: "attachments", id: &id }.corrupt("its thumbnail is not there"));
        }
        None => None,
    };
    Ok(StoredAttachment {
        owner: UserId(row.owner_id),
        place: place.map(|(room, message)| Place { room: RoomId(room), message: MessageId(message) }),
        blob: blob_key(blob, hash)?,
        thumbnail,
        attachment: attachment(row)?,
    })
}

pub(crate) fn blob_key(id: i64, hash: &str) -> StoreResult<BlobKey> {
    let hash = BlobHash::parse(hash).ok_or_else(|| Row { table: "blobs", id: &id }.corrupt("no hash"))?;
    Ok(BlobKey { id: BlobId(id), hash })
}
