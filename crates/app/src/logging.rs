//! Log lines go to stderr; stdout is for what was asked for.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// Begins to log.
pub(crate) fn start(config: &Log) {
    let filter = EnvFilter::new(directives(&config.level));
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

/// `level` behind what keeps libraries quiet that report every statement, connection or malformed request, unless they
/// are named. A client's bad frame is an error to the WebSocket library: nobody may fill the log with those, so only
/// who asks for details in general sees them.
fn directives(level: &str) -> String {
    let quiet = "sqlx=warn,sea_orm=warn,sea_orm_migration=warn,actix_server=warn,actix_http::h1=off";
    let general = level.split(',').filter_map(|part| part.trim().parse::<LevelFilter>().ok()).max();
    let frames = if general >= Some(LevelFilter::DEBUG) { "" } else { ",actix_http::ws=off" };
    format!("{quiet}{frames},{level}")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of a bad frame and of an error of our own.
    fn logged(level: &str) -> (bool, bool) {
        let lines = Lines::default();
        let writer = lines.clone();
        let filter = EnvFilter::new(directives(level));
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || writer.clone()).finish();
        with_default(subscriber, || {
            tracing::error!(target: "actix_http::ws::proto", "bad frame");
            tracing::error!(target: "hallway_app::server", "own error");
        });
        let bytes = lines.0.lock().expect("not poisoned");
        let text = String::from_utf8_lossy(&bytes);
        (text.contains("bad frame"), text.contains("own error"))
    }

    #[test]
    fn clients_cannot_fill_the_log_with_bad_frames() {
        for level in ["error", "warn", "info", "3", "info,hallway_app=debug", "hallway_app=trace"] {
            assert_eq!(logged(level), (false, true), "{level}");
        }
        for level in ["debug", "trace", "DEBUG", "4", "warn,debug", "info,actix_http::ws=error"] {
            assert_eq!(logged(level), (true, true), "{level}");
        }
    }
}
