//! Files of messages, and the blobs that hold what is in them.

use std::sync::Arc;

use hallway_domain::{
    Attachment, AttachmentId, BlobHash, BlobKey, Claim, Fact, FileName, Message, NewAttachment, Picture, Place, RoomId,
    Seq, StoredAttachment, UserId, UserRef,
};
use tokio::task::JoinSet;

use super::{World, at};

fn hash(byte: u8) -> BlobHash {
    BlobHash([byte; 32])
}

fn new(owner: &UserRef, blob: BlobKey, size: u64, seconds: i64) -> NewAttachment {
    NewAttachment {
        owner: owner.id,
        name: FileName::clean("a \"b\" 上海.png"),
        content_type: "image/png".to_owned(),
        size,
        picture: None,
        blob,
        thumbnail: None,
        created_at: at(seconds),
    }
}

async fn reserve(world: &World, byte: u8, seconds: i64) -> BlobKey {
    let mut unit = world.begin().await;
    let key = unit.attachments().reserve(&hash(byte), 100, at(seconds)).await.expect("reserve");
    unit.commit().await.expect("commit");
    key
}

async fn insert(world: &World, new: NewAttachment) -> Option<Attachment> {
    let mut unit = world.begin().await;
    let inserted = unit.attachments().insert(new).await.expect("insert");
    unit.commit().await.expect("commit");
    inserted
}

async fn upload(world: &World, owner: &UserRef, byte: u8, seconds: i64) -> Attachment {
    let key = reserve(world, byte, seconds).await;
    insert(world, new(owner, key, 100, seconds)).await.expect("its blob is there")
}

async fn claim(world: &World, message: &Message, files: &[&Attachment]) {
    let place = Place { room: message.room, message: message.id };
    let claims: Vec<Claim> =
        (0..).zip(files).map(|(position, file)| Claim { attachment: file.id, place, position }).collect();
    let mut unit = world.begin().await;
    unit.attachments().claim(&claims).await.expect("claim");
    unit.commit().await.expect("commit");
}

async fn found(world: &World, id: AttachmentId) -> Option<StoredAttachment> {
    world.queries().attachment(id).await.expect("attachment")
}

async fn bury(world: &World, before: i64, limit: u32) -> u64 {
    let mut unit = world.begin().await;
    let buried = unit.attachments().bury(at(before), limit).await.expect("bury");
    unit.commit().await.expect("commit");
    buried
}

async fn buried(world: &World) -> Vec<BlobKey> {
    let mut unit = world.begin().await;
    unit.attachments().buried(100).await.expect("buried")
}

