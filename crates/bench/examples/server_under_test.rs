//! The `hallway` command, built along with the tests of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    hallway_app::run()
}
