//! Frames to commands and events to frames.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hallway_app::ws::fastroom::{FastroomEncoder, Rules, decode};
use hallway_bench::load::frame::{opcode, parse, unmasked};
use hallway_domain::ports::BusItem;
use hallway_domain::{Event, RoomHead};
use hallway_hub::{Encoder as _, RoomLabel};
use world::{NATIVE, World};

#[path = "../tests/world/mod.rs"]
#[expect(dead_code, reason = "every bench needs another part of it")]
mod world;

/// A message as it comes from the bus, and what its room is called.
fn message() -> (Event, RoomLabel) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let directory = tempfile::tempdir().expect("a directory");
        let url = hallway_adapter_sql::sqlite_url(&directory.path().join("bench.db"));
        let world = World::new(&url).await;
        let ann = world.user("ann").await;
        let room = world.room(&ann, "lobby").await;
        world.bus.hold();
        world.send(&ann, room, 0).await.expect("sent");
        let mut events = world.bus.take().into_iter().filter_map(|item| match item {
            BusItem::Event(event) => Some(event),
            _ => None,
        });
        let event = events.next_back().expect("the message");
        let label = RoomLabel::of(&head(&event));
        (event, label)
    })
}

fn head(event: &Event) -> RoomHead {
    let name = hallway_domain::RoomName::parse("lobby").ok();
    RoomHead { room: event.room, name, peers: None, epoch: hallway_domain::Epoch(1), seq: event.seq }
}

fn codec(criterion: &mut Criterion) {
    let (event, label) = message();
    let encoder = Arc::new(FastroomEncoder { spread: Duration::from_secs(1) });
    let bytes = encoder.event(NATIVE, &label, &event);
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("encode a message", |bench| {
        bench.iter(|| encoder.event(black_box(NATIVE), black_box(&label), black_box(&event)));
    });
    let text = r#"{"type":"chat","room":"lobby","message":"the quick brown fox jumps over the lazy dog and goes home to sleep","id":"0190b7a3-0000-7000-8000-000000000001"}"#;
    let rules = Rules { message_chars: 8000, native: true };
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("decode a send", |bench| bench.iter(|| decode(black_box(text), rules).is_ok()));
    let frame = unmasked(opcode::TEXT, text.as_bytes());
    group.bench_function("the load tool reads a frame", |bench| bench.iter(|| parse(black_box(&frame))));
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
