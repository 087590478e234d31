//! Addresses of files, as clients get them.

use hallway_application::{Application, Variant};
use hallway_domain as domain;
use hallway_domain::{AttachmentId, UserId};
use hallway_protocol::rest::Attachment;

/// Whose addresses they are: signed for one reader, or for nobody in particular.
#[derive(Clone, Copy)]
pub(crate) struct Links<'a>(Option<(&'a Application, UserId)>);

fn path(id: i64, variant: &str) -> String {
    format!("/api/v1/attachments/{id}/{variant}")
}

/// A file with addresses that anybody may be told: who fetches it says who they are.
pub(crate) fn attachment(file: &domain::Attachment) -> Attachment {
    let id = file.id.0;
    Attachment {
        id,
        name: file.name.as_str().to_owned(),
        content_type: file.content_type.clone(),
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        width: file.picture.as_ref().map(|picture| picture.width),
        height: file.picture.as_ref().map(|picture| picture.height),
        blurhash: file.picture.as_ref().map(|picture| picture.blurhash.clone()),
        url: path(id, "content"),
        thumbnail_url: file.has_thumbnail.then(|| path(id, "thumbnail")),
        created_at: file.created_at.into(),
    }
}

pub(crate) fn attachments(files: &[domain::Attachment]) -> Vec<Attachment> {
    files.iter().map(attachment).collect()
}

impl<'a> Links<'a> {
    /// Addresses that the user can use without saying who they are, for some minutes.
    pub(crate) const fn of(app: &'a Application, user: UserId) -> Self {
        Self(Some((app, user)))
    }

    /// Addresses without a token.
    #[cfg(test)]
    pub(crate) const fn plain() -> Self {
        Self(None)
    }

    /// Signs the addresses, where there is a reader.
    pub(crate) fn sign(self, files: &mut [Attachment]) {
        let Some((app, user)) = self.0 else { return };
        for file in files {
            let token = |variant| app.attachments().token(user, AttachmentId(file.id), variant).ok();
            if let Some(token) = token(Variant::Content) {
                file.url = format!("{}?token={token}", path(file.id, "content"));
            }
            if file.thumbnail_url.is_some()
                && let Some(token) = token(Variant::Thumbnail)
            {
                file.thumbnail_url = Some(format!("{}?token={token}", path(file.id, "thumbnail")));
            }
        }
    }

    /// The file with signed addresses.
    pub(crate) fn attachment(self, file: &domain::Attachment) -> Attachment {
        let mut wire = [attachment(file)];
        self.sign(&mut wire);
        let [wire] = wire;
        wire
    }

    /// The message with signed addresses.
    pub(crate) fn message(self, mut message: hallway_protocol::rest::Message) -> hallway_protocol::rest::Message {
        self.sign(&mut message.attachments);
        message
    }
}