pub async fn come_back_as_they_were(world: World) {
    let ann = world.user("ann").await;
    let (blob, thumbnail) = (reserve(&world, 1, 0).await, reserve(&world, 2, 0).await);
    let picture = Some(Picture { width: 640, height: 480, blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj".to_owned() });
    let new = NewAttachment { picture: picture.clone(), thumbnail: Some(thumbnail), ..new(&ann, blob, 1234, 5) };
    let file = insert(&world, new.clone()).await.expect("its blobs are there");
    let expected = Attachment {
        id: file.id,
        name: new.name,
        content_type: "image/png".to_owned(),
        size: 1234,
        picture,
        has_thumbnail: true,
        created_at: at(5),
    };
    assert_eq!(file, expected);
    let stored =
        StoredAttachment { attachment: file.clone(), owner: ann.id, place: None, blob, thumbnail: Some(thumbnail) };
    assert_eq!(found(&world, file.id).await, Some(stored.clone()));
    assert_eq!(found(&world, AttachmentId(999_999)).await, None);
    let mut unit = world.begin().await;
    let locked = unit.attachments().lock(&[AttachmentId(999_999), file.id, file.id]).await.expect("lock");
    assert_eq!(locked, [stored]);
}

pub async fn are_shown_with_their_messages_in_order(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let (first, second) = (world.post(room, &ann, "first").await, world.post(room, &ann, "second").await);
    let (a, b, c) =
        (upload(&world, &ann, 1, 0).await, upload(&world, &ann, 2, 0).await, upload(&world, &ann, 3, 0).await);
    claim(&world, &first, &[&c, &a]).await;
    claim(&world, &second, &[&b]).await;
    let expected = [vec![c.clone(), a.clone()], vec![b.clone()]];
    let history = world.queries().history(room, Seq(i64::MAX), None, 10).await.expect("history");
    assert_eq!(history.into_iter().map(|view| view.attachments).collect::<Vec<_>>(), expected);
    let one = world.queries().message(room, first.id).await.expect("message").expect("found");
    assert_eq!(one.attachments, expected[0]);
    let events = world.queries().events(room, Seq::ZERO, Seq(i64::MAX), 10).await.expect("events");
    let posted = events.into_iter().filter_map(|event| match event.fact {
        Fact::MessagePosted(view) => Some(view.attachments),
        _ => None,
    });
    assert_eq!(posted.collect::<Vec<_>>(), expected);
    let place = found(&world, a.id).await.expect("found").place;
    assert_eq!(place, Some(Place { room, message: first.id }));
}

pub async fn are_discarded_by_their_owner_while_they_wait(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &ann, "hello").await;
    let (waiting, sent) = (upload(&world, &ann, 1, 0).await, upload(&world, &ann, 2, 0).await);
    claim(&world, &message, &[&sent]).await;
    let mut unit = world.begin().await;
    let files = unit.attachments();
    assert!(!files.discard(waiting.id, bob.id).await.expect("not bob's"));
    assert!(!files.discard(sent.id, ann.id).await.expect("in a message"));
    assert!(files.discard(waiting.id, ann.id).await.expect("discard"));
    assert!(!files.discard(waiting.id, ann.id).await.expect("discard again"));
    unit.commit().await.expect("commit");
    assert_eq!(found(&world, waiting.id).await, None);
    assert!(found(&world, sent.id).await.is_some());
}

pub async fn go_with_their_message_or_room(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let (first, second) = (world.post(room, &ann, "first").await, world.post(room, &ann, "second").await);
    let (a, b, c) =
        (upload(&world, &ann, 1, 0).await, upload(&world, &ann, 2, 0).await, upload(&world, &ann, 3, 0).await);
    claim(&world, &first, &[&a, &b]).await;
    claim(&world, &second, &[&c]).await;
    let mut unit = world.begin().await;
    assert_eq!(unit.attachments().detach(first.id).await.expect("detach"), 2);
    assert_eq!(unit.attachments().detach(first.id).await.expect("detach again"), 0);
    unit.commit().await.expect("commit");
    assert_eq!(found(&world, a.id).await, None);
    assert!(found(&world, c.id).await.is_some());
    let mut unit = world.begin().await;
    unit.rooms().delete(room).await.expect("delete");
    unit.commit().await.expect("commit");
    assert_eq!(found(&world, c.id).await, None);
    assert_eq!(bury(&world, 10, 100).await, 3, "their blobs may go");
}

pub async fn expire_when_no_message_wants_them(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &ann, "hello").await;
    let mut files = Vec::new();
    for number in 0..5 {
        files.push(upload(&world, &ann, number, i64::from(number)).await);
    }
    claim(&world, &message, &[&files[0]]).await;
    let mut unit = world.begin().await;
    assert_eq!(unit.attachments().expire(at(4), 2).await.expect("expire"), 2);
    assert_eq!(unit.attachments().expire(at(4), 2).await.expect("expire"), 1);
    assert_eq!(unit.attachments().expire(at(4), 2).await.expect("expire"), 0);
    unit.commit().await.expect("commit");
    let mut left = Vec::new();
    for file in &files {
        left.push(found(&world, file.id).await.is_some());
    }
    assert_eq!(left, [true, false, false, false, true]);
}

pub async fn add_up_to_what_a_user_has(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let key = reserve(&world, 1, 0).await;
    let used = async |user: UserId| world.queries().attachment_bytes(user).await.expect("bytes");
    assert_eq!(used(ann.id).await, 0);
    let huge = 5_000_000_000;
    insert(&world, new(&ann, key, huge, 0)).await.expect("a file");
    insert(&world, new(&ann, key, 7, 0)).await.expect("the same again counts again");
    insert(&world, new(&bob, key, 3, 0)).await.expect("and for everybody");
    assert_eq!((used(ann.id).await, used(bob.id).await), (huge + 7, 3));
    let mut unit = world.begin().await;
    assert_eq!(unit.attachments().used(ann.id).await.expect("used"), huge + 7);
    assert_eq!(unit.attachments().used(UserId(999_999)).await.expect("used"), 0);
}

pub async fn share_blobs_of_the_same_content(world: World) {
    let first = reserve(&world, 1, 0).await;
    assert_eq!(reserve(&world, 1, 5).await, first);
    let other = reserve(&world, 2, 0).await;
    assert_ne!(other.id, first.id);
    // Touched again: it is as young as its last upload.
    assert_eq!(bury(&world, 5, 100).await, 1);
    assert_eq!(buried(&world).await, [other]);
}

