//! Writes the descriptions of the WebSocket under `docs/api/`: `cargo run -p hallway-protocol --example generate`.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api");
    fs::create_dir_all(&directory)?;
    for (name, text) in hallway_protocol::ws::fastroom::documents() {
        fs::write(directory.join(name), text)?;
    }
    Ok(())
}
