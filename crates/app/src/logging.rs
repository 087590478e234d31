//! Log lines go to stderr; stdout is for what was asked for.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// Begins to log. Libraries that report every statement, connection or malformed request are kept quiet unless named.
pub(crate) fn start(config: &Log) {
    let quiet = "sqlx=warn,sea_orm=warn,sea_orm_migration=warn,actix_server=warn,actix_http::h1=off";
    let filter = EnvFilter::new(format!("{quiet},{}", config.level));
    let is_json = match config.format {
        LogFormat::Auto => !stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    // A second start is a test's, whose first subscriber stays.
    let _ = if is_json {
        lines.json().flatten_event(true).with_span_list(false).finish().try_init()
    } else {
        lines.with_ansi(stderr().is_terminal()).finish().try_init()
    };
}
