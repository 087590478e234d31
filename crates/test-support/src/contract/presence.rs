//! What every [`Presence`] must do.
//!
//! ```ignore
//! async fn fresh() -> Arc<dyn Presence> { .. }
//! hallway_test_support::presence_contract!(fresh);
//! ```

/// Makes one test per case. `$fresh` names an `async fn() -> Arc<dyn Presence>` in scope; every call gives an empty one.
#[macro_export]
macro_rules! presence_contract {
    ($fresh:ident) => {
        $crate::contract_cases! { presence, $fresh;
            the_first_connection_is_told, entering_twice_is_entering_once, lists_by_username, rooms_are_apart,
            the_last_leave_is_a_departure, leaving_what_was_not_entered_is_none, a_lost_connection_counts_for_a_while,
            coming_back_in_time_is_no_departure, a_lost_connection_leaves_all_its_rooms,
            other_connections_keep_the_user_there, an_explicit_leave_waits_for_a_lost_sibling,
            a_leave_after_coming_back_is_immediate, of_many_sweeps_one_gets_it, of_many_enters_one_is_first,
            of_many_leaves_one_is_last, losing_twice_changes_nothing, no_grace_is_the_next_sweep,
            tells_which_of_many_rooms_have_somebody,
        }
    };
}

use std::sync::Arc;

use hallway_domain::ports::{Departure, Entered, Presence};
use hallway_domain::{ConnectionId, RoomId, Timestamp, UserId, UserRef, Username};
use time::Duration;
use tokio::task::JoinSet;
use uuid::Uuid;

const ROOM: RoomId = RoomId(1);
const NOW: Timestamp = time::macros::datetime!(2026-03-01 12:00 UTC);
const GRACE: Duration = Duration::seconds(2);

fn user(name: &str) -> UserRef {
    let id = name.bytes().fold(0, |id, byte| id * 256 + i64::from(byte));
    UserRef { id: UserId(id), username: Username::from_stored(name.to_owned()) }
}

fn socket(n: u128) -> ConnectionId {
    ConnectionId(Uuid::from_u128(n))
}

fn departure(room: RoomId, name: &str) -> Departure {
    Departure { room, user: user(name) }
}

async fn enter(presence: &dyn Presence, room: RoomId, name: &str, connection: u128) -> Entered {
    presence.enter(room, &user(name), socket(connection), NOW).await.expect("presence answers")
}

async fn leave(presence: &dyn Presence, room: RoomId, name: &str, connection: u128) -> Option<Departure> {
    presence.leave(room, &user(name), socket(connection)).await.expect("presence answers")
}

async fn lose(presence: &dyn Presence, connection: u128, now: Timestamp) {
    presence.lose(socket(connection), now, GRACE).await.expect("presence answers");
}

/// Renewed first, as the node does: only its own graces are looked at here.
async fn sweep(presence: &dyn Presence, now: Timestamp) -> Vec<Departure> {
    presence.renew(now).await.expect("presence answers");
    let mut departures = presence.sweep(now).await.expect("presence answers");
    departures.sort_by_key(|departure| (departure.room, departure.user.clone()));
    departures
}

async fn list(presence: &dyn Presence, room: RoomId) -> Vec<String> {
    let users = presence.list(room).await.expect("presence answers");
    users.into_iter().map(|user| user.username.into_string()).collect()
}

pub async fn the_first_connection_is_told(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    assert_eq!(enter(&*presence, ROOM, "ann", 1).await, Entered { first: true, users: vec![user("ann")] });
    assert_eq!(enter(&*presence, ROOM, "ann", 2).await, Entered { first: false, users: vec![user("ann")] });
    let users = vec![user("ann"), user("bob")];
    assert_eq!(enter(&*presence, ROOM, "bob", 3).await, Entered { first: true, users });
}

pub async fn entering_twice_is_entering_once(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    assert!(!enter(&*presence, ROOM, "ann", 1).await.first);
    assert_eq!(leave(&*presence, ROOM, "ann", 1).await, Some(departure(ROOM, "ann")));
    assert_eq!(list(&*presence, ROOM).await, [""; 0]);
}

