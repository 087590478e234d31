//! Faults that one node on PostgreSQL must stand without any Redis.

use crate::faults::Fault;
use crate::plan::Plan;
use crate::run::runs;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_loses_nothing() {
    runs(Fault::NodeKill, Plan::new(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_crashes_loses_nothing() {
    runs(Fault::PostgresCrash, Plan::new(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cuts_all_connections_loses_nothing() {
    runs(Fault::PostgresCut, Plan::new(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_behind_a_balancer_loses_nothing() {
    runs(Fault::RollingRestart, Plan { balanced: true, ..Plan::new(1) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stops_is_cut_off_and_catches_up() {
    let settings = vec![("HALLWAY_WS__MAILBOX_BYTES", "131072"), ("HALLWAY_WS__LOW_WATER_BYTES", "32768")];
    runs(Fault::SlowConsumer, Plan { text: 4000, settings, ..Plan::new(1) }).await;
}
