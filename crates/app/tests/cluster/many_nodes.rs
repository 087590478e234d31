//! Faults that three nodes on PostgreSQL and Redis must stand.

use crate::faults::Fault;
use crate::plan::Plan;
use crate::run::runs;

/// The long one: `HALLWAY_SOAK_ROUNDS=1000`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_of_shutting_out_and_letting_in_leak_nothing() {
    runs(Fault::Calm, Plan::of_rounds(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_loses_nothing_and_leaves_no_ghosts() {
    runs(Fault::NodeKill, Plan::new(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_node_notices_that_it_was_declared_dead() {
    runs(Fault::NodeFreeze, Plan::new(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_frozen_with_locks_in_hand_holds_up_the_others_only_for_a_moment() {
    runs(Fault::NodeFreezeInUnit, Plan::new(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_everything_loses_nothing() {
    runs(Fault::RedisFlush, Plan::new(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_write_to_one_room_with_late_publishes_keep_one_order() {
    runs(Fault::DelayedPublishes, Plan { rooms: 1, ..Plan::new(2) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_crashes_loses_nothing() {
    runs(Fault::PostgresCrash, Plan::new(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cuts_all_connections_loses_nothing() {
    runs(Fault::PostgresCut, Plan::new(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stops_is_cut_off_and_catches_up() {
    let settings = vec![("HALLWAY_WS__MAILBOX_BYTES", "131072"), ("HALLWAY_WS__LOW_WATER_BYTES", "32768")];
    runs(Fault::SlowConsumer, Plan { text: 4000, settings, ..Plan::new(3) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_restarts_loses_nothing() {
    runs(Fault::RedisRestart, Plan::new(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_whose_subscriptions_are_cut_find_what_they_missed() {
    runs(Fault::RedisCutSubscribers, Plan::new(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_loses_nothing() {
    runs(Fault::RollingRestart, Plan { balanced: true, ..Plan::new(3) }).await;
}
