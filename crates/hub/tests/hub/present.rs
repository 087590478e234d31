//! Who is there: told anew after an interruption, and never wrong about oneself.

use std::time::Duration;

use bytes::Bytes;
use hallway_domain::{RoomId, SignalKind};

use crate::support::{NATIVE, PLAIN, ROOM, Reader, World, came, permit, signal, signal_except, user_ref};

/// After the hub has waited for the others and asked, before it has the answer.
const ASKED: Duration = Duration::from_millis(2005);

fn went(user: &str) -> SignalKind {
    SignalKind::PresenceChanged { join: vec![], leave: vec![user_ref(user)] }
}

fn there(reader: &Reader) -> Vec<String> {
    reader.read_all().into_iter().filter(|line| line.starts_with("there") || line.starts_with("presence")).collect()
}

#[tokio::test(start_paused = true)]
async fn an_interruption_is_followed_by_a_list_of_who_is_there() {
    let world = World::new();
    world.log.create(ROOM);
    let (ann, bob) = (world.joined("ann", PLAIN).await, world.joined("bob", NATIVE).await);
    // cid came and eve went, and nobody heard of it.
    world.presence.set(&["ann", "bob", "cid"]);
    world.interrupted();
    assert_eq!((there(&ann), there(&bob)), (vec![], vec![]));
    world.settle().await;
    assert_eq!(there(&ann), ["there r1 ann,bob,cid"]);
    assert_eq!(there(&bob), ["there r1 ann,bob,cid"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_heard_while_it_is_read_is_not_undone_by_the_answer() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    world.presence.set(&["ann", "bob", "cid"]);
    world.interrupted();
    tokio::time::sleep(ASKED).await;
    world.deliver([signal(came("dan")), signal(went("bob")), signal(went("cid")), signal(came("cid"))]);
    world.settle().await;
    assert_eq!(there(&ann).last().unwrap(), "there r1 ann,cid,dan");
}

#[tokio::test(start_paused = true)]
async fn many_interruptions_make_one_reading_of_each_open_room() {
    let world = World::new();
    let (other, watched) = (RoomId(2), RoomId(3));
    for room in [ROOM, other, watched] {
        world.log.create(room);
        world.log.set_members(room, &["ann"]);
    }
    let ann = world.joined("ann", NATIVE).await;
    world.join(&ann, other).await;
    world.hub.watch(ann.id(), watched).await.unwrap();
    for _ in 0..20 {
        world.interrupted();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.settle().await;
    let mut reads = world.presence.reads.lock().clone();
    reads.sort();
    assert_eq!(reads, [ROOM, other]);
}

#[tokio::test(start_paused = true)]
async fn many_interruptions_make_few_checks() {
    let world = World::new();
    world.log.create(ROOM);
    let _ann = world.joined("ann", NATIVE).await;
    let before = world.log.head_reads();
    for _ in 0..100 {
        world.interrupted();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    world.settle().await;
    assert!((2..=4).contains(&(world.log.head_reads() - before)), "{}", world.log.head_reads() - before);
}

#[tokio::test(start_paused = true)]
async fn a_room_whose_presence_is_not_known_is_asked_for_again() {
    let world = World::new();
    world.log.create(ROOM);
    let ann = world.joined("ann", PLAIN).await;
    world.presence.set(&["ann"]);
    *world.presence.fails.lock() = true;
    world.interrupted();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(there(&ann), [""; 0]);
    *world.presence.fails.lock() = false;
    world.settle().await;
    assert_eq!(there(&ann), ["there r1 ann"]);
}

/// Somebody comes back by this node while another one still tells that they went. That they are back is told to all
/// others, and not to themselves.
#[tokio::test(start_paused = true)]
async fn nobody_is_shown_their_own_going() {
    let world = World::new();
    world.log.create(ROOM);
    let eve = world.joined("eve", NATIVE).await;
    let ann = world.connect("ann", 1, NATIVE).unwrap();
    let reservation = world.hub.reserve(ann.id(), ROOM).await.unwrap();
    let both = SignalKind::PresenceChanged { join: vec![], leave: vec![user_ref("ann"), user_ref("bob")] };
    world.deliver([signal(went("ann")), signal(both)]);
    let subscription = reservation.open(&permit(&ann.info.user, ROOM)).unwrap();
    world.deliver([signal_except(Some(ann.id()), came("ann"))]);
    subscription.push(Bytes::from_static(b"there r1 ann,eve\n")).unwrap();
    subscription.go_live(|_| Bytes::new()).unwrap();
    assert_eq!(there(&ann), ["there r1 ann,eve", "presence + -bob"]);
    assert_eq!(there(&eve), ["presence + -ann", "presence + -ann,bob", "presence +ann -"]);
    world.deliver([signal(went("ann"))]);
    assert_eq!(there(&ann), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn who_is_about_to_come_in_is_in_their_own_list() {
    let world = World::new();
    world.log.create(ROOM);
    let eve = world.joined("eve", NATIVE).await;
    let ann = world.connect("ann", 1, NATIVE).unwrap();
    let reservation = world.hub.reserve(ann.id(), ROOM).await.unwrap();
    world.presence.set(&["eve"]);
    world.interrupted();
    world.settle().await;
    let subscription = reservation.open(&permit(&ann.info.user, ROOM)).unwrap();
    subscription.go_live(|_| Bytes::new()).unwrap();
    assert_eq!(there(&ann), ["there r1 ann,eve"]);
    assert_eq!(there(&eve), ["there r1 eve"]);
}
