//! Activity in rooms that one is a member of but has not joined.

use bytes::Bytes;
use hallway_domain::ports::BusItem;
use hallway_domain::{Event, Revocation, RoomId, RoomLoss, Seq, SignalKind};
use hallway_hub::{HubError, Notice};

use crate::support::{LATER, NATIVE, PLAIN, ROOM, Reader, World, signal, user_id, user_ref};

async fn watching(world: &World, user: &str) -> Reader {
    let reader = world.connect(user, 1, NATIVE).unwrap();
    world.hub.watch(reader.id(), ROOM).await.unwrap();
    world.hub.check_invariants();
    reader
}

fn world() -> World {
    let world = World::new();
    world.log.create(ROOM);
    world.log.set_members(ROOM, &["ann", "bob"]);
    world
}

#[tokio::test(start_paused = true)]
async fn messages_of_others_are_counted() {
    let world = world();
    for author in ["bob", "bob", "ann", "bob"] {
        world.post(author);
    }
    let ann = watching(&world, "ann").await;
    assert_eq!(ann.read(), [""; 0]);
    world.post("bob");
    assert_eq!(ann.read(), ["activity r1 4 unread at 5"]);
    world.post("ann");
    assert_eq!(ann.read(), [""; 0]);
    world.post("bob");
    world.post("bob");
    assert_eq!(ann.read(), ["activity r1 6 unread at 8"], "only the newest count waits");
}

#[tokio::test(start_paused = true)]
async fn reading_elsewhere_empties_the_count() {
    let world = world();
    let ann = watching(&world, "ann").await;
    let read = |user, seq| world.deliver([signal(SignalKind::Read { user: user_ref(user), seq: Seq(seq) })]);
    world.post("bob");
    world.post("bob");
    ann.read();
    read("bob", 2);
    read("ann", 1);
    assert_eq!(ann.read(), [""; 0], "neither another's mark nor one that leaves something unread");
    read("ann", 2);
    assert_eq!(ann.read(), ["activity r1 0 unread at 2"]);
    read("ann", 2);
    assert_eq!(ann.read(), [""; 0]);
    world.post("bob");
    assert_eq!(ann.read(), ["activity r1 1 unread at 3"]);
}

#[tokio::test(start_paused = true)]
async fn an_open_room_is_not_announced_and_a_closed_one_is_again() {
    let world = world();
    let ann = watching(&world, "ann").await;
    let subscription = world.open(&ann, ROOM).await;
    world.post("bob");
    assert_eq!(ann.read(), [""; 0]);
    subscription.go_live(|_| Bytes::new()).unwrap();
    world.post("bob");
    assert_eq!(ann.read(), ["r1#1", "r1#2"]);
    world.deliver([signal(SignalKind::Read { user: user_ref("ann"), seq: Seq(2) })]);
    assert_eq!(ann.read(), ["read ann 2"]);
    world.hub.unsubscribe(ann.id(), ROOM);
    world.post("bob");
    assert_eq!(ann.read(), ["activity r1 1 unread at 3"]);
}

