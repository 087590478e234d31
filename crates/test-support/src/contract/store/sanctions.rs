//! Mutes and bans.

use hallway_domain::{NewSanction, Role, RoomId, Sanction, SanctionKind, UserId, UserRef};

use super::{World, at};

async fn in_force(world: &World, pairs: &[(RoomId, UserId)], now: i64) -> Vec<Sanction> {
    let mut unit = world.begin().await;
    let mut found = unit.sanctions().in_force(pairs, at(now)).await.expect("in force");
    found.sort_by_key(|sanction| sanction.id);
    found
}

async fn lift(world: &World, room: RoomId, user: &UserRef, kind: SanctionKind, now: i64) -> bool {
    let mut unit = world.begin().await;
    let lifted = unit.sanctions().lift(room, user.id, kind, at(now)).await.expect("lift");
    unit.commit().await.expect("commit");
    lifted
}

pub async fn hold_until_lifted(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    let new = NewSanction {
        room,
        user: bob.id,
        kind: SanctionKind::Ban,
        reason: None,
        by: ann.id,
        created_at: at(1),
        expires_at: None,
    };
    let mut unit = world.begin().await;
    let ban = unit.sanctions().insert(new).await.expect("insert");
    unit.commit().await.expect("commit");
    let expected = Sanction {
        id: ban.id,
        room,
        user: bob.id,
        kind: SanctionKind::Ban,
        reason: None,
        by: Some(ann.id),
        created_at: at(1),
        expires_at: None,
        lifted_at: None,
    };
    assert_eq!(ban, expected);
    assert_eq!(in_force(&world, &[(room, bob.id)], 1_000_000).await, [expected]);
    assert!(lift(&world, room, &bob, SanctionKind::Ban, 5).await);
    assert_eq!(in_force(&world, &[(room, bob.id)], 6).await, []);
}

pub async fn end_by_the_clock(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    let mute = world.sanction(room, &bob, SanctionKind::Mute, Some(at(60))).await;
    assert_eq!(in_force(&world, &[(room, bob.id)], 59).await, [mute]);
    assert_eq!(in_force(&world, &[(room, bob.id)], 60).await, []);
    assert!(!lift(&world, room, &bob, SanctionKind::Mute, 60).await, "what is over cannot be lifted");
}

pub async fn survive_leaving(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    world.join(room, &bob, Role::Member, at(1)).await;
    let ban = world.sanction(room, &bob, SanctionKind::Ban, None).await;
    let mut unit = world.begin().await;
    assert!(unit.memberships().delete(room, bob.id).await.expect("delete"));
    unit.commit().await.expect("commit");
    assert_eq!(in_force(&world, &[(room, bob.id)], 2).await, std::slice::from_ref(&ban));
    world.join(room, &bob, Role::Member, at(3)).await;
    assert_eq!(in_force(&world, &[(room, bob.id)], 4).await, [ban]);
}

pub async fn lifting_tells_whether_there_was_one(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    assert!(!lift(&world, room, &bob, SanctionKind::Mute, 1).await);
    world.sanction(room, &bob, SanctionKind::Mute, None).await;
    world.sanction(room, &bob, SanctionKind::Mute, Some(at(90))).await;
    assert!(lift(&world, room, &bob, SanctionKind::Mute, 2).await, "lifts all of them");
    assert_eq!(in_force(&world, &[(room, bob.id)], 3).await, []);
    assert!(!lift(&world, room, &bob, SanctionKind::Mute, 3).await);
}

pub async fn kinds_are_apart(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let mute = world.sanction(one, &bob, SanctionKind::Mute, None).await;
    world.sanction(one, &bob, SanctionKind::Ban, None).await;
    let elsewhere = world.sanction(two, &bob, SanctionKind::Ban, None).await;
    assert!(lift(&world, one, &bob, SanctionKind::Ban, 2).await);
    assert_eq!(in_force(&world, &[(one, bob.id)], 3).await, [mute]);
    assert_eq!(in_force(&world, &[(two, bob.id)], 3).await, [elsewhere]);
}

pub async fn are_found_for_many_at_once(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let first = world.sanction(one, &bob, SanctionKind::Mute, None).await;
    let second = world.sanction(two, &bob, SanctionKind::Mute, Some(at(9))).await;
    world.sanction(two, &ann, SanctionKind::Mute, None).await;
    let pairs = [(one, bob.id), (two, bob.id), (one, ann.id), (one, bob.id)];
    assert_eq!(in_force(&world, &pairs, 8).await, [first.clone(), second]);
    assert_eq!(in_force(&world, &pairs, 9).await, [first]);
    assert_eq!(in_force(&world, &[], 8).await, []);
}
