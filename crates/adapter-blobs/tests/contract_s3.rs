//! The contract over HTTP, against a server that speaks S3: `moto_server` (`pip install "moto[server]"`), which this
//! starts on a free port. Not part of the ordinary tests, because it is not there on every machine:
//!
//! ```sh
//! cargo test -p hallway-adapter-blobs --features s3-server --test contract_s3
//! ```

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hallway_adapter_blobs::{ObjectBlobs, S3Options};
use hallway_domain::ports::BlobStore;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A server, and the store in it. Dropping it ends the process.
struct Served {
    blobs: ObjectBlobs,
    server: Child,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

static BUCKETS: AtomicU32 = AtomicU32::new(0);

async fn make_bucket(address: &str, bucket: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("PUT /{bucket} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

async fn fresh() -> Arc<dyn BlobStore> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let server = Command::new("moto_server")
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("moto_server is not there: pip install 'moto[server]'");
    let address = format!("127.0.0.1:{port}");
    let bucket = format!("bucket{}", BUCKETS.fetch_add(1, Ordering::SeqCst));
    let options = S3Options {
        bucket: bucket.clone(),
        region: "us-east-1".to_owned(),
        endpoint: format!("http://{address}"),
        access_key_id: "a-key".to_owned(),
        secret_access_key: "a-secret".to_owned(),
        prefix: "some/where/".to_owned(),
    };
    let blobs = ObjectBlobs::s3(&options).expect("options that fit");
    let served = Served { blobs, server };
    let deadline = Instant::now() + Duration::from_secs(60);
    while !make_bucket(&address, &bucket).await.unwrap_or(false) {
        assert!(Instant::now() < deadline, "moto_server does not answer");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Arc::new(served)
}

#[async_trait::async_trait]
impl BlobStore for Served {
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

hallway_test_support::blobs_contract!(fresh);
