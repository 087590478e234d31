//! Nothing grows past its bound, and one slow client is nobody else's concern.

use bytes::Bytes;
use hallway_domain::ports::BusItem;
use hallway_domain::{Disconnect, Revocation, RoomId};
use hallway_hub::{HubError, HubSettings, MailboxSettings, Notice};

use crate::support::{PLAIN, ROOM, World, came, message, permit, settings, signal, typing, user_id};

fn tight() -> HubSettings {
    let mailbox = MailboxSettings { max_bytes: 30, ephemeral_bytes: 10, low_water_bytes: 5 };
    HubSettings { mailbox, reservation_bytes: 30, ..settings() }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_cut_off_and_the_others_go_on() {
    let world = World::with(tight());
    world.log.create(ROOM);
    let (mut slow, quick) = (world.joined("ann", PLAIN).await, world.joined("bob", PLAIN).await);
    for seq in 1..=50 {
        world.post("eve");
        assert_eq!(quick.read(), [format!("r1:{seq}")]);
    }
    assert_eq!(slow.read(), ["close TooSlow"], "what waited is dropped: the client resumes");
    assert!(slow.ended());
    assert_eq!(slow.notices(), [Notice::Closed(Disconnect::TooSlow)]);
    world.hub.disconnect(slow.id());
    world.hub.check_invariants();
}

#[tokio::test(start_paused = true)]
async fn one_big_commit_is_not_slowness() {
    let world = World::with(tight());
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    let batch: Vec<_> = (0..100).map(|_| BusItem::Event(world.log.append(ROOM, message("bob")))).collect();
    world.deliver(batch);
    assert_eq!(ann.read().len(), 100);
    assert_eq!(ann.mailbox.closed(), None);
}

#[tokio::test(start_paused = true)]
async fn ephemeral_frames_go_first_and_presence_never_silently() {
    let world = World::with(tight());
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    world.deliver((0..30).map(|n| signal(typing(&format!("u{n}"), true))));
    assert_eq!(ann.mailbox.closed(), None);
    assert!(ann.mailbox.queued_bytes() <= 30);
    world.post("bob");
    let lines = ann.read();
    assert_eq!(lines.last().map(String::as_str), Some("r1:1"));
    world.deliver((0..30).map(|n| signal(came(&format!("u{n}")))));
    assert_eq!(ann.read(), ["close TooSlow"], "a list with a hole would be wrong: the client takes a new one");
}

#[tokio::test(start_paused = true)]
async fn too_much_gathered_ends_the_connection() {
    let world = World::with(tight());
    world.log.create(ROOM);
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    let bob = world.connect("bob", 2, PLAIN).unwrap();
    let open = world.open(&ann, ROOM).await;
    let reserved = world.hub.reserve(bob.id(), ROOM).await.unwrap();
    for _ in 0..50 {
        world.post("eve");
    }
    assert!(matches!(open.go_live(|_| Bytes::new()), Err(HubError::Closed)));
    assert!(matches!(reserved.open(&permit(&bob.info.user, ROOM)), Err(HubError::Closed)));
    assert_eq!(ann.read(), ["close TooSlow"]);
    world.settle().await;
    assert!(!world.bus.follows(ROOM));
}

#[tokio::test(start_paused = true)]
async fn connections_are_counted() {
    let world = World::new();
    let of_ann: Vec<_> = (0..3).map(|n| world.connect("ann", n, PLAIN).unwrap()).collect();
    assert!(matches!(world.connect("ann", 9, PLAIN), Err(HubError::TooManyConnections)));
    let others: Vec<_> = (0..7).map(|n| world.connect(&format!("u{n}"), n, PLAIN).unwrap()).collect();
    assert!(matches!(world.connect("last", 9, PLAIN), Err(HubError::TooManyConnections)));
    assert_eq!(world.hub.connections(), 10);
    world.hub.disconnect(of_ann[0].id());
    world.hub.disconnect(of_ann[0].id());
    world.hub.check_invariants();
    let again = world.connect("ann", 9, PLAIN).unwrap();
    assert!(matches!(world.hub.connect(again.info.clone()), Err(HubError::TooManyConnections)));
    world.hub.close(others[0].id(), Disconnect::Protocol);
    world.hub.close_all(Disconnect::Drain);
    assert_eq!(others[0].mailbox.closed(), Some(Disconnect::Protocol));
    assert_eq!(again.read(), ["close Drain"]);
    world.hub.check_invariants();
}

#[tokio::test(start_paused = true)]
async fn rooms_of_a_connection_are_counted() {
    let world = World::new();
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    for room in 1..=5 {
        world.log.create(RoomId(room));
        if room < 5 {
            world.join(&ann, RoomId(room)).await;
        }
    }
    assert!(matches!(world.hub.reserve(ann.id(), RoomId(5)).await, Err(HubError::TooManyRooms)));
    world.join(&ann, RoomId(4)).await;
    world.hub.unsubscribe(ann.id(), RoomId(1));
    world.join(&ann, RoomId(5)).await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_does_not_take_its_notices_is_closed() {
    let world = World::new();
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    for room in 0..1000 {
        world.revoke(Revocation::Granted { room: RoomId(room), user: user_id("ann") });
    }
    assert_eq!(ann.mailbox.closed(), Some(Disconnect::TooSlow));
    assert!(ann.notices.len() < 100);
}
