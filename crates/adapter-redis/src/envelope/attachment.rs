//! Files of messages on the wire.

use hallway_domain as domain;
use hallway_domain::{AttachmentId, FileName, Picture};
use serde::{Deserialize, Serialize};

use super::convert::{Impossible, micros, moment};

#[derive(Serialize, Deserialize)]
pub(super) struct Attachment {
    id: i64,
    name: String,
    content_type: String,
    size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture: Option<(u32, u32, String)>,
    thumbnail: bool,
    at: i64,
}

impl From<&domain::Attachment> for Attachment {
    fn from(file: &domain::Attachment) -> Self {
        Self {
            id: file.id.0,
            name: file.name.as_str().to_owned(),
            content_type: file.content_type.clone(),
            size: file.size,
            picture: (file.picture.as_ref()).map(|picture| (picture.width, picture.height, picture.blurhash.clone())),
            thumbnail: file.has_thumbnail,
            at: micros(file.created_at),
        }
    }
}

impl TryFrom<Attachment> for domain::Attachment {
    type Error = Impossible;

    fn try_from(file: Attachment) -> Result<Self, Impossible> {
        Ok(Self {
            id: AttachmentId(file.id),
            name: FileName::from_stored(file.name),
            content_type: file.content_type,
            size: file.size,
            picture: file.picture.map(|(width, height, blurhash)| Picture { width, height, blurhash }),
            has_thumbnail: file.thumbnail,
            created_at: moment(file.at)?,
        })
    }
}
