//! The committed descriptions are those of the types.

use std::fs;
use std::path::Path;

use hallway_protocol::ws::{fastroom, fastsock};

#[test]
fn committed_descriptions_are_up_to_date() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api");
    for (name, text) in fastroom::documents().into_iter().chain(fastsock::documents()) {
        let committed = fs::read_to_string(directory.join(name)).unwrap_or_default();
        assert!(committed == text, "docs/api/{name} is stale: run `cargo run -p hallway-protocol --example generate`");
    }
}
