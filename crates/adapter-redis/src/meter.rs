//! What is counted. The list is in the crate's documentation.

use metrics::{counter, gauge};

pub(crate) fn publish_failed() {
    counter!("hallway_bus_publish_failures_total").increment(1);
}

pub(crate) fn delivered_locally(items: usize) {
    counter!("hallway_bus_local_items_total").increment(items as u64);
}

pub(crate) fn interrupted() {
    counter!("hallway_bus_interruptions_total").increment(1);
}

pub(crate) fn unknown(items: usize) {
    counter!("hallway_bus_unknown_items_total").increment(items as u64);
}

pub(crate) fn followed(rooms: usize) {
    gauge!("hallway_bus_followed_rooms").set(u32::try_from(rooms).unwrap_or(u32::MAX));
}

pub(crate) fn reentered() {
    counter!("hallway_presence_reentries_total").increment(1);
}

pub(crate) fn failed() {
    counter!("hallway_redis_failures_total").increment(1);
}
