//! What time takes away.

use hallway_domain::{Fact, RefreshToken, RoomId, Seq, Session, TokenId, UserRef};
use time::Duration;

use super::{World, at};

const KEEP: Duration = Duration::seconds(100);

/// Events of one room at these times, in order.
async fn log(world: &World, room: RoomId, user: &UserRef, times: &[i64]) {
    for time in times {
        world.record(room, at(*time), Fact::MemberJoined { user: user.clone() }).await;
    }
}

async fn seqs(world: &World, room: RoomId) -> Vec<i64> {
    let events = world.queries().events(room, Seq::ZERO, Seq(i64::MAX), 1000).await.expect("events");
    events.into_iter().map(|event| event.seq.0).collect()
}

async fn prune(world: &World, now: i64, limit: u32) -> u64 {
    world.store().prune_events(at(now), KEEP, limit).await.expect("prune")
}

pub async fn cuts_old_events_from_the_beginning(world: World) {
    let ann = world.user("ann").await;
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let three = world.room("three", &ann).await.id;
    // A clock that ran ahead once (150): what comes after it stays as well, or the log would have a hole.
    log(&world, one, &ann, &[10, 20, 150, 30, 160]).await;
    log(&world, two, &ann, &[10, 20, 99]).await;
    log(&world, three, &ann, &[100, 101]).await;
    assert_eq!(prune(&world, 200, 1000).await, 5);
    assert_eq!(seqs(&world, one).await, [3, 4, 5]);
    assert_eq!(seqs(&world, two).await, [0; 0], "an old log goes as a whole");
    assert_eq!(seqs(&world, three).await, [1, 2], "what is as old as may be stays");
    assert_eq!(prune(&world, 200, 1000).await, 0);
    // Its head stays where it was: the next event takes the next place.
    assert_eq!(world.queries().heads(&[two]).await.expect("heads")[0].seq, Seq(3));
    log(&world, two, &ann, &[199]).await;
    assert_eq!(seqs(&world, two).await, [4]);
}

pub async fn cuts_no_more_than_the_limit(world: World) {
    let ann = world.user("ann").await;
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    log(&world, one, &ann, &[1, 2, 3, 4]).await;
    log(&world, two, &ann, &[1, 2, 3, 500]).await;
    let mut left = 8;
    for expected in [3, 3, 1, 0] {
        assert_eq!(prune(&world, 300, 3).await, expected);
        left -= expected;
        let (one, two) = (seqs(&world, one).await, seqs(&world, two).await);
        assert_eq!((one.len() + two.len()) as u64, left);
        for (log, end) in [(one, 4), (two, 4)] {
            let whole: Vec<_> = (1..=end).collect();
            assert!(whole.ends_with(&log), "{log:?} is not the end of a log");
        }
    }
}

pub async fn keeps_messages_of_a_cut_log(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    world.post(room, &ann, "old but dear").await;
    assert_eq!(prune(&world, 1000, 10).await, 1);
    let history = world.queries().history(room, Seq(9), None, 9).await.expect("history");
    assert_eq!(super::world::bodies(&history), ["old but dear"]);
}

pub async fn removes_sessions_long_over(world: World) {
    let ann = world.user("ann").await;
    let over = world.session(&ann, |session| session.expires_at = at(99)).await;
    let revoked = world.session(&ann, |session| session.revoked_at = Some(at(99))).await;
    let just = world.session(&ann, |session| session.revoked_at = Some(at(100))).await;
    let live = world.session(&ann, |_| {}).await;
    let first = token(&world, &over, at(99));
    insert(&world, &first).await;
    assert_eq!(world.store().prune_sessions(at(200), KEEP).await.expect("prune"), 2);
    for (session, there) in [(over, false), (revoked, false), (just, true), (live, true)] {
        assert_eq!(world.queries().session(session.id).await.expect("session").is_some(), there);
    }
    let mut unit = world.begin().await;
    assert_eq!(unit.sessions().find_refresh(first.id).await.expect("find"), None, "goes with its session");
    drop(unit);
    assert_eq!(world.store().prune_sessions(at(200), KEEP).await.expect("prune"), 0);
}

pub async fn removes_refresh_tokens_long_over(world: World) {
    let ann = world.user("ann").await;
    let session = world.session(&ann, |_| {}).await;
    let (old, young) = (token(&world, &session, at(99)), token(&world, &session, at(100)));
    insert(&world, &old).await;
    insert(&world, &young).await;
    assert_eq!(world.store().prune_sessions(at(200), KEEP).await.expect("prune"), 0);
    let mut unit = world.begin().await;
    assert_eq!(unit.sessions().find_refresh(old.id).await.expect("find"), None);
    assert_eq!(unit.sessions().find_refresh(young.id).await.expect("find"), Some(young));
}

fn token(world: &World, session: &Session, expires_at: hallway_domain::Timestamp) -> RefreshToken {
    let id = world.uuid();
    let mut hash = [9; 32];
    hash[..16].copy_from_slice(id.as_bytes());
    RefreshToken {
        id: TokenId(id),
        session: session.id,
        parent: None,
        hash,
        created_at: at(1),
        expires_at,
        used_at: None,
    }
}

async fn insert(world: &World, token: &RefreshToken) {
    let mut unit = world.begin().await;
    unit.sessions().insert_refresh(token).await.expect("insert token");
    unit.commit().await.expect("commit");
}