pub async fn lists_by_username(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    for (connection, name) in ["mia", "ann", "zoe", "bob", "a_b", "a.b"].into_iter().enumerate() {
        enter(&*presence, ROOM, name, connection as u128).await;
    }
    assert_eq!(list(&*presence, ROOM).await, ["a.b", "a_b", "ann", "bob", "mia", "zoe"]);
}

pub async fn rooms_are_apart(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, RoomId(1), "ann", 1).await;
    assert!(enter(&*presence, RoomId(11), "ann", 1).await.first);
    enter(&*presence, RoomId(11), "bob", 2).await;
    assert_eq!(list(&*presence, RoomId(1)).await, ["ann"]);
    assert_eq!(leave(&*presence, RoomId(1), "ann", 1).await, Some(departure(RoomId(1), "ann")));
    assert_eq!(list(&*presence, RoomId(11)).await, ["ann", "bob"]);
}

pub async fn the_last_leave_is_a_departure(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    enter(&*presence, ROOM, "ann", 2).await;
    assert_eq!(leave(&*presence, ROOM, "ann", 1).await, None);
    assert_eq!(leave(&*presence, ROOM, "ann", 2).await, Some(departure(ROOM, "ann")));
    assert_eq!(leave(&*presence, ROOM, "ann", 2).await, None);
    assert!(enter(&*presence, ROOM, "ann", 3).await.first);
}

pub async fn leaving_what_was_not_entered_is_none(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    assert_eq!(leave(&*presence, ROOM, "ann", 1).await, None);
    enter(&*presence, ROOM, "ann", 1).await;
    assert_eq!(leave(&*presence, ROOM, "ann", 2).await, None);
    assert_eq!(leave(&*presence, RoomId(2), "ann", 1).await, None);
    assert_eq!(list(&*presence, ROOM).await, ["ann"]);
}

pub async fn a_lost_connection_counts_for_a_while(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    lose(&*presence, 1, NOW).await;
    assert_eq!(sweep(&*presence, NOW + GRACE - Duration::milliseconds(1)).await, []);
    assert_eq!(list(&*presence, ROOM).await, ["ann"]);
    assert_eq!(sweep(&*presence, NOW + GRACE).await, [departure(ROOM, "ann")]);
    assert_eq!(list(&*presence, ROOM).await, [""; 0]);
    assert_eq!(sweep(&*presence, NOW + GRACE).await, [], "told once");
}

pub async fn coming_back_in_time_is_no_departure(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    lose(&*presence, 1, NOW).await;
    assert!(!enter(&*presence, ROOM, "ann", 2).await.first, "the others never heard that she went");
    assert_eq!(sweep(&*presence, NOW + GRACE).await, []);
    assert_eq!(list(&*presence, ROOM).await, ["ann"]);
}

pub async fn a_lost_connection_leaves_all_its_rooms(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    for room in 1..=3 {
        enter(&*presence, RoomId(room), "ann", 1).await;
    }
    assert_eq!(leave(&*presence, RoomId(2), "ann", 1).await, Some(departure(RoomId(2), "ann")));
    lose(&*presence, 1, NOW).await;
    let expected = [departure(RoomId(1), "ann"), departure(RoomId(3), "ann")];
    assert_eq!(sweep(&*presence, NOW + GRACE).await, expected);
}

pub async fn other_connections_keep_the_user_there(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    enter(&*presence, ROOM, "ann", 2).await;
    lose(&*presence, 1, NOW).await;
    assert_eq!(sweep(&*presence, NOW + GRACE).await, []);
    assert_eq!(leave(&*presence, ROOM, "ann", 2).await, Some(departure(ROOM, "ann")));
}

pub async fn an_explicit_leave_waits_for_a_lost_sibling(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    enter(&*presence, ROOM, "ann", 2).await;
    lose(&*presence, 1, NOW).await;
    assert_eq!(leave(&*presence, ROOM, "ann", 2).await, None, "the other tab may be back at once");
    assert_eq!(sweep(&*presence, NOW + GRACE).await, [departure(ROOM, "ann")]);
}

