//! Signed addresses: who may fetch which file until when, for clients that cannot say who they are, as browsers do when
//! they load an image.

use hallway_domain::{AttachmentId, Timestamp, UserId};

use super::Attachments;
use crate::Result;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    Content,
    Thumbnail,
}

/// Bytes of a signature that are shown: enough that nobody guesses one.
const SHOWN: usize = 20;

impl Variant {
    const fn word(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Thumbnail => "thumbnail",
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Compares in a time that does not tell where the texts differ.
fn equal(one: &str, other: &str) -> bool {
    let differing = one.bytes().zip(other.bytes()).fold(0, |differing, (one, other)| differing | (one ^ other));
    one.len() == other.len() && differing == 0
}

fn claim(id: AttachmentId, variant: Variant, user: UserId, until: i64) -> String {
    format!("attachment/{id}/{}/{user}/{until}", variant.word())
}

fn upload_claim(id: AttachmentId) -> String {
    format!("upload/{id}")
}

impl Attachments<'_> {
    /// The token with which the user gets the file for a while.
    ///
    /// Tokens of the same file are the same for half their life, so that browsers find what they have loaded before.
    pub fn token(&self, user: UserId, id: AttachmentId, variant: Variant) -> Result<String> {
        let lifetime = self.settings().link_lifetime.whole_seconds().max(2);
        let step = lifetime / 2;
        let until = ((self.context.now().unix_timestamp() + lifetime) / step + 1) * step;
        let mac = self.sign(&claim(id, variant, user, until))?;
        Ok(format!("{user}.{until}.{mac}"))
    }

    /// Whose token it is, if it is one of ours for this file and still good.
    pub(super) fn bearer(&self, id: AttachmentId, variant: Variant, token: &str) -> Option<UserId> {
        let mut parts = token.splitn(3, '.');
        let (user, until, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let (user, until) = (UserId(user.parse().ok()?), until.parse().ok()?);
        let good = equal(mac, &self.sign(&claim(id, variant, user, until)).ok()?);
        let end = Timestamp::from_unix_timestamp(until).ok()?;
        (good && self.context.now() < end).then_some(user)
    }

    /// The last part of `/static/uploads/`, which is good as long as the file is there: a client that knows nothing of
    /// files keeps it as the text of a message.
    pub fn upload_name(&self, id: AttachmentId) -> Result<String> {
        Ok(format!("{id}-{}", self.sign(&upload_claim(id))?))
    }

    /// The file that such a part names, if the signature is ours. An ending after a dot does not count.
    pub fn resolve_upload_name(&self, name: &str) -> Option<AttachmentId> {
        let name = name.split('.').next()?;
        let (id, mac) = name.split_once('-')?;
        let id = AttachmentId(id.parse().ok()?);
        equal(mac, &self.sign(&upload_claim(id)).ok()?).then_some(id)
    }

    /// The file that a whole address of an upload names, whatever host it has.
    pub fn resolve_upload_url(&self, url: &str) -> Option<AttachmentId> {
        let (before, name) = url.trim().split_once("/static/uploads/")?;
        let is_address = before.is_empty()
            || before
                .strip_prefix("http://")
                .or_else(|| before.strip_prefix("https://"))
                .is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', ' ', '\n']));
        if !is_address || name.contains(['/', '?', '#', ' ', '\n']) {
            return None;
        }
        self.resolve_upload_name(name)
    }

    fn sign(&self, text: &str) -> Result<String> {
        Ok(hex(&self.ports()?.signer.sign(text)[..SHOWN]))
    }
}
