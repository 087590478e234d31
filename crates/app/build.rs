//! The web app is embedded from `web/dist`; a new file there must make cargo look again. Nothing is built here.

fn main() {
    // Cargo takes a missing directory for a changed one and would compile this crate anew every time. Where it cannot be
    // made, that is all that happens.
    let _ = std::fs::create_dir_all("../../web/dist");
    println!("cargo:rerun-if-changed=../../web/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
