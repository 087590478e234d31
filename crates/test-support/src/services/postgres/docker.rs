//! PostgreSQL in a container.

use std::mem;

use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{GenericImage, ImageExt as _};

use super::Found;
use crate::services::docker::{LONGEST_SECONDS, engine, remove_with_us};

const IMAGE: (&str, &str) = ("postgres", "17-alpine");
const PORT: u16 = 5432;

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
