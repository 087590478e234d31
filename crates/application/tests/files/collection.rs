//! What nobody has goes, and nothing else, however uploads and the collection meet.

use std::sync::Arc;

use futures_util::FutureExt as _;
use hallway_adapter_sql::{SqlOptions, SqlStore, sqlite_url};
use hallway_application::{Collected, FileSettings};
use hallway_test_support::fakes::FakeStore;
use time::Duration;
use tokio::task::JoinSet;

use crate::world::{World, message, small};

fn world() -> World {
    World::over(Arc::new(FakeStore::default()), small())
}

async fn collect(world: &World) -> Collected {
    world.app.attachments().collect().await.expect("collected")
}

#[tokio::test]
async fn uploads_that_no_message_wants_go_after_a_while() {
    let world = world();
    let ann = world.user("ann").await;
    let room = world.room(&ann, false).await;
    let (sent, waiting) =
        (world.upload(&ann, b"1").await.expect("taken"), world.upload(&ann, b"2").await.expect("taken"));
    world.app.messages().send(&ann, message(&room, "", &[&sent])).await.expect("sent");
    world.clock.advance(Duration::hours(23));
    assert_eq!(collect(&world).await, Collected::default());
    world.clock.advance(Duration::hours(2));
    assert_eq!(collect(&world).await, Collected { uploads: 1, blobs: 1 });
    assert!(world.download(&ann, waiting.id).await.is_err());
    assert_eq!(world.download(&ann, sent.id).await.expect("in a message"), b"1");
    assert_eq!(world.files("files"), 1);
}

#[tokio::test]
async fn files_of_deleted_messages_go_after_the_grace() {
    let world = world();
    let ann = world.user("ann").await;
    let room = world.room(&ann, false).await;
    let file = world.upload(&ann, b"1").await.expect("taken");
    let sent = world.app.messages().send(&ann, message(&room, "", &[&file])).await.expect("sent");
    world.app.messages().delete(&ann, room.id, sent.message).await.expect("deleted");
    assert_eq!(collect(&world).await, Collected::default(), "still young");
    world.clock.advance(Duration::hours(2));
    assert_eq!(collect(&world).await, Collected { uploads: 0, blobs: 1 });
    assert_eq!(world.files("files"), 0);
}

/// The same content is uploaded again: its row is there, and looks old enough to go.
#[tokio::test]
async fn a_collection_in_the_middle_of_an_upload_loses_nothing() {
    let world = world();
    let ann = world.user("ann").await;
    let first = world.upload(&ann, b"the same").await.expect("taken");
    world.app.attachments().discard(&ann, first.id).await.expect("hers");
    let (app, clock) = (world.app.clone(), Arc::clone(&world.clock));
    // Between the look whether the blob is there and the row of the file: a whole collection, two hours later.
    let meddling = move || {
        async move {
            clock.advance(Duration::hours(2));
            let collected = app.attachments().collect().await.expect("collected");
            assert_eq!(collected, Collected { uploads: 0, blobs: 1 }, "it was there and went");
        }
        .boxed()
    };
    world.blobs.meddle(Box::new(meddling)).await;
    let second = world.upload(&ann, b"the same").await.expect("taken");
    assert_eq!(world.download(&ann, second.id).await.expect("there"), b"the same");
    world.clock.advance(Duration::hours(2));
    assert_eq!(collect(&world).await, Collected::default());
    assert_eq!(world.download(&ann, second.id).await.expect("still there"), b"the same");
    assert_eq!(world.files("files"), 1);
}

/// A collection that stops after it gave a blob up goes on with it the next time.
#[tokio::test]
async fn what_was_given_up_is_removed_in_the_end() {
    let world = world();
    let ann = world.user("ann").await;
    let file = world.upload(&ann, b"1").await.expect("taken");
    world.app.attachments().discard(&ann, file.id).await.expect("hers");
    world.clock.advance(Duration::hours(2));
    // The directory cannot be written to for a while.
    let directory = world.directory.path().join("files");
    let hidden = world.directory.path().join("away");
    std::fs::rename(&directory, &hidden).expect("renamed");
    std::fs::write(&directory, b"in the way").expect("a file");
    let interrupted = world.app.attachments().collect().await;
    std::fs::remove_file(&directory).expect("removed");
    std::fs::rename(&hidden, &directory).expect("renamed back");
    if interrupted.is_err() {
        assert_eq!(world.files("files"), 1);
        assert_eq!(collect(&world).await, Collected { uploads: 0, blobs: 1 });
        assert_eq!(world.files("files"), 0);
    } else {
        panic!("removing from a directory that is away was said to work: {interrupted:?}");
    }
}

/// Many upload and discard the same few contents while the collection, which waits for nothing, never stops.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn uploads_and_collections_at_once_lose_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = SqlOptions::new(sqlite_url(&directory.path().join("hallway.db")));
    SqlStore::migrate(&options).await.expect("migrate");
    let store = SqlStore::connect(&options).await.expect("connect");
    // No grace at all: the worst that can be configured is better than this.
    let none = FileSettings { grace: -Duration::seconds(1), quota_bytes: u64::MAX >> 2, ..small() };
    let world = Arc::new(World::over(Arc::new(store), none));
    let stop = Arc::new(tokio::sync::Notify::new());
    let mut collector = JoinSet::new();
    {
        let (world, stop) = (Arc::clone(&world), Arc::clone(&stop));
        collector.spawn(async move {
            let mut removed = 0;
            let ended = stop.notified();
            tokio::pin!(ended);
            loop {
                let attachments = world.app.attachments();
                tokio::select! {
                    biased;
                    () = &mut ended => return removed,
                    collected = attachments.collect() => removed += collected.expect("collected").blobs,
                }
                tokio::task::yield_now().await;
            }
        });
    }
    let mut people = JoinSet::new();
    for person in 0..4_u8 {
        let actor = world.user(&format!("user{person}")).await;
        let world = Arc::clone(&world);
        people.spawn(async move {
            let mut lost = 0;
            for round in 0..15_u8 {
                let content = [round % 3; 300];
                // Given up after three tries is an answer; a file that is told of and is not there is none.
                let Ok(file) = world.upload(&actor, &content).await else { continue };
                for _ in 0..3 {
                    lost += usize::from(world.download(&actor, file.id).await.ok().as_deref() != Some(&content[..]));
                }
                if round % 5 != 4 {
                    world.app.attachments().discard(&actor, file.id).await.expect("one's own");
                }
            }
            lost
        });
    }
    let lost: usize = people.join_all().await.into_iter().sum();
    stop.notify_one();
    let removed: u64 = collector.join_all().await.into_iter().sum();
    assert_eq!(lost, 0);
    assert!(removed > 0, "the collection never met an upload: this test shows nothing");
}
