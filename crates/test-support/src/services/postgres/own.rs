//! A PostgreSQL server of one test's own, for tests that crash and start it.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::local::{New, initialise};
use super::{STARTUP, execute};
use crate::services::free_port;

/// Ends the server and removes what it has written once its input ends: with the test, or with its process.
const WATCH: &str = r#"
    trap '' INT
    cat > /dev/null
    "$1/pg_ctl" --pgdata "$2/data" --mode immediate stop
    rm -rf "$2"
"#;

/// What a crash of the server alone must not lose, it keeps: commits are flushed to the kernel before they are told.
const SETTINGS: &str = "-c fsync=off -c full_page_writes=off -c synchronous_commit=on -c max_connections=200";

pub struct OwnServer {
    new: New,
    port: u16,
    /// Its input stays open as long as the test wants the server.
    watch: Child,
}

impl OwnServer {
    /// Starts one from this machine's own binaries.
    pub async fn start() -> Self {
        let server = tokio::task::spawn_blocking(Self::make).await.expect("it runs to the end");
        let server = server.unwrap_or_else(|problem| panic!("no PostgreSQL of the test's own: {problem}"));
        server.resume().await;
        server
    }

    fn make() -> Result<Self, String> {
        let new = initialise()?;
        let port = free_port().map_err(|error| error.to_string())?;
        let mut watch = new.user.command("/bin/sh".as_ref(), "/".as_ref());
        watch.args(["-c", WATCH, "sh"]).arg(&new.binaries).arg(new.directory.path());
        watch.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Whoever ends the tests with a signal to their group does not end this.
        let watch = watch.process_group(0).spawn();
        Ok(Self { new, port, watch: watch.map_err(|error| format!("sh: {error}"))? })
    }

    #[must_use]
    pub fn url(&self) -> String {
        self.new.url(self.port)
    }

    /// As a crash: nothing is written any more, and every connection ends.
    pub async fn crash(&self) {
        self.control(&["--mode", "immediate", "stop"]).await;
    }

    /// Starts it on the data that it has, and waits until it answers.
    pub async fn resume(&self) {
        let directory = self.new.directory.path();
        let log = directory.join("log");
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -k {} {SETTINGS}", self.port, directory.display());
        let log = log.to_str().expect("a temporary directory has a plain name");
        self.control(&["--wait", "--log", log, "--options", &options, "start"]).await;
        let until = Instant::now() + STARTUP;
        while let Err(error) = execute(&self.url(), "SELECT 1").await {
            assert!(Instant::now() < until, "the PostgreSQL of this test does not answer: {error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn control(&self, arguments: &[&str]) {
        let mut command = self.new.user.command(&self.new.binaries.join("pg_ctl"), self.new.directory.path());
        command.arg("--pgdata").arg(self.new.data()).args(arguments);
        let output = tokio::task::spawn_blocking(move || run(command)).await.expect("it runs to the end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "pg_ctl {arguments:?}: {said}");
    }
}

fn run(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().expect("pg_ctl runs")
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // It may have been killed; what matters is that it is gone.
        let _ = self.watch.wait();
    }
}
