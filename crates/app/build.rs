//! The web app is embedded from `web/dist`; a new file there must make cargo look again.

fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
