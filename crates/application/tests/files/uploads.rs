//! What is taken and what is not.

use std::sync::Arc;

use hallway_application::{ErrorKind, FileSettings};
use hallway_domain::FileName;
use hallway_test_support::fakes::FakeStore;

use crate::world::{World, code, small};

fn world(files: FileSettings) -> World {
    World::over(Arc::new(FakeStore::default()), files)
}

#[tokio::test]
async fn a_file_comes_back_as_it_was() {
    let world = world(small());
    let ann = world.user("ann").await;
    let file = world.upload(&ann, b"some bytes").await.expect("taken");
    assert_eq!((file.size, file.content_type.as_str()), (10, "application/octet-stream"));
    assert_eq!(world.download(&ann, file.id).await.expect("hers"), b"some bytes");
    assert_eq!(world.files("incoming"), 0);
}

#[tokio::test]
async fn what_is_too_large_is_cut_off_and_leaves_nothing() {
    let world = world(small());
    let ann = world.user("ann").await;
    assert!(world.upload(&ann, &[7; 1000]).await.is_ok());
    let refused = world.upload(&ann, &[8; 1001]).await.expect_err("too large");
    assert_eq!((refused.code(), refused.kind()), ("file_too_large", ErrorKind::TooLarge));
    assert_eq!(code(world.app.attachments().begin(&ann, Some(1001)).await.map(drop)), "file_too_large");
    assert_eq!((world.files("incoming"), world.files("files")), (0, 1));
}

#[tokio::test]
async fn nobody_has_more_than_their_quota() {
    let world = world(small());
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let first = world.upload(&ann, &[1; 1000]).await.expect("room");
    world.upload(&ann, &[2; 1000]).await.expect("room");
    assert_eq!(code(world.upload(&ann, &[3; 501]).await), "quota_exceeded");
    assert_eq!(code(world.app.attachments().begin(&ann, Some(501)).await.map(drop)), "quota_exceeded");
    world.upload(&ann, &[3; 500]).await.expect("room");
    assert_eq!(code(world.app.attachments().begin(&ann, None).await.map(drop)), "quota_exceeded");
    assert_eq!(world.files("files"), 3, "what was refused is not kept");
    world.upload(&bob, &[1; 1000]).await.expect("his own");
    world.app.attachments().discard(&ann, first.id).await.expect("hers");
    world.upload(&ann, &[4; 1000]).await.expect("room again");
    assert_eq!(world.files("incoming"), 0);
}

#[tokio::test]
async fn uploads_at_once_do_not_get_past_the_quota() {
    let world = world(FileSettings { uploads_per_user: 10, ..small() });
    let ann = world.user("ann").await;
    let uploads = (0..8_u8).map(|number| {
        let (world, ann) = (&world, &ann);
        async move { world.upload(ann, &[number; 900]).await.is_ok() }
    });
    let taken = futures_util::future::join_all(uploads).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 2);
}

#[tokio::test]
async fn few_uploads_at_the_same_time() {
    let world = world(small());
    let ann = world.user("ann").await;
    let files = world.app.attachments();
    let (first, _second) = (files.begin(&ann, None).await.expect("free"), files.begin(&ann, None).await.expect("free"));
    assert_eq!(code(files.begin(&ann, None).await.map(drop)), "too_many_uploads");
    assert_eq!(world.files("incoming"), 2);
    drop(first);
    assert_eq!(world.files("incoming"), 1, "what is given up leaves nothing");
    files.begin(&ann, None).await.expect("free again");
}

#[tokio::test]
async fn only_types_that_are_allowed() {
    let world = world(FileSettings { allowed_types: vec!["application/pdf".to_owned()], ..small() });
    let ann = world.user("ann").await;
    let refused = world.upload(&ann, b"<html><script>alert(1)</script>").await.expect_err("not a PDF");
    assert_eq!((refused.code(), refused.kind()), ("file_type_not_allowed", ErrorKind::WrongType));
    assert_eq!(world.upload(&ann, b"%PDF-1.7 ...").await.expect("a PDF").content_type, "application/pdf");
    assert_eq!(world.files("incoming"), 0);
}

#[tokio::test]
async fn nothing_and_broken_images_are_no_files() {
    let world = world(small());
    let ann = world.user("ann").await;
    assert_eq!(code(world.upload(&ann, b"").await), "file_empty");
    assert_eq!(code(world.upload(&ann, b"\xff\xd8\xff/*alert(1)*/").await), "bad_image");
    assert_eq!((world.files("incoming"), world.files("files")), (0, 0));
}

#[tokio::test]
async fn the_same_content_is_kept_once() {
    let world = world(small());
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, other) = (world.upload(&ann, b"the same").await, world.upload(&bob, b"the same").await);
    let (one, other) = (one.expect("taken"), other.expect("taken"));
    assert_ne!(one.id, other.id);
    assert_eq!(world.files("files"), 1);
    world.app.attachments().discard(&ann, one.id).await.expect("hers");
    assert_eq!(world.download(&bob, other.id).await.expect("his"), b"the same");
}

#[tokio::test]
async fn what_a_process_left_behind_goes_at_the_next_start() {
    let world = world(small());
    let ann = world.user("ann").await;
    let incoming = world.directory.path().join("incoming");
    let left = incoming.join("node-that-died");
    std::fs::create_dir(&left).expect("a directory");
    std::fs::write(left.join("half an upload"), b"half").expect("a file");
    let mut alive = world.app.attachments().begin(&ann, None).await.expect("free");
    alive.write(&[1; 64]).await.expect("room");
    // Another process on the same directory.
    let images = hallway_adapter_blobs::ImageLimits { side: 1, pixels: 1, alloc: 1, frames: 1 };
    let options = hallway_adapter_blobs::IntakeOptions { images, parallel: 1, queue: 0 };
    let other = hallway_adapter_blobs::DiskIntake::open(&incoming, options).expect("a place");
    assert!(!left.exists());
    drop(other);
    world.app.attachments().finish(alive, FileName::clean("x")).await.expect("nobody took it away");
}
