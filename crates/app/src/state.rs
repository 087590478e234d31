//! What request handlers work with.

use std::sync::Arc;

use hallway_application::Application;
use hallway_domain::ambient::{Clock, Ids};
use hallway_domain::ports::Store;
use hallway_hub::Hub;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::ice::IceSource;
use crate::ws::fastsock::UploadLinks;

/// One per process, shared as `web::Data<AppState>`.
pub(crate) struct AppState {
    pub app: Application,
    /// For counting connections; sockets have their own way in.
    pub hub: Arc<Hub>,
    /// For health checks; everything else goes through `app`.
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub config: Arc<Config>,
    /// Servers that browsers need for calls.
    pub ice: IceSource,
    /// Addresses of files in messages, as FastSock's clients are shown them.
    pub upload_links: UploadLinks,
    /// Cancelled when a stopping server has no connections left: what happens in the background ends.
    pub stopping: CancellationToken,
    /// What is waited for before the process ends.
    pub tasks: TaskTracker,
    /// What `/metrics` renders.
    pub metrics: PrometheusHandle,
}
