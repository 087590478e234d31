//! Files that belong to messages.

use std::fmt;

use crate::text::is_deceptive;
use crate::{AttachmentId, BlobId, MessageId, RoomId, Timestamp, UserId};

/// SHA-256 of what a file holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl BlobHash {
    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if hex.len() != 64 || !hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&hex[at..at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a blob is kept. The same content that comes again after it was collected gets another key: what is being
/// removed and what is being stored never have the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey {
    pub id: BlobId,
    pub hash: BlobHash,
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.hash, self.id)
    }
}

/// What a file is called. For people only: nothing is stored or found under it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FileName {
    /// Longest name, in characters.
    pub const MAX: usize = 120;
    /// Longest ending that is kept when a name is cut.
    const MAX_ENDING: usize = 16;

    /// Makes a harmless name of whatever came: the last part of a path, without control and invisible characters.
    #[must_use]
    pub fn clean(raw: &str) -> Self {
        let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
        let visible: String = last
            .chars()
            .filter(|c| !is_deceptive(*c))
            .map(|c| if matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?') { '_' } else { c })
            .collect();
        // A name of dots is none, and one that begins with a dot hides itself.
        let name = visible.trim().trim_start_matches('.').trim();
        if name.is_empty() {
            return Self("file".to_owned());
        }
        if name.chars().count() <= Self::MAX {
            return Self(name.to_owned());
        }
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        let ending = ending.filter(|ending| ending.chars().count() <= Self::MAX_ENDING);
        let kept = Self::MAX - ending.map_or(0, |ending| ending.chars().count() + 1);
        let mut short: String = name.chars().take(kept).collect();
        if let Some(ending) = ending {
            short.push('.');
            short.push_str(ending);
        }
        Self(short)
    }

    /// The name with the usual ending of its type, for a file that was made into another type.
    #[must_use]
    pub fn with_ending(&self, ending: &str) -> Self {
        let stem = self.0.rsplit_once('.').map_or(self.0.as_str(), |(stem, _)| stem);
        Self::clean(&format!("{stem}.{ending}"))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// Takes what [`Self::clean`] made back out of storage, unchecked.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// A blurred preview in some thirty characters.
    pub blurhash: String,
}

/// A file as a message shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub id: AttachmentId,
    pub name: FileName,
    /// What the file is, by its content.
    pub content_type: String,
    pub size: u64,
    /// Images only.
    pub picture: Option<Picture>,
    pub has_thumbnail: bool,
    pub created_at: Timestamp,
}

/// Where a file belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub room: RoomId,
    pub message: MessageId,
}

/// A file with all that decides who may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAttachment {
    pub attachment: Attachment,
    pub owner: UserId,
    /// None while it is not in a message.
    pub place: Option<Place>,
    pub blob: BlobKey,
    pub thumbnail: Option<BlobKey>,
}

/// A file that was uploaded and has no row yet.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    pub owner: UserId,
    pub name: FileName,
    pub content_type: String,
    pub size: u64,
    pub picture: Option<Picture>,
    pub blob: BlobKey,
    pub thumbnail: Option<BlobKey>,
    pub created_at: Timestamp,
}

/// A file that gets its place in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub attachment: AttachmentId,
    pub place: Place,
    /// 0 is the first file of the message.
    pub position: u16,
}

/// Most files of one message.
pub const MAX_ATTACHMENTS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_harmless() {
        let clean = |raw: &str| FileName::clean(raw).into_string();
        assert_eq!(clean("photo.jpg"), "photo.jpg");
        assert_eq!(clean("../../etc/passwd"), "passwd");
        assert_eq!(clean("C:\\Windows\\system32\\cmd.exe"), "cmd.exe");
        assert_eq!(clean("a\r\nSet-Cookie: x=1"), "aSet-Cookie_ x=1");
        assert_eq!(clean("nul\0byte"), "nulbyte");
        assert_eq!(clean("gpj.\u{202E}exe"), "gpj.exe");
        assert_eq!(clean("say \"hi\"<b>.txt"), "say _hi__b_.txt");
        assert_eq!(clean("上海.png"), "上海.png");
        for empty in ["", "   ", ".", "..", "...", "/", "a/", "\u{200B}", "\u{0}"] {
            assert_eq!(clean(empty), "file", "{empty:?}");
        }
        assert_eq!(clean(".htaccess"), "htaccess");
    }

    #[test]
    fn long_names_keep_their_ending() {
        let name = FileName::clean(&format!("{}.tar", "ä".repeat(4096)));
        assert_eq!(name.as_str().chars().count(), FileName::MAX);
        assert!(name.as_str().ends_with("ä.tar"));
        let odd = FileName::clean(&format!("a.{}", "b".repeat(4096)));
        assert_eq!(odd.as_str().chars().count(), FileName::MAX);
        assert_eq!(FileName::clean("a.webp").with_ending("jpg").as_str(), "a.jpg");
        assert_eq!(FileName::clean("a").with_ending("jpg").as_str(), "a.jpg");
    }

    #[test]
    fn hashes_read_as_they_are_written() {
        let hash = BlobHash(std::array::from_fn(|at| u8::try_from(at * 7).expect("below 256")));
        assert_eq!(BlobHash::parse(&hash.to_string()), Some(hash));
        for bad in ["", "0", &"g".repeat(64), &"A".repeat(64), &"0".repeat(63), &"é".repeat(32)] {
            assert_eq!(BlobHash::parse(bad), None, "{bad}");
        }
    }
}
