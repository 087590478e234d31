//! Files on their way in.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::BlobHash;
use hallway_domain::ports::{BlobError, BlobResult, Staged, StagedWriter};
use sha2::{Digest as _, Sha256};
use tempfile::{NamedTempFile, TempPath};

/// Bytes that are gathered before the disk is bothered.
const GATHER: usize = 256 * 1024;

pub(crate) fn failed(error: &std::io::Error) -> BlobError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            BlobError::Unavailable(format!("no room for uploads: {error}"))
        }
        _ => BlobError::Internal(format!("an upload could not be kept: {error}")),
    }
}

/// A whole file with a name in the directory of uploads, which goes with it.
pub(crate) struct StagedFile {
    path: TempPath,
    size: u64,
    hash: BlobHash,
}

impl Staged for StagedFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn hash(&self) -> BlobHash {
        self.hash
    }
}

/// A file that was made here, out of what is in memory.
pub(crate) fn stage(directory: &Path, bytes: &[u8]) -> BlobResult<StagedFile> {
    let mut file = NamedTempFile::new_in(directory).map_err(|error| failed(&error))?;
    file.write_all(bytes).map_err(|error| failed(&error))?;
    Ok(StagedFile {
        path: file.into_temp_path(),
        size: bytes.len() as u64,
        hash: BlobHash(Sha256::digest(bytes).into()),
    })
}

/// What a writer has, but for what waits to be written.
struct Open {
    file: NamedTempFile,
    hasher: Sha256,
    size: u64,
}

impl Open {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }
}

/// A file that is being received.
pub(crate) struct Writer {
    /// None while a write is under way, or after one failed.
    open: Option<Open>,
    waiting: Vec<u8>,
}

impl Writer {
    pub(crate) async fn new(directory: Arc<Path>) -> BlobResult<Self> {
        let file = blocking(move || NamedTempFile::new_in(&directory).map_err(|error| failed(&error))).await?;
        Ok(Self { open: Some(Open { file, hasher: Sha256::new(), size: 0 }), waiting: Vec::new() })
    }

    async fn flush(&mut self) -> BlobResult<()> {
        let bytes = std::mem::take(&mut self.waiting);
        let Some(mut open) = self.open.take() else {
            return Err(BlobError::Internal("a write failed before".to_owned()));
        };
        let (open, mut bytes) = blocking(move || {
            open.write(&bytes).map_err(|error| failed(&error))?;
            Ok((open, bytes))
        })
        .await?;
        bytes.clear();
        (self.open, self.waiting) = (Some(open), bytes);
        Ok(())
    }
}

#[async_trait]
impl StagedWriter for Writer {
    async fn write(&mut self, piece: &[u8]) -> BlobResult<()> {
        self.waiting.extend_from_slice(piece);
        if self.waiting.len() >= GATHER { self.flush().await } else { Ok(()) }
    }

    async fn finish(mut self: Box<Self>) -> BlobResult<Box<dyn Staged>> {
        self.flush().await?;
        let Some(Open { file, hasher, size }) = self.open.take() else {
            return Err(BlobError::Internal("a write failed before".to_owned()));
        };
        Ok(Box::new(StagedFile { path: file.into_temp_path(), size, hash: BlobHash(hasher.finalize().into()) }))
    }
}

/// Runs what blocks where that holds nobody up.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<BlobError> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(BlobError::Internal(format!("work on a file ended: {error}")).into()))
}
