//! What a message and a join cost as a room grows tenfold, in counts that need no clock: allocations, statements,
//! messages on the bus, encodings and wake-ups. What ought to stay the same has to.

#[path = "../world/mod.rs"]
mod world;

mod fan_out;
mod joining;
mod sending;

use hallway_adapter_sql::sqlite_url;
use tempfile::TempDir;

use self::world::World;

/// Members of the small room and of the large one.
const SIZES: [usize; 2] = [6, 60];

/// A runtime whose tasks all run on this thread, so that what they allocate is counted.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A world of one's own, and the directory that it is in.
async fn world() -> (World, TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    (World::new(&sqlite_url(&directory.path().join("hallway.db"))).await, directory)
}

/// Runs the same for the small room and the large one.
fn both<T>(run: &impl AsyncFn(&World, usize) -> T) -> [T; 2] {
    SIZES.map(|size| {
        runtime().block_on(async {
            let (world, _directory) = world().await;
            run(&world, size).await
        })
    })
}
