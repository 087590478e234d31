//! PostgreSQL in a container.

use std::net::ToSocketAddrs as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::{env, mem};

use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{GenericImage, ImageExt as _};

use super::{Found, answers};

const IMAGE: (&str, &str) = ("postgres", "17-alpine");
const PORT: u16 = 5432;
/// A container whose test process was killed on a machine without a `docker` command ends by itself after this.
const LONGEST_SECONDS: &str = "3600";

pub(super) async fn start() -> Found {
    engine()?;
    let failed = |error: testcontainers::TestcontainersError| format!("an engine answers, but: {error}");
    let container = GenericImage::new(IMAGE.0, IMAGE.1)
        .with_exposed_port(PORT.tcp())
        // The server says so twice, and restarts in between; whoever asks must ask until it answers.
        .with_wait_for(WaitFor::message_on_stderr("database system is ready to accept connections"))
        .with_entrypoint("timeout")
        .with_env_var("POSTGRES_PASSWORD", "test")
        .with_cmd(
            ["-s", "INT", LONGEST_SECONDS, "docker-entrypoint.sh", "postgres"].into_iter().chain(super::local::FAST),
        )
        .with_host_config_modifier(|host| host.auto_remove = Some(true))
        .start()
        .await
        .map_err(failed)?;
    let host = container.get_host().await.map_err(failed)?;
    let port = container.get_host_port_ipv4(PORT).await.map_err(failed)?;
    remove_with_us(container.id());
    // Nothing that a test process holds is dropped at its end, so the container is not ours to remove from here on.
    mem::forget(container);
    Ok(format!("postgres://postgres:test@{host}:{port}/postgres"))
}

/// Whether an engine may be used and answers. Naming a socket that is not there must not cost a minute of trying.
#[expect(clippy::disallowed_methods, reason = "the switches of a test run")]
fn engine() -> Result<(), String> {
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
fn remove_with_us(id: &str) {
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
