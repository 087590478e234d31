//! What every [`BlobStore`] must do.
//!
//! ```ignore
//! async fn fresh() -> Arc<dyn BlobStore> { .. }
//! hallway_test_support::blobs_contract!(fresh);
//! ```

/// Makes one test per case. `$fresh` names an `async fn() -> Arc<dyn BlobStore>` in scope; every call gives an empty one.
#[macro_export]
macro_rules! blobs_contract {
    ($fresh:ident) => {
        $crate::contract_cases! { blobs, $fresh;
            gives_back_what_was_put, gives_parts, knows_only_what_was_put, forgets_what_was_deleted,
            puts_the_same_twice, keeps_large_files, a_reader_outlives_a_deletion_or_says_so,
        }
    };
}

use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use hallway_domain::ports::BlobStore;
use hallway_domain::{BlobHash, BlobId, BlobKey};
use tempfile::NamedTempFile;

fn key(id: i64, byte: u8) -> BlobKey {
    BlobKey { id: BlobId(id), hash: BlobHash([byte; 32]) }
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("room");
    file
}

async fn put(blobs: &dyn BlobStore, key: BlobKey, bytes: &[u8]) {
    let file = file(bytes);
    blobs.put(&key, file.path()).await.expect("blobs are kept");
}

async fn get(blobs: &dyn BlobStore, key: BlobKey, part: Option<Range<u64>>) -> Option<Vec<u8>> {
    let mut reader = blobs.get(&key, part).await.expect("blobs are given")?;
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await.expect("pieces are given") {
        bytes.extend(piece);
    }
    Some(bytes)
}

pub async fn gives_back_what_was_put(fresh: impl AsyncFn() -> Arc<dyn BlobStore>) {
    let blobs = fresh().await;
    for (key, bytes) in [(key(1, 1), &b"one"[..]), (key(2, 2), b"two \0 and more"), (key(3, 3), b"")] {
        put(&*blobs, key, bytes).await;
        assert_eq!(get(&*blobs, key, None).await.as_deref(), Some(bytes));
        assert!(blobs.exists(&key).await.expect("an answer"));
    }
    assert_eq!(get(&*blobs, key(1, 1), None).await.as_deref(), Some(&b"one"[..]));
}

pub async fn gives_parts(fresh: impl AsyncFn() -> Arc<dyn BlobStore>) {
    let blobs = fresh().await;
    put(&*blobs, key(1, 1), b"0123456789").await;
    for (part, expected) in [(0..10, "0123456789"), (0..1, "0"), (3..7, "3456"), (9..10, "9")] {
        let got = get(&*blobs, key(1, 1), Some(part.clone())).await;
        assert_eq!(got.as_deref(), Some(expected.as_bytes()), "{part:?}");
    }
}

pub async fn knows_only_what_was_put(fresh: impl AsyncFn() -> Arc<dyn BlobStore>) {
    let blobs = fresh().await;
    put(&*blobs, key(1, 1), b"x").await;
    // The same content under another key is another file.
    for other in [key(2, 1), key(1, 2), key(11, 1)] {
        assert!(!blobs.exists(&other).await.expect("an answer"), "{other}");
        assert_eq!(get(&*blobs, other, None).await, None, "{other}");
        assert_eq!(get(&*blobs, other, Some(0..1)).await, None, "{other}");
    }
}

pub async fn forgets_what_was_deleted(fresh: impl AsyncFn() -> Arc<dyn BlobStore>) {
    let blobs = fresh().await;
    put(&*blobs, key(1, 1), b"x").await;
    put(&*blobs, key(2, 1), b"x").await;
    blobs.delete(&key(1, 1)).await.expect("deleted");
    assert!(!blobs.exists(&key(1, 1)).await.expect("an answer"));
    assert_eq!(get(&*blobs, key(1, 1), None).await, None);
    assert_eq!(get(&*blobs, key(2, 1), None).await.as_deref(), Some(&b"x"[..]));
    blobs.delete(&key(1, 1)).await.expect("again");
    blobs.delete(&key(9, 9)).await.expect("what was never there");
}

pub async fn puts_the_same_twice(fresh: impl AsyncFn() -> Arc<dyn BlobStore>) {
    let blobs = fresh().await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let blobs = Arc::clone(&blobs);
        writers.spawn(async move { put(&*blobs, key(1, 1), &vec![7; 100_000]).await });
    }
    writers.join_all().await;
    assert_eq!(get(&*blobs, key(1, 1), None).await, Some(vec![7; 100_000]));
}

/// More than one part of a store that takes files in parts.
pub async fn keeps_large_files(fresh: impl AsyncFn() -> Arc<dyn BlobStore>) {
    let blobs = fresh().await;
    let bytes: Vec<u8> = (0..19_000_003_u32).map(|at| u8::try_from(at % 251).expect("small")).collect();
    put(&*blobs, key(1, 1), &bytes).await;
    assert!(get(&*blobs, key(1, 1), None).await.expect("there") == bytes, "not what was put");
    let part = 8_388_600..8_388_620;
    let expected = &bytes[8_388_600..8_388_620];
    assert_eq!(get(&*blobs, key(1, 1), Some(part)).await.as_deref(), Some(expected));
}

/// Nobody gets something else than was stored, or less of it as if it were all.
pub async fn a_reader_outlives_a_deletion_or_says_so(fresh: impl AsyncFn() -> Arc<dyn BlobStore>) {
    let blobs = fresh().await;
    let bytes = vec![5; 3_000_000];
    put(&*blobs, key(1, 1), &bytes).await;
    let mut reader = blobs.get(&key(1, 1), None).await.expect("given").expect("there");
    blobs.delete(&key(1, 1)).await.expect("deleted");
    let mut got = Vec::new();
    let whole = loop {
        match reader.next().await {
            Ok(Some(piece)) => got.extend(piece),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    assert!(!whole || got == bytes, "{} of {} bytes, as if they were all", got.len(), bytes.len());
}
