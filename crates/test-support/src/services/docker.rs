//! What containers have in common, whatever runs in them.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, mem};

/// A container whose test process was killed on a machine without a `docker` command ends by itself after this.
pub(super) const LONGEST_SECONDS: &str = "3600";

/// Whether an engine may be used and answers. Naming a socket that is not there must not cost a minute of trying.
#[expect(clippy::disallowed_methods, reason = "the switches of a test run")]
pub(super) fn engine() -> Result<(), String> {
    if env::var("TEST_NO_DOCKER").is_ok() {
        return Err("TEST_NO_DOCKER is set".to_owned());
    }
    let host = env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
    if let Some(path) = host.strip_prefix("unix://") {
        return UnixStream::connect(path).map(drop).map_err(|error| format!("{path}: {error}"));
    }
    let address = host.split_once("://").map_or(host.as_str(), |(_, address)| address);
    let mut addresses = address.to_socket_addrs().map_err(|error| format!("{address}: {error}"))?;
    if addresses.any(answers) { Ok(()) } else { Err(format!("{address}: does not answer")) }
}

/// A shell that waits for the end of this process, however it ends, and removes the container.
pub(super) fn remove_with_us(id: &str) {
    let watch = Command::new("sh")
        .args(["-c", "trap '' INT; cat > /dev/null; docker rm --force --volumes \"$0\"", id])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn();
    if let Ok(shell) = watch {
        // Its input stays open as long as we live.
        mem::forget(shell);
    }
}

/// Whether somebody listens there.
fn answers(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok()
}