pub async fn blobs_without_files_are_given_up(world: World) {
    let ann = world.user("ann").await;
    let (used, thumbnail, unused) =
        (reserve(&world, 1, 0).await, reserve(&world, 2, 0).await, reserve(&world, 3, 0).await);
    let young = reserve(&world, 4, 60).await;
    let new = NewAttachment { thumbnail: Some(thumbnail), ..new(&ann, used, 1, 0) };
    insert(&world, new).await.expect("a file");
    assert_eq!(bury(&world, 60, 0).await, 0, "not more than asked for");
    assert_eq!(bury(&world, 60, 100).await, 1);
    assert_eq!(bury(&world, 60, 100).await, 0);
    assert_eq!(buried(&world).await, [unused]);
    // The same content again is another blob, which the removal of the old one does not touch.
    let again = reserve(&world, 3, 61).await;
    assert_eq!(again.hash, unused.hash);
    assert!(![unused.id, young.id].contains(&again.id));
    let mut unit = world.begin().await;
    unit.attachments().forget(&[unused]).await.expect("forget");
    unit.attachments().forget(&[unused, again]).await.expect("forget again");
    unit.commit().await.expect("commit");
    assert_eq!(buried(&world).await, []);
    assert_eq!(reserve(&world, 3, 62).await, again);
}

pub async fn no_file_gets_a_blob_that_was_given_up(world: World) {
    let ann = world.user("ann").await;
    let (content, thumbnail) = (reserve(&world, 1, 0).await, reserve(&world, 2, 100).await);
    assert_eq!(bury(&world, 50, 100).await, 1);
    let late = NewAttachment { thumbnail: Some(thumbnail), ..new(&ann, content, 1, 0) };
    assert_eq!(insert(&world, late.clone()).await, None);
    let content = reserve(&world, 1, 100).await;
    assert!(insert(&world, NewAttachment { blob: content, ..late }).await.is_some());
}

/// Whichever comes first, no file is left without its blob.
pub async fn a_file_and_the_collection_do_not_meet(world: World) {
    let ann = world.user("ann").await;
    let world = Arc::new(world);
    for byte in 0..20 {
        let key = reserve(&world, byte, 0).await;
        let file = new(&ann, key, 1, 0);
        // The collection comes while the file is being stored.
        let mut unit = world.begin().await;
        let inserted = unit.attachments().insert(file.clone()).await.expect("insert").expect("a file");
        let mut collecting = JoinSet::new();
        let other = Arc::clone(&world);
        collecting.spawn(async move { bury(&other, 50, 100).await });
        tokio::task::yield_now().await;
        unit.commit().await.expect("commit");
        assert_eq!(collecting.join_all().await, [0], "round {byte}");
        assert!(found(&world, inserted.id).await.is_some());

        // The file is stored while the collection is under way.
        let key = reserve(&world, byte + 100, 0).await;
        let file = NewAttachment { blob: key, ..file };
        let mut unit = world.begin().await;
        assert_eq!(unit.attachments().bury(at(50), 100).await.expect("bury"), 1);
        let mut storing = JoinSet::new();
        let other = Arc::clone(&world);
        storing.spawn(async move { insert(&other, file).await });
        tokio::task::yield_now().await;
        unit.commit().await.expect("commit");
        assert_eq!(storing.join_all().await, [None], "round {byte}");
    }
    assert_eq!(buried(&world).await.len(), 20);
}

pub async fn of_two_messages_one_gets_a_file(world: World) {
    let ann = world.user("ann").await;
    let room: RoomId = world.room("one", &ann).await.id;
    let file = upload(&world, &ann, 1, 0).await;
    let world = Arc::new(world);
    let mut takers = JoinSet::new();
    for number in 0..4 {
        let message = world.post(room, &ann, &format!("{number}")).await;
        let (world, id) = (Arc::clone(&world), file.id);
        takers.spawn(async move {
            let mut unit = world.begin().await;
            let locked = unit.attachments().lock(&[id]).await.expect("lock");
            let free = locked[0].place.is_none();
            if free {
                let place = Place { room, message: message.id };
                unit.attachments().claim(&[Claim { attachment: id, place, position: 0 }]).await.expect("claim");
                unit.commit().await.expect("commit");
            }
            free
        });
    }
    assert_eq!(takers.join_all().await.into_iter().filter(|free| *free).count(), 1);
}
