//! What is for the devices of one user.

use hallway_domain::call::{CallFrame, CallId, CallWord, DeviceId, Payload, Phase};
use hallway_domain::ports::BusItem;
use hallway_domain::{RoomId, Signal, SignalKind, Timestamp};
use uuid::Uuid;

use crate::support::{NATIVE, PLAIN, World, user_id};

fn told(user: &str, device: Option<u128>) -> BusItem {
    let frame = CallFrame {
        word: CallWord::Hangup,
        call: CallId::parse("a").unwrap(),
        to: device.map(|device| DeviceId(Uuid::from_u128(device))),
        from: user_id("bob"),
        room: None,
        epoch: 0,
        payload: Payload::default(),
        reason: None,
        phase: Phase::Ended,
        expires_at: None,
        created_at: Timestamp::UNIX_EPOCH,
        glare: false,
    };
    let user = user_id(user);
    let kind = SignalKind::Call { user, frame: Box::new(frame) };
    BusItem::Signal(Signal { room: RoomId::of_user(user), at: Timestamp::UNIX_EPOCH, except: None, kind })
}

/// In these tests the session of a reader is its device, too.
#[tokio::test]
async fn a_device_is_told_what_is_for_it_and_no_other() {
    let world = World::new();
    let desk = world.connect("ann", 1, NATIVE).unwrap();
    let pocket = world.connect("ann", 2, PLAIN).unwrap();
    let stranger = world.connect("bob", 1, NATIVE).unwrap();
    world.deliver([told("ann", Some(1))]);
    assert_eq!((desk.read().len(), pocket.read().len(), stranger.read().len()), (1, 0, 0));
    world.deliver([told("ann", None)]);
    assert_eq!((desk.read().len(), pocket.read().len(), stranger.read().len()), (1, 1, 0), "all of hers");
    world.deliver([told("ann", Some(9))]);
    assert_eq!((desk.read().len(), pocket.read().len(), stranger.read().len()), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_users_channel_is_followed_while_they_are_here() {
    let world = World::new();
    let (desk, pocket) = (world.connect("ann", 1, NATIVE).unwrap(), world.connect("ann", 2, NATIVE).unwrap());
    let channel = RoomId::of_user(user_id("ann"));
    assert!(!world.bus.follows(channel));
    world.hub.follow_user(user_id("ann")).await.unwrap();
    world.hub.follow_user(user_id("ann")).await.unwrap();
    assert_eq!(world.bus.followed.lock().iter().filter(|room| **room == channel).count(), 1, "once");
    world.hub.disconnect(desk.info.id);
    world.settle().await;
    assert!(world.bus.follows(channel), "another device is here");
    world.hub.disconnect(pocket.info.id);
    world.settle().await;
    assert!(!world.bus.follows(channel));
}
