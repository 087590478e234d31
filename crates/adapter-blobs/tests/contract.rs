//! Every place for files passes the contract.

use std::sync::Arc;

use hallway_adapter_blobs::ObjectBlobs;
use hallway_domain::ports::BlobStore;

mod on_disk {
    use super::*;

    async fn fresh() -> Arc<dyn BlobStore> {
        let directory = tempfile::tempdir().expect("a directory");
        let blobs = ObjectBlobs::disk(&directory.path().join("files")).expect("a place");
        Arc::new(Kept { blobs, _directory: directory })
    }

    hallway_test_support::blobs_contract!(fresh);
}

mod in_memory {
    use super::*;

    async fn fresh() -> Arc<dyn BlobStore> {
        Arc::new(ObjectBlobs::memory())
    }

    hallway_test_support::blobs_contract!(fresh);
}

/// A store whose directory goes with it.
struct Kept {
    blobs: ObjectBlobs,
    _directory: tempfile::TempDir,
}

#[async_trait::async_trait]
impl BlobStore for Kept {
    async fn put(
        &self,
        key: &hallway_domain::BlobKey,
        file: &std::path::Path,
    ) -> hallway_domain::ports::BlobResult<()> {
        self.blobs.put(key, file).await
    }

    async fn get(
        &self,
        key: &hallway_domain::BlobKey,
        part: Option<std::ops::Range<u64>>,
    ) -> hallway_domain::ports::BlobResult<Option<Box<dyn hallway_domain::ports::BlobReader>>> {
        self.blobs.get(key, part).await
    }

    async fn exists(&self, key: &hallway_domain::BlobKey) -> hallway_domain::ports::BlobResult<bool> {
        self.blobs.exists(key).await
    }

    async fn delete(&self, key: &hallway_domain::BlobKey) -> hallway_domain::ports::BlobResult<()> {
        self.blobs.delete(key).await
    }
}
