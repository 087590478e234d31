//! Writes the descriptions of the WebSocket under `docs/api/`: `cargo run -p hallway-protocol --example generate`.

use std::path::Path;
use std::{fs, io};

use hallway_protocol::ws;

fn main() -> io::Result<()> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api");
    fs::create_dir_all(&directory)?;
    let documents = ws::fastroom::documents().into_iter().chain(ws::fastsock::documents());
    for (name, text) in documents {
        fs::write(directory.join(name), text)?;
    }
    Ok(())
}
