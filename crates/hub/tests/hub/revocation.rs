//! Who loses a right loses its frames at once.

use bytes::Bytes;
use hallway_domain::ports::BusItem;
use hallway_domain::{Disconnect, Revocation, RoomId, RoomLoss, Seq, SessionId};
use hallway_hub::{HubError, Notice};
use uuid::Uuid;

use crate::support::{LATER, NATIVE, PLAIN, ROOM, World, message, permit, permit_as_of, user_id};

fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(n))
}

const WHY: Disconnect = Disconnect::SessionRevoked;

#[tokio::test(start_paused = true)]
async fn the_end_of_a_session_closes_its_connections() {
    let world = World::new();
    world.log.create(ROOM);
    let (mut first, second) = (world.connect("ann", 1, PLAIN).unwrap(), world.connect("ann", 1, NATIVE).unwrap());
    let other = world.connect("ann", 2, PLAIN).unwrap();
    world.join(&first, ROOM).await;
    world.post("bob");
    world.revoke(Revocation::Session { session: session(1), why: WHY });
    world.post("bob");
    assert_eq!(first.read(), ["r1:1", "close SessionRevoked"], "what it was entitled to, and no more");
    assert!(first.ended());
    assert_eq!(first.notices(), [Notice::Closed(WHY)]);
    assert_eq!(first.mailbox.on_close().await, WHY);
    assert_eq!(second.read(), ["close SessionRevoked"]);
    assert_eq!(other.mailbox.closed(), None);
    assert!(matches!(world.hub.reserve(first.id(), ROOM).await, Err(HubError::Closed)));
}

#[tokio::test(start_paused = true)]
async fn all_sessions_but_one_end() {
    let world = World::new();
    let readers = [1, 2, 3].map(|n| world.connect("ann", n, PLAIN).unwrap());
    let bob = world.connect("bob", 4, PLAIN).unwrap();
    world.revoke(Revocation::User { user: user_id("ann"), except: Some(session(2)), why: WHY });
    assert_eq!(readers.each_ref().map(|reader| reader.mailbox.closed()), [Some(WHY), None, Some(WHY)]);
    world.revoke(Revocation::User { user: user_id("ann"), except: None, why: Disconnect::AccountDisabled });
    assert_eq!(readers[1].mailbox.closed(), Some(Disconnect::AccountDisabled));
    assert_eq!(readers[0].mailbox.closed(), Some(WHY), "the first reason stands");
    assert_eq!(bob.mailbox.closed(), None);
}

#[tokio::test(start_paused = true)]
async fn a_kick_takes_the_room_away_in_the_order_of_the_batch() {
    let world = World::new();
    world.log.create(ROOM);
    let (mut ann, bob) = (world.joined("ann", PLAIN).await, world.joined("bob", PLAIN).await);
    let before = BusItem::Event(world.log.append(ROOM, message("bob")));
    let after = BusItem::Event(world.log.append(ROOM, message("bob")));
    let kick = Revocation::Membership { room: ROOM, user: user_id("ann"), why: RoomLoss::Kicked, seq: LATER };
    world.deliver([before, BusItem::Revocation(kick), after]);
    assert_eq!(ann.read(), ["r1:1", "lost r1 Kicked"]);
    assert_eq!(ann.notices(), [Notice::Lost { room: ROOM, why: RoomLoss::Kicked }]);
    assert_eq!(ann.mailbox.closed(), None, "the connection goes on");
    assert_eq!(bob.read(), ["r1:1", "r1:2"]);
    world.hub.disconnect(bob.id());
    world.settle().await;
    assert!(!world.bus.follows(ROOM));
}

#[tokio::test(start_paused = true)]
async fn who_is_back_already_is_not_hit_by_a_late_revocation() {
    let world = World::new();
    world.log.create(ROOM);
    let mut ann = world.connect("ann", 1, PLAIN).unwrap();
    let reservation = world.hub.reserve(ann.id(), ROOM).await.unwrap();
    let subscription = reservation.open(&permit_as_of(&ann.info.user, ROOM, Seq(7))).unwrap();
    subscription.go_live(|_| Bytes::new()).unwrap();
    let kick = |seq| Revocation::Membership { room: ROOM, user: user_id("ann"), why: RoomLoss::Kicked, seq };
    world.revoke(kick(Seq(7)));
    assert_eq!((ann.read(), ann.notices()), (vec![], vec![]), "she was let in knowing of it");
    world.revoke(kick(Seq(8)));
    assert_eq!(ann.read(), ["lost r1 Kicked"]);
}

