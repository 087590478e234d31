//! Files: where they are kept, how they come in, and how addresses of them are signed.

use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;

use crate::{BlobHash, BlobKey, Picture};

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// It does not answer, or has no room. Try again later.
    #[error("files are not available: {0}")]
    Unavailable(String),
    #[error("file error: {0}")]
    Internal(String),
}

pub type BlobResult<T> = Result<T, BlobError>;

/// A file that is being read, piece by piece.
#[async_trait]
pub trait BlobReader: Send {
    /// The next piece; none at the end.
    async fn next(&mut self) -> BlobResult<Option<Vec<u8>>>;
}

/// Where files are kept for good.
#[async_trait]
pub trait BlobStore: Send + Sync + 'static {
    /// Stores what is in `file`; readers see all of it or nothing. Durable when it returns. Storing twice is fine.
    async fn put(&self, key: &BlobKey, file: &Path) -> BlobResult<()>;
    /// Reads all of it, or a part that must lie within it; none if it is not there.
    async fn get(&self, key: &BlobKey, part: Option<Range<u64>>) -> BlobResult<Option<Box<dyn BlobReader>>>;
    async fn exists(&self, key: &BlobKey) -> BlobResult<bool>;
    /// Removing what is not there is fine.
    async fn delete(&self, key: &BlobKey) -> BlobResult<()>;
}

/// A file on its way in. It goes when it is dropped.
pub trait Staged: Send + Sync {
    fn path(&self) -> &Path;
    fn size(&self) -> u64;
    fn hash(&self) -> BlobHash;
}

/// A file that is being received.
#[async_trait]
pub trait StagedWriter: Send {
    async fn write(&mut self, piece: &[u8]) -> BlobResult<()>;
    async fn finish(self: Box<Self>) -> BlobResult<Box<dyn Staged>>;
}

/// What an upload turned out to be.
pub struct Inspected {
    /// What is stored: the upload itself, or the image without its metadata.
    pub file: Box<dyn Staged>,
    /// By its content, never by what the client says.
    pub content_type: &'static str,
    /// The usual ending of names, where the type of the file is not the one that came.
    pub ending: Option<&'static str>,
    pub picture: Option<Picture>,
    pub thumbnail: Option<Box<dyn Staged>>,
}

/// Why an upload is not taken.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error("image is damaged or not complete")]
    BadImage,
    #[error("image has too many pixels")]
    TooManyPixels,
    /// Too many are being worked on.
    #[error("too many files are being worked on")]
    Busy,
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Where uploads are received and looked at.
#[async_trait]
pub trait Intake: Send + Sync + 'static {
    /// A new empty file.
    async fn open(&self) -> BlobResult<Box<dyn StagedWriter>>;
    /// Finds out what it is. An image is written anew, upright and without metadata, and gets a thumbnail.
    async fn inspect(&self, file: Box<dyn Staged>) -> Result<Inspected, InspectError>;
}

/// Signs what is handed to clients and comes back.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Signer: Send + Sync + 'static {
    fn sign(&self, text: &str) -> [u8; 32];
    /// Takes the same time whatever is wrong.
    fn verify(&self, text: &str, signature: &[u8; 32]) -> bool;
}
