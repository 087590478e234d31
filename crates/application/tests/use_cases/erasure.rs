//! Going for good.

use hallway_application::{ExportPart, Operator};
use hallway_domain::ports::{AccountQueries, BusItem, Store};
use hallway_domain::{Disconnect, Fact, Revocation, Role, RoomLoss};

use crate::world::{PASSWORD, World, code, message};

fn accounts(world: &World) -> &dyn AccountQueries {
    world.store.account_queries()
}

#[tokio::test]
async fn an_erased_account_leaves_places_and_nothing_else() {
    let world = World::new();
    let (chief, ann, bob) = (world.user("chief").await, world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "talk").await;
    for user in [&bob, &chief] {
        world.join(user, &room).await;
    }
    for text in ["one", "two"] {
        world.send(&ann, &room, text).await;
    }
    world.send(&bob, &room, "of bob").await;
    let (direct, _) = world.app.rooms().direct(&ann, bob.id()).await.expect("direct");
    world.send(&bob, &direct, "to ann").await;
    let alone = world.private_room(&ann, "alone").await;
    let before = world.log(room.id).await.len();
    world.bus.take();

    assert_eq!(code(world.app.accounts().erase_own(&ann, "wrong".to_owned(), None).await), "not_confirmed");
    world.app.accounts().erase_own(&ann, PASSWORD.to_owned(), None).await.expect("erase");

    assert_eq!(world.queries().user(ann.id()).await.expect("user"), None);
    assert_eq!(code(world.app.accounts().recheck(&ann).await), "session_revoked");
    assert_eq!(world.queries().room(direct.id).await.expect("room"), None, "a direct conversation goes as a whole");
    // `log` checks that there is no hole.
    let facts = world.facts(room.id).await;
    let texts = world.texts(room.id).await;
    assert_eq!(texts, ["", "", "of bob"]);
    let [purged, left, crowned] = &facts[before..] else { panic!("{:?}", &facts[before..]) };
    assert!(matches!(purged, Fact::MessagesPurged(purge) if purge.user.id == ann.id()));
    assert!(matches!(left, Fact::MemberLeft { user, .. } if user.id == ann.id()));
    assert!(matches!(crowned, Fact::MemberUpdated(change) if change.role == Some(Role::Owner)));
    let cut: Vec<Revocation> = world.bus.revocations();
    assert_eq!(cut[0], Revocation::User { user: ann.id(), except: None, why: Disconnect::AccountDisabled });
    assert!(cut.contains(&Revocation::Room { room: direct.id }));
    let gone = |cut: &Revocation| {
        matches!(cut, Revocation::Membership { room: at, user, why: RoomLoss::Left, .. }
            if (*at, *user) == (room.id, ann.id()))
    };
    assert!(cut.iter().any(gone));
    assert!(matches!(world.bus.items()[0], BusItem::Revocation(Revocation::User { .. })), "sockets go first");
    assert_eq!(accounts(&world).erasures(9).await.expect("erasures"), []);
    assert_eq!(accounts(&world).rooms_with(ann.id(), 9).await.expect("rooms"), []);
    assert!(world.queries().room(alone.id).await.expect("room").is_none(), "nobody could ever enter it");

    let again = world.user("ann").await;
    assert_ne!(again.id(), ann.id());
    assert!(world.queries().rooms_of(again.id(), world.now(), 9).await.expect("rooms").is_empty());
}

#[tokio::test]
async fn what_was_interrupted_is_finished() {
    let world = World::new();
    let (_root, ann) = (world.user("chief").await, world.user("ann").await);
    let room = world.room(&ann, "talk").await;
    world.send(&ann, &room, "one").await;
    world.app.accounts().request_erasure(Operator::Console, ann.id()).await.expect("request");
    assert_eq!(code(world.app.messages().send(&ann, message(room.id, "two")).await), "session_revoked");
    assert_eq!(code(world.app.accounts().login(crate::world::credentials("ann", PASSWORD)).await), "account_disabled");
    assert_eq!(world.texts(room.id).await, ["one"], "not yet");
    assert_eq!(world.app.accounts().finish_erasures().await.expect("finish"), 1);
    assert_eq!(world.texts(room.id).await, [""]);
    assert_eq!(world.queries().user(ann.id()).await.expect("user"), None);
    assert_eq!(world.app.accounts().finish_erasures().await.expect("finish"), 0);
}

#[tokio::test]
async fn more_messages_than_one_unit_takes_go_too() {
    let world = World::new();
    let (_root, ann, bob) = (world.user("chief").await, world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "talk").await;
    world.join(&bob, &room).await;
    for n in 0..1203 {
        world.send(&ann, &room, &format!("text {n}")).await;
    }
    world.app.accounts().erase(Operator::Console, ann.id()).await.expect("erase");
    assert!(world.texts(room.id).await.iter().all(String::is_empty));
    let purges = world.facts(room.id).await.into_iter().filter(|fact| matches!(fact, Fact::MessagesPurged(_))).count();
    assert_eq!(purges, 3);
}

#[tokio::test]
async fn an_export_is_all_and_only_ones_own() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "talk").await;
    world.join(&bob, &room).await;
    for n in 0..450 {
        world.send(&ann, &room, &format!("of ann {n}")).await;
    }
    world.send(&bob, &room, "of bob").await;
    world.app.accounts().block(&ann, bob.id()).await.expect("block");
    let mut at = world.app.accounts().begin_export(&ann).await.expect("begin");
    let (mut texts, mut kinds, mut actions) = (Vec::new(), Vec::new(), Vec::new());
    while let Some((part, next)) = world.app.accounts().export(&ann, at).await.expect("export") {
        assert!(!format!("{part:?}").contains("of bob"));
        kinds.push(std::mem::discriminant(&part));
        match part {
            ExportPart::Messages(messages) => texts.extend(messages.into_iter().map(|message| message.body)),
            ExportPart::Activity(deeds) => actions.extend(deeds.into_iter().map(|deed| deed.action)),
            ExportPart::Profile(user) => assert_eq!(user.id, ann.id()),
            ExportPart::Blocks(blocks) => assert_eq!(blocks.len(), 1),
            ExportPart::Sessions(sessions) => assert_eq!(sessions.len(), 1),
            ExportPart::Memberships(rooms) => assert_eq!(rooms.len(), 1),
            ExportPart::Reactions(_) | ExportPart::Files(_) => {}
        }
        at = next;
    }
    assert_eq!(texts, (0..450).map(|n| format!("of ann {n}")).collect::<Vec<_>>());
    assert_eq!(actions, ["login", "account_exported"]);
    kinds.dedup();
    assert_eq!(kinds.len(), 8, "parts of one kind follow each other");
}
