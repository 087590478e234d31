//! Whole addresses of files, for clients that keep them as the text of a message.

use std::sync::{Arc, OnceLock};

use hallway_application::Application;
use hallway_domain::Attachment;

use crate::rest::upload_ending;

/// What a file's address is made of.
#[derive(Clone)]
pub struct UploadLinks {
    /// Under which address browsers find this server; empty where that is not configured.
    base: String,
    /// Who signs. Known only once the server is put together.
    app: Arc<OnceLock<Application>>,
}

impl std::fmt::Debug for UploadLinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadLinks").field("base", &self.base).finish_non_exhaustive()
    }
}

impl UploadLinks {
    /// `base` such as `https://chat.example.org`; may be empty.
    #[must_use]
    pub fn based_on(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), app: Arc::default() }
    }

    /// The first one counts.
    pub fn signed_by(&self, app: Application) {
        let _ = self.app.set(app);
    }

    /// Whether addresses are whole.
    #[must_use]
    pub const fn are_known(&self) -> bool {
        !self.base.is_empty()
    }

    /// The address of a file, without a host where that is not configured. None where there are no files.
    #[must_use]
    pub fn address(&self, file: &Attachment) -> Option<String> {
        let name = self.app.get()?.attachments().upload_name(file.id).ok()?;
        Some(format!("{}/static/uploads/{name}{}", self.base, upload_ending(&file.content_type)))
    }

    /// Whether a text is nothing but the address of a file of ours: at this server, where its address is known, else
    /// at whatever host.
    #[must_use]
    pub fn is_address(&self, text: &str) -> bool {
        let Some((host, _)) = text.trim().split_once("/static/uploads/") else { return false };
        let is_here = !self.are_known() || host.is_empty() || host == self.base;
        is_here && self.app.get().is_some_and(|app| app.attachments().resolve_upload_url(text).is_some())
    }
}
