//! Redis in a container.

use std::mem;

use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{GenericImage, ImageExt as _};

use super::wait_for;
use crate::services::Found;
use crate::services::docker::{LONGEST_SECONDS, engine, remove_with_us};

const IMAGE: (&str, &str) = ("redis", "7-alpine");
const PORT: u16 = 6379;

pub(super) async fn start() -> Found {
    engine()?;
    let failed = |error: testcontainers::TestcontainersError| format!("an engine answers, but: {error}");
    let container = GenericImage::new(IMAGE.0, IMAGE.1)
        .with_exposed_port(PORT.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Ready to accept connections"))
        .with_entrypoint("timeout")
        .with_cmd(["-s", "INT", LONGEST_SECONDS, "redis-server", "--save", ""])
        .with_host_config_modifier(|host| host.auto_remove = Some(true))
        .start()
        .await
        .map_err(failed)?;
    let host = container.get_host().await.map_err(failed)?.to_string();
    let port = container.get_host_port_ipv4(PORT).await.map_err(failed)?;
    remove_with_us(container.id());
    // Nothing that a test process holds is dropped at its end, so the container is not ours to remove from here on.
    mem::forget(container);
    wait_for(&host, port)?;
    Ok(format!("redis://{host}:{port}"))
}
