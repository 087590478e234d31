//! The message writer on both databases: one transaction a message, and what gathers while one commits.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hallway_domain::{Actor, RoomId};
use hallway_test_support::services::postgres;
use tokio::runtime::Runtime;
use world::World;

#[path = "../tests/world/mod.rs"]
#[expect(dead_code, reason = "every bench needs another part of it")]
mod world;

/// Rooms with one who writes in each.
async fn writers(world: &World, rooms: usize) -> Vec<(Actor, RoomId)> {
    let mut writers = Vec::new();
    for place in 0..rooms {
        let actor = world.user(&format!("writer_{place}")).await;
        let room = world.room(&actor, &format!("room {place}")).await;
        writers.push((actor, room));
    }
    writers
}

fn on(criterion: &mut Criterion, runtime: &Runtime, database: &str, url: &str) {
    let mut group = criterion.benchmark_group(format!("writer on {database}"));
    group.sample_size(20);
    let world = runtime.block_on(World::new(url));
    let rooms = runtime.block_on(writers(&world, 50));
    for (name, spread) in [("one room", 1), ("50 rooms", 50)] {
        for under_way in [1, 16, 64, 256] {
            group.throughput(Throughput::Elements(under_way as u64));
            group.bench_function(BenchmarkId::new(name, under_way), |bench| {
                bench.iter(|| {
                    let sends = (0..under_way).map(|number| {
                        let (actor, room) = &rooms[number % spread];
                        world.send(actor, *room, number)
                    });
                    runtime.block_on(futures_util::future::try_join_all(sends)).expect("sent")
                });
            });
        }
    }
    group.finish();
}

fn writer(criterion: &mut Criterion) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    let url = hallway_adapter_sql::sqlite_url(&directory.path().join("bench.db"));
    on(criterion, &runtime, "SQLite", &url);
    // Started for tests it does not wait for the disk; TEST_DATABASE_URL names one that does.
    let database = runtime.block_on(postgres::empty());
    on(criterion, &runtime, "PostgreSQL", database.url());
}

criterion_group!(benches, writer);
criterion_main!(benches);
