//! Who gets a file, and until when.

use std::sync::Arc;

use hallway_application::{SetSanction, Variant};
use hallway_domain::{AttachmentId, SanctionKind};
use hallway_test_support::fakes::FakeStore;
use time::Duration;

use crate::world::{World, code, message, small};

fn world() -> World {
    World::over(Arc::new(FakeStore::default()), small())
}

const GONE: &str = "attachment_not_found";

#[tokio::test]
async fn what_waits_is_its_owners() {
    let world = world();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let file = world.upload(&ann, b"x").await.expect("taken");
    assert!(world.download(&ann, file.id).await.is_ok());
    assert_eq!(code(world.download(&bob, file.id).await), GONE);
    assert_eq!(code(world.app.attachments().get(&bob, file.id).await), GONE);
    assert_eq!(code(world.app.attachments().discard(&bob, file.id).await), GONE);
}

#[tokio::test]
async fn what_is_sent_is_for_who_may_read_the_room_now() {
    let world = world();
    let (ann, bob, eve) = (world.user("ann").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(&ann, true).await;
    world.app.rooms().add_member(&ann, room.id, &bob.user.username).await.expect("added");
    let file = world.upload(&ann, b"x").await.expect("taken");
    let sent = world.app.messages().send(&ann, message(&room, "", &[&file])).await.expect("sent");
    assert_eq!(world.download(&bob, file.id).await.expect("a member"), b"x");
    assert_eq!(code(world.download(&eve, file.id).await), GONE);

    let token = world.app.attachments().token(bob.id(), file.id, Variant::Content).expect("signed");
    let ban = SetSanction { kind: SanctionKind::Ban, on: Some(true), reason: None, expires_at: None };
    world.app.moderation().set_sanction(&ann, room.id, bob.id(), ban).await.expect("banned");
    assert_eq!(code(world.fetch(file.id, &token).await), GONE, "with an address from before the ban");
    assert!(world.download(&ann, file.id).await.is_ok());

    let token = world.app.attachments().token(ann.id(), file.id, Variant::Content).expect("signed");
    let upload = world.app.attachments().upload_name(file.id).expect("signed");
    assert!(world.app.attachments().open_upload(&upload).await.is_ok());
    world.app.messages().delete(&ann, room.id, sent.message).await.expect("deleted");
    assert_eq!(code(world.fetch(file.id, &token).await), GONE);
    assert_eq!(code(world.app.attachments().open_upload(&upload).await), GONE);
}

#[tokio::test]
async fn a_token_is_for_one_user_one_file_and_some_minutes() {
    let world = world();
    let ann = world.user("ann").await;
    let (file, other) =
        (world.upload(&ann, b"x").await.expect("taken"), world.upload(&ann, b"y").await.expect("taken"));
    let files = world.app.attachments();
    let token = files.token(ann.id(), file.id, Variant::Content).expect("signed");
    assert_eq!(world.fetch(file.id, &token).await.expect("good"), b"x");
    assert_eq!(code(world.fetch(other.id, &token).await), GONE);
    let thumbnail = files.token(ann.id(), file.id, Variant::Thumbnail).expect("signed");
    assert_eq!(code(world.fetch(file.id, &thumbnail).await), GONE);
    let mac = token.rsplit('.').next().expect("a part");
    let until: i64 = token.split('.').nth(1).expect("a part").parse().expect("a number");
    for forged in [
        String::new(),
        "..".to_owned(),
        format!("{}.{}.{mac}", ann.id(), until + 1),
        format!("{}.{until}.{mac}", ann.id().0 + 1),
        format!("{}.{until}.{}", ann.id(), "0".repeat(mac.len())),
        format!("{}.{until}.{}", ann.id(), &mac[1..]),
        format!("{token}.x"),
        format!("{}.{}.{mac}", ann.id(), i64::MAX),
    ] {
        assert_eq!(code(world.fetch(file.id, &forged).await), GONE, "{forged}");
    }
    world.clock.advance(Duration::minutes(9));
    assert!(world.fetch(file.id, &token).await.is_ok());
    world.clock.advance(Duration::minutes(7));
    assert_eq!(code(world.fetch(file.id, &token).await), GONE);
}

#[tokio::test]
async fn addresses_of_uploads_are_signed() {
    let world = world();
    let ann = world.user("ann").await;
    let file = world.upload(&ann, b"x").await.expect("taken");
    let files = world.app.attachments();
    let name = files.upload_name(file.id).expect("signed");
    for url in [
        format!("http://127.0.0.1:8000/static/uploads/{name}.png"),
        format!("https://chat.example.org/static/uploads/{name}"),
        format!("/static/uploads/{name}"),
        format!(" /static/uploads/{name}\n"),
    ] {
        assert_eq!(files.resolve_upload_url(&url), Some(file.id), "{url}");
    }
    let mac = name.split_once('-').expect("two parts").1;
    for url in [
        name.clone(),
        format!("look: http://a/static/uploads/{name}"),
        format!("http://a/b/static/uploads/{name}"),
        format!("/static/uploads/{name}/x"),
        format!("/static/uploads/{name}?x"),
        format!("/static/uploads/{}-{mac}", file.id.0 + 1),
        format!("/static/uploads/{}-", file.id),
        format!("/static/uploads/{}", file.id),
        "/static/uploads/..".to_owned(),
        String::new(),
    ] {
        assert_eq!(files.resolve_upload_url(&url), None, "{url}");
    }
    assert_eq!(code(files.open_upload(&format!("{}-{mac}", AttachmentId(file.id.0 + 1))).await), GONE);
}
