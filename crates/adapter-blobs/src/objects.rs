//! Where files are kept.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use hallway_domain::BlobKey;
use hallway_domain::ports::{BlobError, BlobReader, BlobResult, BlobStore};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Location;
use object_store::{
    ClientOptions, Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, RetryConfig, WriteMultipart,
};
use tokio::io::AsyncReadExt as _;

/// Bytes of a part of a large file. S3 wants at least 5 MiB.
const PART: usize = 8 * 1024 * 1024;
/// Parts of one file under way.
const PARTS_AT_ONCE: usize = 2;

/// A store that speaks S3.
#[derive(Clone)]
pub struct S3Options {
    pub bucket: String,
    pub region: String,
    /// Empty: Amazon's own.
    pub endpoint: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    /// Put before every name.
    pub prefix: String,
}

impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Options")
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Files in an object store.
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    prefix: String,
}

fn failed(error: &Error) -> BlobError {
    match error {
        Error::Generic { .. } | Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            BlobError::Unavailable(error.to_string())
        }
        _ => BlobError::Internal(error.to_string()),
    }
}

impl ObjectBlobs {
    /// In a directory, which is made if it is not there. What is stored is on disk before it is told.
    pub fn disk(directory: &Path) -> BlobResult<Self> {
        std::fs::create_dir_all(directory).map_err(|error| BlobError::Internal(error.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(directory).map_err(|error| failed(&error))?;
        Ok(Self { store: Arc::new(store.with_fsync(true).with_automatic_cleanup(false)), prefix: String::new() })
    }

    /// Gone with the process. For tests.
    #[must_use]
    pub fn memory() -> Self {
        Self { store: Arc::new(InMemory::new()), prefix: String::new() }
    }

    /// In a bucket, which must be there.
    pub fn s3(options: &S3Options) -> BlobResult<Self> {
        let retry = RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(20), ..RetryConfig::default() };
        let client = ClientOptions::new()
            .with_connect_timeout(Duration::from_secs(5))
            .with_timeout(Duration::from_mins(5))
            .with_allow_http(options.endpoint.starts_with("http://"));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&options.bucket)
            .with_region(&options.region)
            .with_access_key_id(&options.access_key_id)
            .with_secret_access_key(&options.secret_access_key)
            .with_retry(retry)
            .with_client_options(client);
        if !options.endpoint.is_empty() {
            builder = builder.with_endpoint(&options.endpoint).with_allow_http(true);
        }
        let store = builder.build().map_err(|error| failed(&error))?;
        Ok(Self { store: Arc::new(store), prefix: options.prefix.clone() })
    }

    /// Names begin with two digits of the hash, so that no directory gets all of them.
    fn location(&self, key: &BlobKey) -> Location {
        let name = key.to_string();
        Location::from(format!("{}{}/{name}", self.prefix, &name[..2]))
    }

    async fn put_whole(&self, location: &Location, file: &Path) -> BlobResult<()> {
        let bytes = tokio::fs::read(file).await.map_err(|error| unreadable(&error))?;
        self.store.put(location, Bytes::from(bytes).into()).await.map_err(|error| failed(&error))?;
        Ok(())
    }

    /// Part by part, so that memory does not grow with the file.
    async fn put_parts(&self, location: &Location, file: &Path) -> BlobResult<()> {
        let mut file = tokio::fs::File::open(file).await.map_err(|error| unreadable(&error))?;
        let upload = self.store.put_multipart(location).await.map_err(|error| failed(&error))?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let read = match file.read(&mut buffer).await {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    // What was sent already is not to stay there.
                    let _ = writer.abort().await;
                    return Err(unreadable(&error));
                }
            };
            if let Err(error) = writer.wait_for_capacity(PARTS_AT_ONCE).await {
                let _ = writer.abort().await;
                return Err(failed(&error));
            }
            writer.write(&buffer[..read]);
        }
        writer.finish().await.map_err(|error| failed(&error))?;
        Ok(())
    }
}

fn unreadable(error: &std::io::Error) -> BlobError {
    BlobError::Internal(format!("an upload could not be read: {error}"))
}

#[async_trait]
impl BlobStore for ObjectBlobs {
    async fn put(&self, key: &BlobKey, file: &Path) -> BlobResult<()> {
        let size = tokio::fs::metadata(file).await.map_err(|error| unreadable(&error))?.len();
        let location = self.location(key);
        if size <= PART as u64 { self.put_whole(&location, file).await } else { self.put_parts(&location, file).await }
    }

    async fn get(&self, key: &BlobKey, part: Option<Range<u64>>) -> BlobResult<Option<Box<dyn BlobReader>>> {
        let options = GetOptions { range: part.map(GetRange::Bounded), ..GetOptions::default() };
        match self.store.get_opts(&self.location(key), options).await {
            Ok(found) => Ok(Some(Box::new(ObjectReader(found.into_stream())))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn exists(&self, key: &BlobKey) -> BlobResult<bool> {
        match self.store.head(&self.location(key)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn delete(&self, key: &BlobKey) -> BlobResult<()> {
        match self.store.delete(&self.location(key)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }
}

struct ObjectReader(BoxStream<'static, object_store::Result<Bytes>>);

#[async_trait]
impl BlobReader for ObjectReader {
    async fn next(&mut self) -> BlobResult<Option<Vec<u8>>> {
        let piece = self.0.next().await.transpose().map_err(|error| failed(&error))?;
        Ok(piece.map(Vec::from))
    }
}
