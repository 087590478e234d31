//! What it costs to ask whether somebody may.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hallway_domain::Standing;
use hallway_domain::policy::{Read, Scope, authorize};
use world::World;

#[path = "../tests/world/mod.rs"]
#[expect(dead_code, reason = "every bench needs another part of it")]
mod world;

fn policy(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    let url = hallway_adapter_sql::sqlite_url(&directory.path().join("bench.db"));
    let (actor, room) = runtime.block_on(async {
        let world = World::new(&url).await;
        let actor = world.user("ann").await;
        let id = world.room(&actor, "lobby").await;
        let room = world.app.rooms().get(&actor, id).await.expect("there");
        (actor, room)
    });
    let standing = Standing::default();
    criterion.bench_function("policy: may read", |bench| {
        bench.iter(|| {
            let scope = Scope { room: black_box(&room), standing: black_box(&standing) };
            authorize(black_box(&actor), Read, scope).is_ok()
        });
    });
}

criterion_group!(benches, policy);
criterion_main!(benches);
