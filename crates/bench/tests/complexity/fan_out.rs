//! From the bus to the mailboxes.

use std::sync::Arc;

use hallway_domain::ports::{BusItem, BusSink as _};
use hallway_hub::HubSink;

use super::{SIZES, both};
use crate::world::{Reader, World};

/// Messages of one commit.
const BATCH: usize = 8;

struct Cost {
    allocations: u64,
    encodings: u64,
    wakes: Vec<u64>,
    /// Allocated while every mailbox was drained.
    draining: u64,
    /// Where each reader's first chunk lies in memory, and how many chunks it got.
    chunks: Vec<(usize, usize)>,
}

/// Committed, and on the way.
async fn batch(world: &World, readers: &[Reader], room: hallway_domain::RoomId) -> Vec<BusItem> {
    world.bus.hold();
    let sends: Vec<_> = (0..BATCH).map(|number| world.send(&readers[0].actor, room, number)).collect();
    futures_util::future::try_join_all(sends).await.expect("sent");
    let items = world.bus.take();
    assert!(items.len() >= BATCH, "{} items", items.len());
    items
}

async fn measure(world: &World, members: usize) -> Cost {
    let (room, mut readers) = world.full_room(members).await;
    let sink = HubSink(Arc::downgrade(&world.hub));
    // Once without counting: queues take the places that they keep.
    sink.deliver(batch(world, &readers, room).await);
    for reader in &mut readers {
        reader.drain();
    }
    let items = batch(world, &readers, room).await;
    let (before, woken) = (world.counts(), readers.iter().map(Reader::wakes).collect::<Vec<_>>());
    let allocations = allocation_counter::measure(|| sink.deliver(items)).count_total;
    let encodings = world.counts().since(before).encodings;
    let wakes = readers.iter().zip(woken).map(|(reader, before)| reader.wakes() - before).collect();
    let mut firsts = Vec::with_capacity(readers.len());
    let draining = allocation_counter::measure(|| firsts.extend(readers.iter_mut().map(Reader::take))).count_total;
    let more = readers.iter_mut().map(|reader| reader.drain().len());
    let place = |chunk: &Option<bytes::Bytes>| chunk.as_ref().map_or(0, |chunk| chunk.as_ptr() as usize);
    let chunks = firsts.iter().map(place).zip(more).map(|(first, more)| (first, more + 1)).collect();
    Cost { allocations, encodings, wakes, draining, chunks }
}

#[test]
fn a_delivery_allocates_nothing_and_wakes_each_reader_once() {
    let [small, large] = both(&measure);
    assert!(small.allocations >= BATCH as u64, "they are counted at all: {}", small.allocations);
    assert_eq!(large.allocations, small.allocations, "allocations for a batch grow with its receivers");
    for (cost, members) in [(&small, SIZES[0]), (&large, SIZES[1])] {
        assert_eq!(cost.encodings, BATCH as u64, "each event becomes bytes once, for {members} members");
        assert_eq!(cost.wakes, vec![1; members], "one wake-up for each connection and batch");
        assert_eq!(cost.draining, 0, "what all share is not copied on the way to the socket");
        let (shared, _) = cost.chunks[0];
        assert!(shared != 0, "there is something to read");
        assert_eq!(cost.chunks, vec![(shared, 1); members], "all get the same bytes, in one piece");
    }
}
