//! Coming, going, typing.

use hallway_domain::ambient::Ids;
use hallway_domain::ports::{Arrival, Departure, MockPresence, PresenceError};
use hallway_domain::{Actor, RoomId, Signal, SignalKind, UserId, UserRef, Username};
use time::Duration;

use crate::world::{World, code, settings, strict};

fn change(join: &[&Actor], leave: &[&Actor]) -> SignalKind {
    let names = |actors: &[&Actor]| actors.iter().map(|actor| actor.user.clone()).collect::<Vec<UserRef>>();
    SignalKind::PresenceChanged { join: names(join), leave: names(leave) }
}

fn kinds(signals: Vec<Signal>) -> Vec<SignalKind> {
    signals.into_iter().map(|signal| signal.kind).collect()
}

#[tokio::test]
async fn the_first_comes_and_the_last_goes() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    let attendance = world.app.attendance();
    let (permit, ..) = world.app.rooms().admit(&ann, room.id).await.expect("admit");
    let (laptop, phone) = (world.ids.connection(), world.ids.connection());
    assert_eq!(attendance.enter(&ann, &permit, laptop).await.expect("enter"), std::slice::from_ref(&ann.user));
    attendance.enter(&ann, &permit, phone).await.expect("enter");
    let signals = world.signals();
    assert_eq!(kinds(signals.clone()), [change(&[&ann], &[])], "a second tab is no news");
    assert_eq!((signals[0].room, signals[0].except), (room.id, Some(laptop)), "not told to itself");
    assert_eq!(attendance.list(&bob, room.id).await.expect("list"), std::slice::from_ref(&ann.user));

    attendance.leave(&ann, room.id, laptop).await.expect("leave");
    assert_eq!(world.signals().len(), 1);
    attendance.leave(&ann, room.id, phone).await.expect("leave");
    assert_eq!(kinds(world.signals()), [change(&[&ann], &[]), change(&[], &[&ann])]);
    assert_eq!(attendance.list(&bob, room.id).await.expect("list"), []);
    assert_eq!(code(attendance.enter(&bob, &permit, phone).await), "not_permitted", "a permit is personal");
}

#[tokio::test]
async fn who_is_on_a_node_that_stops_has_left_by_the_next_sweep_unless_back() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    let attendance = world.app.attendance();
    let mut connections = Vec::new();
    for actor in [&ann, &bob] {
        world.app.rooms().join(actor, room.id).await.expect("join");
        let (permit, ..) = world.app.rooms().admit(actor, room.id).await.expect("admit");
        let connection = world.ids.connection();
        attendance.enter(actor, &permit, connection).await.expect("enter");
        connections.push((permit, connection));
    }
    world.bus.take();
    for (_, connection) in &connections {
        attendance.depart(*connection).await.expect("depart");
    }
    attendance.enter(&bob, &connections[1].0, world.ids.connection()).await.expect("enter elsewhere");
    attendance.sweep().await.expect("sweep");
    assert_eq!(kinds(world.signals()), [change(&[], &[&ann])], "without a grace, and bob did not flap");
    assert_eq!(attendance.list(&bob, room.id).await.expect("list"), std::slice::from_ref(&bob.user));
}

#[tokio::test]
async fn a_page_refresh_does_not_flap() {
    let world = World::new();
    let ann = world.user("ann").await;
    let room = world.room(&ann, "one").await;
    let attendance = world.app.attendance();
    let (permit, ..) = world.app.rooms().admit(&ann, room.id).await.expect("admit");
    let (before, after) = (world.ids.connection(), world.ids.connection());
    attendance.enter(&ann, &permit, before).await.expect("enter");
    world.bus.take();
    attendance.lose(before).await.expect("lose");
    world.clock.advance(Duration::seconds(1));
    attendance.sweep().await.expect("sweep");
    attendance.enter(&ann, &permit, after).await.expect("enter");
    world.clock.advance(Duration::seconds(5));
    attendance.sweep().await.expect("sweep");
    assert_eq!(world.signals(), []);
    attendance.lose(after).await.expect("lose");
    world.clock.advance(Duration::seconds(3));
    attendance.sweep().await.expect("sweep");
    attendance.sweep().await.expect("sweep");
    assert_eq!(kinds(world.signals()), [change(&[], &[&ann])], "told once");
}