#[tokio::test(start_paused = true)]
async fn a_ban_that_comes_in_between_cancels_the_reservation_without_a_word() {
    let world = World::new();
    world.log.create(ROOM);
    let mut ann = world.connect("ann", 1, PLAIN).unwrap();
    let reservation = world.hub.reserve(ann.id(), ROOM).await.unwrap();
    world.revoke(Revocation::Membership { room: ROOM, user: user_id("ann"), why: RoomLoss::Banned, seq: LATER });
    assert!(matches!(reservation.open(&permit(&ann.info.user, ROOM)), Err(HubError::Revoked)));
    assert_eq!(ann.read(), [""; 0], "who was not admitted is not told of a room");
    assert_eq!(ann.notices(), []);
}

#[tokio::test(start_paused = true)]
async fn a_ban_during_the_replay_is_the_last_frame_of_the_room() {
    let world = World::new();
    world.log.create(ROOM);
    let mut ann = world.connect("ann", 1, PLAIN).unwrap();
    let subscription = world.open(&ann, ROOM).await;
    subscription.push(Bytes::from("page 1\n")).unwrap();
    world.post("bob");
    world.revoke(Revocation::Membership { room: ROOM, user: user_id("ann"), why: RoomLoss::Banned, seq: LATER });
    assert!(matches!(subscription.push(Bytes::from("page 2\n")), Err(HubError::Revoked)));
    assert!(matches!(subscription.go_live(|_| Bytes::from("synced\n")), Err(HubError::Revoked)));
    assert_eq!(ann.read(), ["page 1", "lost r1 Banned"]);
    assert_eq!(ann.notices(), [Notice::Lost { room: ROOM, why: RoomLoss::Banned }]);
}

#[tokio::test(start_paused = true)]
async fn a_room_made_private_keeps_its_members_only() {
    let world = World::new();
    world.log.create(ROOM);
    world.log.set_members(ROOM, &["ann", "abe"]);
    let (ann, mut bob) = (world.joined("ann", PLAIN).await, world.joined("bob", PLAIN).await);
    let mut eve = world.connect("eve", 1, PLAIN).unwrap();
    let reserved = world.hub.reserve(eve.id(), ROOM).await.unwrap();
    world.log.make_private(ROOM);
    world.revoke(Revocation::NonMembers { room: ROOM });
    world.settle().await;
    world.post("ann");
    assert_eq!(ann.read(), ["r1:1"]);
    assert_eq!(bob.read(), ["lost r1 MadePrivate"]);
    assert_eq!(bob.notices(), [Notice::Lost { room: ROOM, why: RoomLoss::MadePrivate }]);
    assert!(matches!(reserved.open(&permit(&eve.info.user, ROOM)), Err(HubError::Revoked)));
    assert_eq!((eve.read(), eve.notices()), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn without_a_database_nobody_counts_as_a_member() {
    let world = World::new();
    world.log.create(ROOM);
    world.log.set_members(ROOM, &["ann"]);
    let ann = world.joined("ann", PLAIN).await;
    world.log.set_down(true);
    world.log.make_private(ROOM);
    world.revoke(Revocation::NonMembers { room: ROOM });
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    world.hub.check_invariants();
    assert_eq!(ann.read(), ["lost r1 MadePrivate"], "within a second");
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_does_not_cost_members_their_room() {
    let world = World::new();
    world.log.create(ROOM);
    world.log.set_members(ROOM, &["ann"]);
    let ann = world.joined("ann", PLAIN).await;
    world.log.set_down(true);
    world.log.make_private(ROOM);
    world.revoke(Revocation::NonMembers { room: ROOM });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    world.log.set_down(false);
    world.settle().await;
    assert_eq!(ann.read(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_room_is_gone_for_everybody() {
    let world = World::new();
    world.log.create(ROOM);
    let (mut ann, bob) = (world.joined("ann", PLAIN).await, world.connect("bob", 1, NATIVE).unwrap());
    world.log.set_members(ROOM, &["bob"]);
    world.hub.watch(bob.id(), ROOM).await.unwrap();
    world.log.delete(ROOM);
    world.revoke(Revocation::Room { room: ROOM });
    assert_eq!(ann.read(), ["lost r1 Deleted"]);
    assert_eq!(ann.notices(), [Notice::Lost { room: ROOM, why: RoomLoss::Deleted }]);
    assert_eq!(bob.read(), ["lost r1 Deleted"]);
    world.settle().await;
    assert!(!world.bus.follows(ROOM));
    assert!(matches!(world.hub.reserve(ann.id(), ROOM).await, Err(HubError::Revoked)));
    world.revoke(Revocation::Room { room: RoomId(77) });
}

#[tokio::test(start_paused = true)]
async fn a_new_member_hears_of_it_on_every_connection() {
    let world = World::new();
    let mut readers = [1, 2].map(|n| world.connect("ann", n, PLAIN).unwrap());
    let mut bob = world.connect("bob", 3, PLAIN).unwrap();
    world.revoke(Revocation::Granted { room: ROOM, user: user_id("ann") });
    for reader in &mut readers {
        assert_eq!(reader.notices(), [Notice::Granted { room: ROOM }]);
    }
    assert_eq!(bob.notices(), []);
}