#[tokio::test(start_paused = true)]
async fn dialects_without_activity_hear_nothing() {
    let world = world();
    let ann = world.connect("ann", 1, PLAIN).unwrap();
    world.hub.watch(ann.id(), ROOM).await.unwrap();
    world.post("bob");
    assert_eq!(ann.read(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn only_members_may_watch() {
    let world = world();
    let eve = world.connect("eve", 1, NATIVE).unwrap();
    assert!(matches!(world.hub.watch(eve.id(), ROOM).await, Err(HubError::Revoked)));
    let ann = world.connect("ann", 2, NATIVE).unwrap();
    world.hub.check_invariants();
    world.log.set_down(true);
    assert!(matches!(world.hub.watch(ann.id(), ROOM).await, Err(HubError::Store(_))));
    world.log.set_down(false);
    world.post("bob");
    assert_eq!((eve.read(), ann.read()), (vec![], vec![]));
    world.settle().await;
    assert!(!world.bus.follows(ROOM));
}

#[tokio::test(start_paused = true)]
async fn many_rooms_are_watched_with_one_look_at_the_memberships() {
    let world = world();
    for room in 2..=9 {
        world.log.create(RoomId(room));
    }
    for room in [2, 3, 5, 6] {
        world.log.set_members(RoomId(room), &["ann"]);
    }
    let ann = world.connect("ann", 1, NATIVE).unwrap();
    let rooms = [1, 2, 4, 77, 3, 5].map(RoomId);
    assert_eq!(world.hub.watch_all(ann.id(), &rooms).await.unwrap(), 3, "1, 2 and 3; 5 is one too many");
    world.settle().await;
    let mut followed = world.bus.followed.lock().clone();
    followed.sort();
    assert_eq!(followed, [RoomId(1), RoomId(2), RoomId(3)]);
    world.hub.disconnect(ann.id());
    world.settle().await;
    assert!(world.bus.followed.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn losing_the_membership_ends_the_watch() {
    let world = world();
    let mut ann = watching(&world, "ann").await;
    world.revoke(Revocation::Membership { room: ROOM, user: user_id("ann"), why: RoomLoss::Kicked, seq: LATER });
    world.post("bob");
    assert_eq!(ann.read(), ["lost r1 Kicked"]);
    assert_eq!(ann.notices(), [Notice::Lost { room: ROOM, why: RoomLoss::Kicked }]);
    let joined = world.joined("ann", NATIVE).await;
    world.hub.watch(joined.id(), ROOM).await.unwrap();
    world.revoke(Revocation::Membership { room: ROOM, user: user_id("ann"), why: RoomLoss::Left, seq: LATER });
    world.post("bob");
    assert_eq!(joined.read(), ["lost r1 Left"], "said once, and it does not fall back to watching");
}

fn events(events: impl IntoIterator<Item = Event>) -> Vec<BusItem> {
    events.into_iter().map(BusItem::Event).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_counted_before_it_was_delivered_is_not_counted_twice() {
    let world = world();
    // The topic is followed, and what is committed now is still on its way.
    let _bob = world.joined("bob", PLAIN).await;
    let late = [world.lose("bob"), world.lose("bob")];
    let ann = watching(&world, "ann").await;
    world.deliver(events(late));
    assert_eq!(ann.read(), ["activity r1 2 unread at 2"], "told of, and counted once");
    world.post("bob");
    assert_eq!(ann.read(), ["activity r1 3 unread at 3"]);
}

/// A message is committed, and delivered, at any two moments of a watch's beginning.
#[tokio::test(start_paused = true)]
async fn whenever_a_message_comes_it_is_counted_once() {
    const MOMENTS: usize = 24;
    for (commit, delivery) in (0..MOMENTS).flat_map(|first| (first..MOMENTS).map(move |second| (first, second))) {
        let world = world();
        let _bob = world.joined("bob", PLAIN).await;
        world.post("bob");
        let ann = world.connect("ann", 1, NATIVE).unwrap();
        let posting = async {
            pass(commit).await;
            let event = world.lose("bob");
            pass(delivery - commit).await;
            world.deliver([BusItem::Event(event)]);
        };
        let (watched, ()) = tokio::join!(world.hub.watch(ann.id(), ROOM), posting);
        watched.unwrap();
        world.post("bob");
        let told = ann.read();
        assert_eq!(told.last().unwrap(), "activity r1 3 unread at 3", "committed at {commit}, there at {delivery}");
    }
}

/// The user reads all of it at any moment of a watch's beginning.
#[tokio::test(start_paused = true)]
async fn whenever_the_mark_comes_the_count_is_right() {
    for moment in 0..24 {
        let world = world();
        let _bob = world.joined("bob", PLAIN).await;
        world.post("bob");
        let ann = world.connect("ann", 1, NATIVE).unwrap();
        let reading = async {
            pass(moment).await;
            world.log.mark_read(ROOM, "ann", Seq(1));
            world.deliver([signal(SignalKind::Read { user: user_ref("ann"), seq: Seq(1) })]);
        };
        let (watched, ()) = tokio::join!(world.hub.watch(ann.id(), ROOM), reading);
        watched.unwrap();
        world.post("bob");
        assert_eq!(ann.read().last().unwrap(), "activity r1 1 unread at 2", "read at {moment}");
    }
}

async fn pass(moments: usize) {
    for _ in 0..moments {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_during_the_count_is_counted_anew() {
    let world = world();
    let _bob = world.joined("bob", PLAIN).await;
    let ann = world.connect("ann", 1, NATIVE).unwrap();
    let flood = async {
        // The database counts at one of these moments, and more comes right after it than is kept.
        for _ in 0..4 {
            let flood: Vec<_> = (0..300).map(|_| world.lose("bob")).collect();
            world.deliver(events(flood));
            tokio::task::yield_now().await;
        }
    };
    let (watched, ()) = tokio::join!(world.hub.watch(ann.id(), ROOM), flood);
    watched.unwrap();
    assert_eq!(ann.read(), ["activity r1 1200 unread at 1200"]);
}

#[tokio::test(start_paused = true)]
async fn counting_anew_tells_what_has_changed() {
    let world = world();
    let ann = watching(&world, "ann").await;
    world.post("bob");
    world.post("bob");
    assert_eq!(ann.read(), ["activity r1 2 unread at 2"]);
    world.log.mark_read(ROOM, "ann", Seq(1));
    world.hub.watch(ann.id(), ROOM).await.unwrap();
    assert_eq!(ann.read(), ["activity r1 1 unread at 2"]);
    world.hub.watch(ann.id(), ROOM).await.unwrap();
    assert_eq!(ann.read(), [""; 0]);
}
