//! From the bus into the mailboxes and out of them, without sockets.

use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hallway_domain::ports::{BusItem, BusSink as _};
use hallway_domain::{Event, Seq};
use hallway_hub::HubSink;
use world::World;

#[path = "../tests/world/mod.rs"]
#[expect(dead_code, reason = "every bench needs another part of it")]
mod world;

/// Messages that one commit releases.
const BATCH: usize = 16;

/// The batch as it would be at the end of the log.
fn following(batch: &[Event], last: &mut Seq) -> Vec<BusItem> {
    let mut items = Vec::with_capacity(batch.len());
    for event in batch {
        last.0 += 1;
        items.push(BusItem::Event(Event { seq: *last, ..event.clone() }));
    }
    items
}

fn fan_out(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut group = criterion.benchmark_group("fan-out");
    for members in [10, 100, 1000] {
        let directory = tempfile::tempdir().expect("a directory");
        let url = hallway_adapter_sql::sqlite_url(&directory.path().join("bench.db"));
        let world = runtime.block_on(World::new(&url));
        let (room, mut readers) = runtime.block_on(world.full_room(members));
        world.bus.hold();
        let sends = (0..BATCH).map(|number| world.send(&readers[0].actor, room, number));
        runtime.block_on(futures_util::future::try_join_all(sends)).expect("sent");
        let items = world.bus.take();
        let sink = HubSink(Arc::downgrade(&world.hub));
        let batch: Vec<Event> = (items.iter())
            .filter_map(|item| if let BusItem::Event(event) = item { Some(event.clone()) } else { None })
            .collect();
        let mut last = Seq(batch.last().expect("sent").seq.0);
        sink.deliver(items);
        let mut first = true;
        group.throughput(Throughput::Elements((BATCH * members) as u64));
        // The hub follows the log by itself; the next batch has to be the next in it.
        group.bench_function(BenchmarkId::new("deliver and drain", members), |bench| {
            let _entered = runtime.enter();
            bench.iter_batched(
                || following(&batch, &mut last),
                |items| {
                    sink.deliver(items);
                    let got: usize = readers.iter_mut().map(|reader| reader.drain().len()).sum();
                    assert!(got >= readers.len() && (first || got == readers.len()), "each gets one chunk");
                    first = false;
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, fan_out);
criterion_main!(benches);
