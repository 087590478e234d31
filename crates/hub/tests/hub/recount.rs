//! Counting anew what deliveries alone do not tell, and what is for one user's connections alone.

use hallway_domain::{NotifyLevel, Seq, SignalKind};

use crate::support::{NATIVE, PLAIN, ROOM, Reader, World, signal, user_id, user_ref};

fn world() -> World {
    let world = World::new();
    world.log.create(ROOM);
    world.log.set_members(ROOM, &["ann", "bob"]);
    world
}

async fn watching(world: &World, user: &str) -> Reader {
    let reader = world.connect(user, 1, NATIVE).unwrap();
    world.hub.watch(reader.id(), ROOM).await.unwrap();
    world.hub.check_invariants();
    reader
}

fn read(world: &World, user: &str, seq: i64) {
    world.log.mark_read(ROOM, user, Seq(seq));
    world.deliver([signal(SignalKind::Read { user: user_ref(user), seq: Seq(seq) })]);
}

fn unread_again(world: &World, user: &str, seq: i64, unread: u64) {
    world.log.mark_read(ROOM, user, Seq(seq));
    let kind = SignalKind::MarkedUnread { user: user_id(user), seq: Seq(seq), unread, mentions: 0 };
    world.deliver([signal(kind)]);
}

#[tokio::test(start_paused = true)]
async fn reading_a_part_elsewhere_is_counted_anew() {
    let world = world();
    let (ann, bob) = (watching(&world, "ann").await, watching(&world, "bob").await);
    for _ in 0..5 {
        world.post("cem");
    }
    assert_eq!(
        (ann.read(), bob.read()),
        (vec!["activity r1 5 unread at 5".to_owned()], vec!["activity r1 5 unread at 5".to_owned()])
    );
    read(&world, "ann", 3);
    assert_eq!(ann.read(), [""; 0], "not known yet");
    world.settle().await;
    assert_eq!(ann.read(), ["activity r1 2 unread at 5"]);
    assert_eq!(bob.read(), [""; 0], "another's mark");
}

#[tokio::test(start_paused = true)]
async fn what_comes_during_a_count_is_counted_once() {
    let world = world();
    let ann = watching(&world, "ann").await;
    for _ in 0..5 {
        world.post("bob");
    }
    ann.read();
    read(&world, "ann", 2);
    world.post("bob");
    tokio::time::sleep(std::time::Duration::from_millis(101)).await;
    world.post("bob");
    world.settle().await;
    assert_eq!(ann.read().last().unwrap(), "activity r1 5 unread at 7");
    read(&world, "ann", 7);
    assert_eq!(ann.read(), ["activity r1 0 unread at 7"], "nothing has to be asked for that");
}

#[tokio::test(start_paused = true)]
async fn a_count_waits_for_a_database_that_is_away() {
    let world = world();
    let ann = watching(&world, "ann").await;
    for _ in 0..3 {
        world.post("bob");
    }
    ann.read();
    world.log.set_down(true);
    read(&world, "ann", 1);
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    assert_eq!(ann.read(), [""; 0]);
    world.log.set_down(false);
    world.settle().await;
    assert_eq!(ann.read(), ["activity r1 2 unread at 3"]);
}

#[tokio::test(start_paused = true)]
async fn marking_as_unread_is_told_to_ones_own_connections() {
    let world = world();
    let away = watching(&world, "ann").await;
    let open = watching(&world, "ann").await;
    world.join(&open, ROOM).await;
    let plain = world.joined("ann", PLAIN).await;
    let (other, watching_other) = (world.joined("bob", NATIVE).await, watching(&world, "bob").await);
    for _ in 0..3 {
        world.post("cem");
    }
    read(&world, "ann", 3);
    for reader in [&away, &open, &plain, &other, &watching_other] {
        reader.read();
    }
    unread_again(&world, "ann", 1, 2);
    for reader in [&away, &open, &plain] {
        assert_eq!(reader.read(), ["unread 2 0 after 1"]);
    }
    assert_eq!((other.read(), watching_other.read()), (vec![], vec![]));
    world.settle().await;
    assert_eq!(away.read(), [""; 0], "the count is what was told");
    world.post("cem");
    assert_eq!(away.read(), ["activity r1 3 unread at 4"], "and goes on from there");
    unread_again(&world, "ann", 0, 99);
    away.read();
    world.settle().await;
    assert_eq!(away.read(), ["activity r1 4 unread at 4"], "what was told wrong is put right");
}

#[tokio::test(start_paused = true)]
async fn levels_are_told_to_ones_own_connections() {
    let world = world();
    let (ann, bob) = (watching(&world, "ann").await, world.joined("bob", NATIVE).await);
    let kind = SignalKind::NotifyChanged { user: user_id("ann"), level: NotifyLevel::Nothing };
    world.deliver([signal(kind)]);
    assert_eq!((ann.read(), bob.read()), (vec!["notify Nothing".to_owned()], vec![]));
}