pub async fn a_leave_after_coming_back_is_immediate(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    lose(&*presence, 1, NOW).await;
    enter(&*presence, ROOM, "ann", 2).await;
    assert_eq!(leave(&*presence, ROOM, "ann", 2).await, Some(departure(ROOM, "ann")));
    assert_eq!(sweep(&*presence, NOW + GRACE).await, []);
}

pub async fn losing_twice_changes_nothing(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    lose(&*presence, 1, NOW).await;
    lose(&*presence, 1, NOW + Duration::seconds(1)).await;
    lose(&*presence, 9, NOW).await;
    assert_eq!(leave(&*presence, ROOM, "ann", 1).await, None, "it is out of the room already");
    assert_eq!(sweep(&*presence, NOW + GRACE).await, [departure(ROOM, "ann")]);
}

pub async fn no_grace_is_the_next_sweep(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    enter(&*presence, ROOM, "ann", 1).await;
    presence.lose(socket(1), NOW, Duration::ZERO).await.expect("presence answers");
    assert_eq!(sweep(&*presence, NOW).await, [departure(ROOM, "ann")]);
}

pub async fn of_many_sweeps_one_gets_it(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    for connection in 0..50 {
        enter(&*presence, ROOM, &format!("user{connection:02}"), connection).await;
        lose(&*presence, connection, NOW).await;
    }
    let mut sweeps = JoinSet::new();
    for _ in 0..8 {
        let presence = Arc::clone(&presence);
        sweeps.spawn(async move { sweep(&*presence, NOW + GRACE).await });
    }
    let mut names: Vec<_> = sweeps.join_all().await.into_iter().flatten().map(|it| it.user.username).collect();
    names.sort();
    assert_eq!(names.len(), 50);
    names.dedup();
    assert_eq!(names.len(), 50, "nobody departs twice");
}

pub async fn of_many_enters_one_is_first(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    let mut enters = JoinSet::new();
    for connection in 0..16 {
        let presence = Arc::clone(&presence);
        enters.spawn(async move { enter(&*presence, ROOM, "ann", connection).await.first });
    }
    let first = enters.join_all().await.into_iter().filter(|first| *first).count();
    assert_eq!(first, 1);
}

pub async fn of_many_leaves_one_is_last(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    for connection in 0..16 {
        enter(&*presence, ROOM, "ann", connection).await;
    }
    let mut leaves = JoinSet::new();
    for connection in 0..16 {
        let presence = Arc::clone(&presence);
        leaves.spawn(async move { leave(&*presence, ROOM, "ann", connection).await });
    }
    let departures: Vec<_> = leaves.join_all().await.into_iter().flatten().collect();
    assert_eq!(departures, [departure(ROOM, "ann")]);
}

pub async fn tells_which_of_many_rooms_have_somebody(fresh: impl AsyncFn() -> Arc<dyn Presence>) {
    let presence = fresh().await;
    // Those that stand for users have numbers below zero.
    let rooms: Vec<RoomId> = (1..=450).map(|id| RoomId::of_user(UserId(id))).collect();
    for (room, connection) in [(&rooms[6], 1), (&rooms[299], 2), (&rooms[299], 3), (&rooms[449], 4)] {
        enter(&*presence, *room, "ann", connection).await;
    }
    lose(&*presence, 1, NOW).await;
    leave(&*presence, rooms[299], "ann", 2).await;
    leave(&*presence, rooms[449], "ann", 4).await;
    let occupied = async |rooms: &[RoomId]| presence.occupied(rooms).await.expect("presence answers");
    assert_eq!(occupied(&rooms).await, [rooms[6], rooms[299]], "a grace counts");
    assert_eq!(occupied(&[rooms[299], rooms[6], ROOM]).await, [rooms[299], rooms[6]]);
    assert_eq!(occupied(&[]).await, [RoomId(0); 0]);
    assert_eq!(sweep(&*presence, NOW + GRACE).await, [departure(rooms[6], "ann")]);
    assert_eq!(occupied(&rooms).await, [rooms[299]]);
}
