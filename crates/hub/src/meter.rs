//! What the hub counts. The list is in the crate's documentation.

use metrics::{counter, gauge};

pub(crate) const DELIVERED: &str = "hallway_hub_events_delivered_total";
pub(crate) const GAPS: &str = "hallway_hub_gaps_total";
pub(crate) const REPAIRED: &str = "hallway_hub_events_repaired_total";
pub(crate) const REPAIR_FAILURES: &str = "hallway_hub_repair_failures_total";
pub(crate) const RESETS: &str = "hallway_hub_resets_total";
pub(crate) const HEAD_CHECKS: &str = "hallway_hub_head_checks_total";
pub(crate) const SESSION_CHECKS: &str = "hallway_hub_session_checks_total";
pub(crate) const ACCESS_CHECKS: &str = "hallway_hub_access_checks_total";
pub(crate) const RECOUNTS: &str = "hallway_hub_recounts_total";
pub(crate) const HEALED: &str = "hallway_hub_revocations_healed_total";
pub(crate) const PRESENCE_READS: &str = "hallway_hub_presence_reads_total";
pub(crate) const EPHEMERAL_DROPPED: &str = "hallway_hub_ephemeral_dropped_total";
pub(crate) const SLOW_DISCONNECTS: &str = "hallway_hub_slow_disconnects_total";
pub(crate) const CONNECTIONS: &str = "hallway_hub_connections";
pub(crate) const TOPICS: &str = "hallway_hub_topics";

pub(crate) fn delivered(events: usize, recipients: usize) {
    add(DELIVERED, events * recipients);
}

pub(crate) fn gap() {
    add(GAPS, 1);
}

pub(crate) fn repaired(events: usize) {
    add(REPAIRED, events);
}

pub(crate) fn repair_failed() {
    add(REPAIR_FAILURES, 1);
}

pub(crate) fn reset() {
    add(RESETS, 1);
}

pub(crate) fn head_check() {
    add(HEAD_CHECKS, 1);
}

pub(crate) fn session_check() {
    add(SESSION_CHECKS, 1);
}

pub(crate) fn recount() {
    add(RECOUNTS, 1);
}

pub(crate) fn access_check() {
    add(ACCESS_CHECKS, 1);
}

pub(crate) fn healed(places: usize) {
    add(HEALED, places);
}

pub(crate) fn presence_read() {
    add(PRESENCE_READS, 1);
}

pub(crate) fn ephemeral_dropped(frames: usize) {
    add(EPHEMERAL_DROPPED, frames);
}

pub(crate) fn slow_disconnect() {
    add(SLOW_DISCONNECTS, 1);
}

pub(crate) fn connections(now: usize) {
    set(CONNECTIONS, now);
}

pub(crate) fn topics(now: usize) {
    set(TOPICS, now);
}

fn add(name: &'static str, count: usize) {
    if count > 0 {
        counter!(name).increment(count as u64);
    }
}

fn set(name: &'static str, now: usize) {
    gauge!(name).set(u32::try_from(now).unwrap_or(u32::MAX));
}
