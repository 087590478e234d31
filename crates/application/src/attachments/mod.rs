//! Files: receiving, showing, clearing away.

mod collect;
mod links;
mod open;
mod slots;
mod upload;

use std::sync::Arc;

use hallway_domain::ports::{BlobStore, Intake, Signer};
use time::Duration;

use crate::context::Context;
use crate::{Error, Result};

pub use collect::Collected;
pub use links::Variant;
pub use open::Opened;
pub(crate) use slots::Slots;
pub use upload::Upload;

/// The adapters that files need.
#[derive(Clone)]
pub struct FilePorts {
    pub blobs: Arc<dyn BlobStore>,
    pub intake: Arc<dyn Intake>,
    pub signer: Arc<dyn Signer>,
}

/// Bounds of files.
#[derive(Clone, Debug)]
pub struct FileSettings {
    /// Most bytes of one file.
    pub max_bytes: u64,
    /// Most bytes of all files of a user.
    pub quota_bytes: u64,
    /// Uploads of a user at the same time, on this node.
    pub uploads_per_user: usize,
    /// Types that are taken, such as `application/pdf` or `image/*`; empty is all.
    pub allowed_types: Vec<String>,
    /// How long an upload may wait for its message.
    pub pending_ttl: Duration,
    /// How long what nothing refers to stays, so that it is there when the same comes again.
    pub grace: Duration,
    /// How long a signed address is good for, at least.
    pub link_lifetime: Duration,
}

impl Default for FileSettings {
    fn default() -> Self {
        Self {
            max_bytes: 25 * 1024 * 1024,
            quota_bytes: 1024 * 1024 * 1024,
            uploads_per_user: 4,
            allowed_types: Vec::new(),
            pending_ttl: Duration::hours(24),
            grace: Duration::hours(1),
            link_lifetime: Duration::minutes(10),
        }
    }
}

/// Files of messages.
pub struct Attachments<'a> {
    pub(crate) context: &'a Context,
}

impl<'a> Attachments<'a> {
    fn ports(&self) -> Result<&'a FilePorts> {
        self.context.ports.files.as_ref().ok_or_else(|| Error::Unavailable("there is no place for files".to_owned()))
    }

    fn settings(&self) -> &'a FileSettings {
        &self.context.settings.files
    }
}
