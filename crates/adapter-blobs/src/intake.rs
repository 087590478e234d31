//! Receiving and looking at uploads.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{BlobError, BlobResult, InspectError, Inspected, Intake, Staged, StagedWriter};
use tokio::sync::{Semaphore, TryAcquireError};

use crate::image::{self, ImageLimits};
use crate::sniff::{self, Kind};
use crate::staged::{Writer, blocking, failed};

/// How uploads are looked at.
#[derive(Clone, Copy, Debug)]
pub struct IntakeOptions {
    pub images: ImageLimits,
    /// Images worked on at the same time.
    pub parallel: usize,
    /// Images that wait for their turn; one more is refused.
    pub queue: usize,
}

/// Receives into a directory of its own.
pub struct DiskIntake {
    directory: Arc<Path>,
    images: ImageLimits,
    /// Those that are worked on.
    turns: Semaphore,
    /// Those that are worked on or wait.
    places: Semaphore,
    /// Held as long as the directory is in use.
    _lock: File,
}

impl DiskIntake {
    /// Makes a directory of its own in `parent`. What processes that are gone have left there goes; those that live hold
    /// a lock.
    pub fn open(parent: &Path, options: IntakeOptions) -> BlobResult<Self> {
        std::fs::create_dir_all(parent).map_err(|error| failed(&error))?;
        // One after another: a directory is there for a moment before it is locked.
        let turn = lock_file(&parent.join("lock"))?;
        turn.lock().map_err(|error| failed(&error))?;
        sweep(parent)?;
        let directory =
            tempfile::Builder::new().prefix("node-").tempdir_in(parent).map_err(|error| failed(&error))?.keep();
        let lock = lock_file(&directory.join("lock"))?;
        lock.lock().map_err(|error| failed(&error))?;
        let parallel = options.parallel.max(1);
        Ok(Self {
            directory: directory.into(),
            images: options.images,
            turns: Semaphore::new(parallel),
            places: Semaphore::new(parallel + options.queue),
            _lock: lock,
        })
    }
}

impl Drop for DiskIntake {
    fn drop(&mut self) {
        // What stays goes at the next start.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn lock_file(path: &Path) -> BlobResult<File> {
    File::options().create(true).truncate(false).write(true).open(path).map_err(|error| failed(&error))
}

/// Removes directories that nobody holds.
fn sweep(parent: &Path) -> BlobResult<()> {
    for entry in std::fs::read_dir(parent).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if path.is_dir() && lock_file(&path.join("lock"))?.try_lock().is_ok() {
            std::fs::remove_dir_all(&path).map_err(|error| failed(&error))?;
        }
    }
    Ok(())
}

#[async_trait]
impl Intake for DiskIntake {
    async fn open(&self) -> BlobResult<Box<dyn StagedWriter>> {
        Ok(Box::new(Writer::new(Arc::clone(&self.directory)).await?))
    }

    async fn inspect(&self, file: Box<dyn Staged>) -> Result<Inspected, InspectError> {
        let (file, kind) = blocking(move || {
            let kind = sniff::kind(&head(file.path())?);
            Ok::<_, BlobError>((file, kind))
        })
        .await?;
        match kind {
            Kind::Image(format) => {
                let _place = self.places.try_acquire().map_err(|error| match error {
                    TryAcquireError::NoPermits => InspectError::Busy,
                    TryAcquireError::Closed => InspectError::Blob(BlobError::Internal("closed".to_owned())),
                })?;
                let closed = |_| BlobError::Internal("closed".to_owned());
                let turn = self.turns.acquire().await.map_err(closed)?;
                let (directory, limits) = (Arc::clone(&self.directory), self.images);
                let done = blocking(move || image::rewrite(&directory, file.as_ref(), format, limits)).await;
                drop(turn);
                done
            }
            Kind::Other(content_type) => {
                Ok(Inspected { file, content_type, ending: None, picture: None, thumbnail: None })
            }
        }
    }
}

/// The first bytes of a file.
fn head(path: &Path) -> BlobResult<Vec<u8>> {
    let mut head = Vec::with_capacity(sniff::HEAD);
    let file = File::open(path).map_err(|error| failed(&error))?;
    file.take(sniff::HEAD as u64).read_to_end(&mut head).map_err(|error| failed(&error))?;
    Ok(head)
}