#[tokio::test]
async fn whoever_came_back_while_the_sweep_ran_is_not_said_to_be_gone() {
    let [ann, bob] = ["ann", "bob"].map(|name| UserRef { id: UserId(1), username: Username::from_stored(name.into()) });
    let gone = [ann.clone(), bob.clone()].map(|user| Departure { room: RoomId(1), user });
    let mut presence = MockPresence::new();
    presence.expect_renew().returning(|_| Ok(Vec::new()));
    presence.expect_sweep().return_once(|_| Ok(gone.into()));
    // By the time it is bob's and ann's room's turn, ann has entered again and was announced.
    let present = ann.clone();
    presence.expect_list().return_once(move |_| Ok(vec![present]));
    presence.expect_list_all().return_once(move |_| Ok(vec![ann]));
    let world = World::with_presence(presence);
    world.app.attendance().sweep().await.expect("sweep");
    let left = SignalKind::PresenceChanged { join: Vec::new(), leave: vec![bob] };
    assert_eq!(kinds(world.signals()), [left]);
}

/// Another node announces them between this node's last look and its word that they are gone.
#[tokio::test]
async fn whoever_came_back_before_they_were_said_to_be_gone_is_said_to_be_there_again() {
    let ann = UserRef { id: UserId(1), username: Username::from_stored("ann".into()) };
    let gone = Departure { room: RoomId(1), user: ann.clone() };
    let mut presence = MockPresence::new();
    presence.expect_renew().returning(|_| Ok(Vec::new()));
    presence.expect_sweep().return_once(|_| Ok(vec![gone]));
    presence.expect_list().return_once(|_| Ok(Vec::new()));
    // Back by another node; gone again for good when that was told; and so it stays.
    let mut looks = vec![Vec::new(), Vec::new(), vec![ann.clone()]];
    presence.expect_list_all().times(3).returning(move |_| Ok(looks.pop().expect("a look")));
    let world = World::with_presence(presence);
    world.app.attendance().sweep().await.expect("sweep");
    let (came, left) = (vec![ann.clone()], vec![ann]);
    let came = SignalKind::PresenceChanged { join: came, leave: Vec::new() };
    let left = SignalKind::PresenceChanged { join: Vec::new(), leave: left };
    assert_eq!(kinds(world.signals()), [left.clone(), came, left]);
}

#[tokio::test]
async fn whoever_was_taken_for_gone_is_told_of_again_even_if_sweeping_fails() {
    let [ann, bob] = ["ann", "bob"].map(|name| UserRef { id: UserId(1), username: Username::from_stored(name.into()) });
    let back = [ann.clone(), bob].map(|user| Arrival { room: RoomId(1), user });
    let mut presence = MockPresence::new();
    presence.expect_renew().return_once(|_| Ok(back.into()));
    presence.expect_sweep().return_once(|_| Err(PresenceError("gone".into())));
    // bob has left for good since.
    let present = [ann.clone(), ann.clone()];
    let [listed, checked] = present.map(|user| vec![user]);
    presence.expect_list().return_once(move |_| Ok(listed));
    presence.expect_list_all().return_once(move |_| Ok(checked));
    let world = World::with_presence(presence);
    world.app.attendance().sweep().await.expect_err("the sweep failed");
    assert_eq!(kinds(world.signals()), [SignalKind::PresenceChanged { join: vec![ann], leave: Vec::new() }]);
}

#[tokio::test]
async fn typing_is_for_those_who_may_speak() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    let attendance = world.app.attendance();
    let connection = world.ids.connection();
    attendance.typing(&ann, room.id, true, connection).await.expect("typing");
    let signals = world.signals();
    assert_eq!(kinds(signals.clone()), [SignalKind::Typing { user: ann.user.clone(), typing: true }]);
    assert_eq!(signals[0].except, None, "clients of the recorded dialect hear their own");
    assert_eq!(code(attendance.typing(&bob, room.id, true, connection).await), "not_a_member");
}

#[tokio::test]
async fn too_much_typing_is_dropped_in_silence() {
    let mut settings = settings();
    settings.rates = Some(strict());
    let world = World::with(settings);
    let ann = world.user("ann").await;
    let room = world.room(&ann, "one").await;
    let connection = world.ids.connection();
    for _ in 0..5 {
        world.app.attendance().typing(&ann, room.id, true, connection).await.expect("silent");
    }
    assert_eq!(world.signals().len(), 1);
    world.app.attendance().typing(&ann, room.id, true, world.ids.connection()).await.expect("another tab");
    assert_eq!(world.signals().len(), 2);
}

#[tokio::test]
async fn whoever_was_let_start_typing_is_let_stop() {
    let mut settings = settings();
    settings.rates = Some(strict());
    let world = World::with(settings);
    let ann = world.user("ann").await;
    let room = world.room(&ann, "one").await;
    let connection = world.ids.connection();
    for typing in [true, true, false, true, false] {
        world.app.attendance().typing(&ann, room.id, typing, connection).await.expect("silent");
    }
    let told = [true, false].map(|typing| SignalKind::Typing { user: ann.user.clone(), typing });
    assert_eq!(kinds(world.signals()), told);
}
